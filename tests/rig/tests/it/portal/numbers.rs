//! What the pages count agrees: with each other, and with what GO1 has, also after an undo and after a second import.

use super::says;
use domain::ids::ImportId;
use domain::import::ImportStatus;
use rig::{BLUEGUM, Rig, Visitor, WATTLE, import_of};
use stand_ins::go1::endpoint::{CREATE_ENROLLMENT, CREATE_USER_ACCOUNT};
use stand_ins::{Fault, FaultKind};

/// Undoes an import by the pages, to its end.
async fn undo(rig: &Rig, admin: &Visitor, import: &ImportId) {
    let path = format!("/portal/undo/{import}");
    let asked = admin.open(&path).await;
    admin.browser.submit(&asked, &path, &[]).await;
    rig.pump().await;
}

/// Refuses one of an import's people, so that everybody else is imported.
async fn all_but_one(rig: &Rig, people: usize) -> (Visitor, ImportId, String) {
    let (olivia, import) = rig.confirmed(people).await;
    let bad = rig.kept_people(&BLUEGUM, &import).await.remove(1);
    let named = r#"{"message": "no", "additional_errors": [{"path": "email", "message": "is not an email"}]}"#;
    let refused = FaultKind::answer(422, &[], named);
    rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, refused).matching(bad.email.as_str()));
    rig.pump().await;
    rig.world.go1().faults().clear();
    assert_eq!(olivia.progress(&import).await.status, ImportStatus::PartlyDone);
    (olivia, import, bad.email.as_str().to_owned())
}

#[tokio::test(start_paused = true)]
async fn users_and_overview_count_the_same_people_before_and_after_an_undo() {
    let rig = Rig::new(71);
    let (_, import) = rig.imported(&WATTLE).await;
    let admin = rig.administrator(&WATTLE).await;
    says(&admin.open("/portal").await, &["Imported so far 7 people"]);
    says(&admin.open("/portal/users").await, &["7 people are imported", "Imported from Xero 7", "New accounts 6"]);
    undo(&rig, &admin, &import).await;
    says(&admin.open("/portal").await, &["Imported so far 0 people"]);
    let users = admin.open("/portal/users").await;
    says(&users, &["No one from Wattle Grove Books is imported now", "Undone 7", "Deactivated 6"]);
    let words = users.words();
    assert!(!words.contains("Courses missing") && !words.contains("Not finished"), "{words}");
    says(&admin.open("/portal/users?show=undone").await, &["7 users found"]);
    says(&admin.open("/portal/users?show=deactivated").await, &["6 users found"]);
    // Imported once more, nobody is undone any longer.
    let owner = rig.visitor(&WATTLE);
    owner.connect_again().await;
    let again = import_of(&owner.confirm(&owner.look_again().await).await);
    rig.pump().await;
    assert_eq!(owner.progress(&again).await.status, ImportStatus::Done);
    let users = admin.open("/portal/users").await;
    says(&users, &["7 people are imported", "Imported from Xero 7"]);
    assert!(!users.words().contains("Undone"), "{}", users.words());
}

#[tokio::test(start_paused = true)]
async fn somebody_without_every_course_is_counted_as_not_finished_on_both_pages() {
    let rig = Rig::new(72);
    let (_, _) = rig.confirmed(3).await;
    let refused = FaultKind::answer(400, &[], r#"{"message": "no"}"#);
    rig.world.go1().faults().add(Fault::next(CREATE_ENROLLMENT, refused));
    rig.pump().await;
    let admin = rig.administrator(&BLUEGUM).await;
    says(&admin.open("/portal").await, &["Imported so far 2 people"]);
    says(&admin.open("/portal/users").await, &["2 people are imported", "1 person isn’t finished", "Not finished 1"]);
    says(&admin.open("/portal/users?show=not-finished").await, &["1 user found", "Courses missing"]);
}

#[tokio::test(start_paused = true)]
async fn an_import_whose_rest_a_later_one_imported_says_so_and_asks_for_nothing() {
    let rig = Rig::new(73);
    let (olivia, import, email) = all_but_one(&rig, 4).await;
    let shown = olivia.open_import(&import).await;
    says(&shown, &["3 of 4 people imported", "One person not imported", "Check that person again"]);
    assert!(!shown.words().contains("imported since"), "{}", shown.words());
    let admin = rig.administrator(&BLUEGUM).await;
    says(&admin.open("/portal").await, &["Not everyone imported", "3 of 4 people imported"]);
    // GO1 takes the address now.
    let again = import_of(&olivia.confirm(&olivia.look_again().await).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&again).await.status, ImportStatus::Done);
    let first = olivia.open_import(&import).await;
    says(&first, &["The person who wasn’t imported has been imported since.", "Not imported here. Imported since."]);
    assert!(first.text.contains(&format!("href=\"/imports/{again}\"")), "{}", first.words());
    let words = first.words();
    assert!(!words.contains("Check that person again") && !words.contains("One person not imported"), "{words}");
    assert!(super::squeezed(&words).contains(&email), "the row stays");
    let report = olivia.report(&import).await;
    let line = report.iter().find(|line| line.email == email).expect("the row stays");
    assert_eq!(line.result, "Imported since");
    let overview = admin.open("/portal").await;
    says(
        &overview,
        &["Finished since", "The person who wasn’t imported has been imported since.", "Imported so far 4 people"],
    );
    assert!(!overview.words().contains("Not everyone imported"), "{}", overview.words());
}

#[tokio::test(start_paused = true)]
async fn while_somebody_is_tried_again_the_row_says_so() {
    let rig = Rig::new(74);
    let (olivia, import) = rig.confirmed(3).await;
    let bad = rig.kept_people(&BLUEGUM, &import).await.remove(1);
    let refused = FaultKind::answer(400, &[], r#"{"message": "no"}"#);
    rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, refused).matching(bad.email.as_str()));
    let event = rig.receive().expect("a batch");
    rig.invoke(event).await;
    let page = olivia.open_import(&import).await;
    says(&page, &["Trying again soon"]);
    rig.pump().await;
    let page = olivia.open_import(&import).await;
    says(&page, &["GO1 didn’t accept this name or email address", "One person not imported"]);
    assert!(!page.words().contains("not sure"), "{}", page.words());
}
