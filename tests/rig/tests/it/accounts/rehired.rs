//! One account, two employee records: somebody left, and works there again under a new one.

use domain::ids::ImportId;
use rig::{BLUEGUM, Rig, Visitor, import_of, ticked};

use super::{account, courses, hire, leaves, says, with_portal};

const KIM: (&str, &str, &str, &str) = ("first", "Kim", "Lee", "kim@bluegum.example");

/// Kim was imported, left, and is hired again; the list is not looked at yet.
async fn rehired(rig: &Rig) -> (Visitor, ImportId) {
    let olivia = with_portal(rig, &[KIM, ("other", "Bo", "Park", "bo@bluegum.example")]).await;
    let people = olivia.look_again().await;
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    leaves(rig, "first");
    hire(rig, &[("second", "Kim", "Lee", "kim@bluegum.example")]);
    (olivia, import)
}

async fn import_again(rig: &Rig, olivia: &Visitor) -> ImportId {
    let people = olivia.look_again().await;
    assert_eq!(ticked(&people), ["second"], "{}", people.words());
    says(&people, &["Has an account"]);
    assert!(!people.words().contains("no longer in Xero"), "{}", people.words());
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.done, 1);
    import
}

async fn undo(rig: &Rig, import: &ImportId) -> ImportId {
    let portal = rig.portal(&BLUEGUM);
    let offer = rig.undo().plan(&portal, import).await.expect("possible");
    let confirmed = rig.undo().confirm(&portal, import, offer.imports_accepted).await.expect("accepted");
    rig.pump().await;
    rig.places_are_members(&BLUEGUM).await;
    confirmed.undo.id
}

#[tokio::test(start_paused = true)]
async fn whoever_works_there_again_is_no_leaver_and_one_user() {
    let rig = Rig::new(61);
    let (olivia, _) = rehired(&rig).await;
    import_again(&rig, &olivia).await;
    let people = olivia.look_again().await;
    assert!(!people.words().contains("no longer in Xero"), "{}", people.words());
    says(&people, &["Works here again"]);
    // Once the new record has ended too they are a leaver.
    leaves(&rig, "second");
    let people = olivia.look_again().await;
    says(&people, &["no longer in Xero"]);
    assert_eq!((rig.kept_portal(&BLUEGUM).await.places_used, rig.learners(&BLUEGUM).len()), (3, 2), "a place a record");
    rig.places_are_members(&BLUEGUM).await;

    let admin = rig.administrator(&BLUEGUM).await;
    let users = admin.open("/portal/users").await;
    says(&users, &["2 people are imported", "3 users"]);
    says(&admin.open("/portal/users?show=imported").await, &["2 users found"]);
    assert_eq!(users.words().replace(' ', "").matches("kim@bluegum.example").count(), 1, "{}", users.words());
    // They are found by each of the two imports.
    for import in rig.kept_members(&BLUEGUM).await.iter().map(|member| &member.import) {
        says(&admin.open(&format!("/portal/users?import={import}")).await, &["kim@bluegum.example"]);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_has_left_under_two_records_is_one_leaver_whatever_became_of_each() {
    let gone = |rig: &Rig, id: &str| {
        rig.edit_payroll(&BLUEGUM, |people| people.retain(|person| person.employee_id != id));
    };
    let rig = Rig::new(66);
    let (olivia, _) = rehired(&rig).await;
    import_again(&rig, &olivia).await;
    // Both records have ended, then one of them is not listed any more, then neither is.
    leaves(&rig, "second");
    let people = olivia.look_again().await;
    assert_eq!(people.texts("#left tbody tr"), ["Kim Lee kim@bluegum.example Has left the company (2 records)"]);
    assert_eq!(people.texts(".sum.is-total dd"), ["3"], "every record was read");
    gone(&rig, "first");
    for _ in 0..2 {
        let people = olivia.look_again().await;
        assert_eq!(people.texts("#left tbody tr"), ["Kim Lee kim@bluegum.example Has left the company"]);
        assert_eq!(people.texts("#missed li"), Vec::<String>::new());
    }
    gone(&rig, "second");
    let people = olivia.look_again().await;
    assert_eq!((people.texts("#left tbody tr").len(), people.texts("#missed li")), (0, vec!["Kim Lee".to_owned()]));
    let people = olivia.look_again().await;
    assert_eq!(people.texts("#left tbody tr"), ["Kim Lee kim@bluegum.example No longer on the list"]);
}

#[tokio::test(start_paused = true)]
async fn somebody_whose_old_record_is_gone_from_the_list_is_no_leaver_either() {
    let rig = Rig::new(62);
    let (olivia, _) = rehired(&rig).await;
    rig.edit_payroll(&BLUEGUM, |people| people.retain(|person| person.employee_id != "first"));
    import_again(&rig, &olivia).await;
    let people = olivia.look_again().await;
    assert!(!people.words().contains("no longer in Xero"), "{}", people.words());
}

#[tokio::test(start_paused = true)]
async fn undoing_the_first_import_does_not_shut_out_whoever_works_there_again() {
    let rig = Rig::new(63);
    let (olivia, first) = rehired(&rig).await;
    let second = import_again(&rig, &olivia).await;
    let kim = account(&rig, "kim@bluegum.example").id;
    undo(&rig, &first).await;
    assert!(account(&rig, "kim@bluegum.example").active, "Kim works there");
    assert_eq!(courses(&rig, &kim), 5, "and learns there");
    let bo = account(&rig, "bo@bluegum.example");
    assert_eq!((bo.active, courses(&rig, &bo.id)), (false, 0), "the others are taken back");
    // Nobody is left for whom the account must stay once both are undone; what the second did not make is not its own.
    let undone = rig.undo().plan(&rig.portal(&BLUEGUM), &second).await.expect("possible");
    assert_eq!(undone.plan.accounts, 0, "the second import found the account");
}

#[tokio::test(start_paused = true)]
async fn once_the_second_import_is_undone_the_first_one_takes_everything_back() {
    let rig = Rig::new(64);
    let (olivia, first) = rehired(&rig).await;
    let second = import_again(&rig, &olivia).await;
    undo(&rig, &second).await;
    let kim = account(&rig, "kim@bluegum.example");
    assert!(kim.active && courses(&rig, &kim.id) == 5, "the second import made none of it");
    undo(&rig, &first).await;
    let kim = account(&rig, "kim@bluegum.example");
    assert_eq!((kim.active, courses(&rig, &kim.id)), (false, 0));
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_back_after_an_undo_gets_the_account_back_and_the_next_undo_takes_it_again() {
    let rig = Rig::new(65);
    let (olivia, first) = rehired(&rig).await;
    undo(&rig, &first).await;
    assert!(!account(&rig, "kim@bluegum.example").active);
    let people = olivia.look_again().await;
    says(&people, &["Account reactivated"]);
    let only = vec!["second".to_owned()];
    assert!(ticked(&people).contains(&only[0]), "{}", people.words());
    let second = import_of(&olivia.confirm_only(&people, &only).await);
    rig.pump().await;
    let kim = account(&rig, "kim@bluegum.example");
    assert_eq!((kim.active, courses(&rig, &kim.id)), (true, 5));
    let members = rig.kept_members(&BLUEGUM).await;
    let deactivated =
        members.iter().filter(|member| member.deactivated && member.account == Some(kim.id.as_str().into()));
    assert_eq!(deactivated.count(), 0, "no record says any more that the account is deactivated: {members:?}");
    undo(&rig, &second).await;
    let kim = account(&rig, "kim@bluegum.example");
    assert_eq!((kim.active, courses(&rig, &kim.id)), (false, 0));
}
