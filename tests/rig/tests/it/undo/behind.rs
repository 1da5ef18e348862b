//! Lists at GO1 that are behind, presses that are cut off, and what a learner has begun.

use std::time::Duration;

use domain::import::{ImportStatus, Outcome};
use domain::member::Member;
use rig::{BLUEGUM, Rig, RigSettings, WATTLE, import_of};
use stand_ins::go1::LEARNER;
use stand_ins::go1::endpoint::{
    CREATE_ENROLLMENT, CREATE_USER_ACCOUNT, GET_ENROLLMENT, GET_USER_ACCOUNT, LIST_ENROLLMENTS, LIST_USER_ACCOUNTS,
};
use stand_ins::{Fault, FaultKind};
use state::{ImportAcceptance as _, Members as _};
use tokio::time::Instant;
use worker::PaceSettings;

use super::stage::{all_taken_back, at_rest, confirmed, imported};

/// GO1 lists no enrollment at all.
fn nothing_listed() -> Fault {
    let json = [("content-type", "application/json")];
    Fault::always(LIST_ENROLLMENTS, FaultKind::answer(200, &json, r#"{"total": 0, "hits": []}"#))
}

#[tokio::test(start_paused = true)]
async fn what_the_rows_say_was_assigned_goes_also_where_the_list_does_not_show_it() {
    let rig = Rig::new(1);
    let (_, import) = imported(&rig, 12).await;
    rig.world.go1().faults().add(nothing_listed());
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    rig.pump().await;
    all_taken_back(&rig, &BLUEGUM, &undo, 12).await;
}

/// GO1 carries assignments out long after nobody waits for its answer any more: that must not come after the undo.
#[tokio::test(start_paused = true)]
async fn courses_that_go1_is_late_with_are_not_assigned_after_their_undo() {
    let rig = Rig::new(3);
    // Its owner is on the payroll: an account that was there before, and which no undo deactivates.
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let import = import_of(&olivia.confirm(&people).await);
    let owner = rig.accounts(&WATTLE).into_iter().find(|account| account.email == WATTLE.xero_user).expect("there");
    let late = FaultKind::Delay { milliseconds: 55_000 };
    rig.world.go1().faults().add(Fault::times(CREATE_ENROLLMENT, 5, late).matching(owner.id.as_str()));
    rig.pump().await;
    assert!(rig.kept_import(&WATTLE, &import).await.status.has_ended());
    confirmed(&rig, &WATTLE, &import).await;
    rig.pump().await;
    rig.wait(Duration::from_mins(2)).await;
    assert_eq!(rig.enrollments(&WATTLE), []);
}

#[tokio::test(start_paused = true)]
async fn what_only_the_list_can_show_is_not_looked_for_before_the_list_has_caught_up() {
    let rig = Rig::new(2);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 3);
    let (olivia, people) = rig.at_people(&BLUEGUM).await;
    // Course 1003 is refused, so the three fail, and of what they have the rows keep no ids.
    let no = FaultKind::answer(403, &[], r#"{"message": "No."}"#);
    rig.world.go1().faults().add(Fault::always(CREATE_ENROLLMENT, no).matching("1003"));
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 12);
    // For half a minute the list shows nothing of it.
    rig.world.go1().faults().clear();
    rig.world.go1().faults().add(nothing_listed());
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    let behind = async {
        rig.wait(Duration::from_secs(30)).await;
        rig.world.go1().faults().clear();
    };
    tokio::join!(rig.pump(), behind);
    let sums = rig.kept_import(&BLUEGUM, &undo).await.sums.expect("it has ended");
    assert_eq!((sums.done, sums.removed, sums.deactivated), (3, 12, 3));
    assert_eq!(rig.enrollments(&BLUEGUM), []);
    at_rest(&rig, &BLUEGUM, 3).await;
}

#[tokio::test(start_paused = true)]
async fn an_enrollment_that_go1_does_not_show_yet_is_not_taken_for_gone() {
    let rig = Rig::new(8);
    let (_, import) = imported(&rig, 3).await;
    let json = [("content-type", "application/json")];
    let not_found = FaultKind::answer(404, &json, r#"{"message": "Enrollment not found"}"#);
    rig.world.go1().faults().add(Fault::always(GET_ENROLLMENT, not_found));
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    let behind = async {
        rig.wait(Duration::from_secs(30)).await;
        rig.world.go1().faults().clear();
    };
    tokio::join!(rig.pump(), behind);
    all_taken_back(&rig, &BLUEGUM, &undo, 3).await;
}

#[tokio::test(start_paused = true)]
async fn an_undo_at_a_low_rate_gets_further_with_each_attempt() {
    for (in_flight, per_second) in [(20, 3), (4, 1)] {
        let pace = PaceSettings { in_flight, per_second };
        let rig = Rig::with(RigSettings { pace, ..RigSettings::of(9) });
        let (_, import) = imported(&rig, 20).await;
        // Until then whoever is half done is waited for, because GO1 may not show everything.
        rig.wait(Duration::from_mins(4)).await;
        let undo = confirmed(&rig, &BLUEGUM, &import).await;
        let before = rig.world.now();
        rig.pump().await;
        // Twelve calls a person.
        let calls = 20 * 12 / i64::from(per_second);
        let took = rig.world.now().duration_since(before).as_secs();
        assert!(took < calls * 3 / 2 + 60, "{took} s at {per_second} calls a second");
        all_taken_back(&rig, &BLUEGUM, &undo, 20).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_learner_has_begun_or_finished_stays_and_the_undo_says_so_before_and_after() {
    let rig = Rig::new(3);
    let (_, import) = rig.imported(&WATTLE).await;
    let enrollments = rig.enrollments(&WATTLE);
    let of = |account: &str| enrollments.iter().filter(|one| one.user_account_id == account).collect::<Vec<_>>();
    let learners = rig.learners(&WATTLE);
    let begun = [of(&learners[0].id)[0], of(&learners[0].id)[1], of(&learners[1].id)[4]];
    for (one, status) in begun.iter().zip(["in-progress", "completed", "in-progress"]) {
        assert!(rig.world.go1().set_enrollment_status(&one.id, status));
    }
    let admin = rig.administrator(&WATTLE).await;
    let undo_path = format!("/portal/undo/{import}");
    let asked = admin.open(&undo_path).await;
    let words = asked.words();
    assert!(words.contains("32 course assignments"), "{words}");
    assert!(words.contains("3 course assignments already started or finished"), "{words}");
    // Somebody begins while the page is open.
    let late = of(&learners[2].id)[2];
    assert!(rig.world.go1().set_enrollment_status(&late.id, "in-progress"));
    let undo = import_of(&admin.browser.submit(&asked, &undo_path, &[]).await);
    // And lists are behind.
    rig.world.go1().faults().add(nothing_listed());
    rig.pump().await;

    let mut left: Vec<_> = rig.enrollments(&WATTLE).into_iter().map(|one| one.id).collect();
    let mut expected: Vec<_> = begun.iter().chain([&late]).map(|one| one.id.clone()).collect();
    left.sort();
    expected.sort();
    assert_eq!(left, expected, "what was begun stays, and nothing else");
    let kept = rig.kept_import(&WATTLE, &undo).await;
    let sums = kept.sums.expect("it has ended");
    assert_eq!((kept.status, sums.removed, sums.kept, sums.deactivated), (ImportStatus::Done, 31, 4, 6));
    let done = admin.open_import(&undo).await.words();
    assert!(done.contains("Undone: 7 people, 31 courses removed, 6 accounts deactivated"), "{done}");
    assert!(done.contains("4 courses stay, because they’ve been started or finished"), "{done}");
    assert!(done.contains("3 courses removed, account deactivated. 2 courses stay"), "{done}");
    let report = admin.open(&format!("/imports/{undo}/report.csv")).await;
    assert!(report.text.contains("1 course stays, because it’s been started or finished"), "{}", report.text);
    let overview = admin.open("/portal").await.words();
    assert!(overview.contains("4 that have been started or finished stay"), "{overview}");
    at_rest(&rig, &WATTLE, 7).await;
}

#[tokio::test(start_paused = true)]
async fn the_offer_is_made_also_where_go1_does_not_say_what_was_begun() {
    let rig = Rig::new(4);
    let (_, import) = rig.imported(&WATTLE).await;
    let admin = rig.administrator(&WATTLE).await;
    rig.world.go1().faults().add(Fault::always(LIST_ENROLLMENTS, FaultKind::status(500)));
    let words = admin.open(&format!("/portal/undo/{import}")).await.words();
    assert!(words.contains("35 course assignments"), "{words}");
    assert!(words.contains("GO1 can’t tell us right now how many there are"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn the_offer_is_made_in_time_also_where_go1_is_slow() {
    let rig = Rig::new(10);
    let (_, import) = rig.imported(&WATTLE).await;
    let admin = rig.administrator(&WATTLE).await;
    rig.world.go1().faults().add(Fault::always(LIST_ENROLLMENTS, FaultKind::Delay { milliseconds: 9_000 }));
    let asked = Instant::now();
    let words = admin.open(&format!("/portal/undo/{import}")).await.words();
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    assert!(words.contains("GO1 can’t tell us right now how many there are"), "{words}");
}

/// One of three has an account of which GO1 never spoke, and is not certain.
#[tokio::test(start_paused = true)]
async fn an_undo_that_was_cut_off_takes_back_what_was_accepted_whatever_is_stored_meanwhile() {
    let rig = Rig::new(5);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 3);
    let (olivia, people) = rig.at_people(&BLUEGUM).await;
    let employees = rig.employees(&BLUEGUM);
    let third = employees[2].email.clone().expect("an email");
    let name = third.split('@').next().expect("a name");
    let faults = rig.world.go1().faults();
    faults.add(Fault::always(CREATE_USER_ACCOUNT, FaultKind::LoseAnswer).matching(name));
    faults.add(Fault::always(LIST_USER_ACCOUNTS, FaultKind::status(500)).matching(name));
    let import = import_of(&olivia.confirm(&people).await);
    rig.deliver().await;
    let page = olivia.open_import(&import).await;
    olivia.stop(&page, &import).await;
    rig.pump().await;
    let sums = rig.kept_import(&BLUEGUM, &import).await.sums.expect("it has ended");
    assert_eq!((sums.done, sums.failed, sums.places_back), (2, 1, 0));
    faults.clear();
    let before =
        rig.kept_members(&BLUEGUM).await.into_iter().find(|member| member.account.is_none()).expect("the third");
    let account = rig.learners(&BLUEGUM).into_iter().find(|account| account.email == third).expect("it was made");

    let portal = rig.portal(&BLUEGUM);
    let offer = rig.undo().plan(&portal, &import).await.expect("possible");
    let accepted = rig.undo().accept(&portal, &import, offer.imports_accepted).await.expect("accepted");
    assert_eq!(accepted.undo.people, 2);
    // The request is cut off here, and a worker that was held up stores the account of the third.
    let after = Member { account: Some(account.id.as_str().into()), created: true, ..before.clone() };
    rig.state.change_member(&portal, &before, &after).await.expect("stored");
    rig.a_quarter_of_an_hour_passes().await;
    let kept = rig.kept_import(&BLUEGUM, &accepted.undo.id).await;
    let sums = kept.sums.expect("the portal is not blocked");
    assert_eq!((kept.status, sums.done, sums.removed, sums.deactivated), (ImportStatus::Done, 2, 10, 2));
    let active: Vec<_> = rig.learners(&BLUEGUM).into_iter().filter(|account| account.active).collect();
    assert_eq!(active.len(), 1, "the third was not among whom the owner was shown");
    at_rest(&rig, &BLUEGUM, 3).await;
}

#[tokio::test(start_paused = true)]
async fn an_undo_whose_people_are_no_longer_known_ends_at_once_and_says_so() {
    let rig = Rig::new(6);
    let (olivia, import) = imported(&rig, 3).await;
    let portal = rig.portal(&BLUEGUM);
    let offer = rig.undo().plan(&portal, &import).await.expect("possible");
    // One more person than anybody has a row for.
    let undo = offer.import.undo(&offer.plan, offer.imports_accepted, rig.world.now());
    let undo = domain::import::Import { people: undo.people + 1, ..undo };
    rig.state.accept_import(&undo, offer.imports_accepted).await.expect("accepted");
    rig.wait(Duration::from_mins(3)).await;
    rig.sweep().await;
    let kept = rig.kept_import(&BLUEGUM, &undo.id).await;
    assert_eq!(kept.status, ImportStatus::Failed, "it ends at once");
    assert_eq!(kept.sums.map(|sums| (sums.people, sums.failed, sums.places_back)), Some((4, 4, 0)));
    assert_eq!((rig.enrollments(&BLUEGUM).len(), rig.kept_portal(&BLUEGUM).await.active_import), (15, None));
    let words = olivia.open_import(&undo.id).await.words();
    assert!(words.contains("Nothing could be undone"), "{words}");
    assert!(words.contains("couldn’t start"), "{words}");
    // Nothing is lost: it can be asked for again.
    let again = confirmed(&rig, &BLUEGUM, &import).await;
    rig.pump().await;
    all_taken_back(&rig, &BLUEGUM, &again, 3).await;
    assert!(matches!(rig.kept_people(&BLUEGUM, &again).await[0].outcome, Outcome::Undone { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_is_cut_off_while_it_ends_an_undo_whose_people_are_no_longer_known_is_followed_by_one_that_ends_it()
 {
    let rig = Rig::new(7);
    let (_, import) = imported(&rig, 3).await;
    let portal = rig.portal(&BLUEGUM);
    let offer = rig.undo().plan(&portal, &import).await.expect("possible");
    let undo = offer.import.undo(&offer.plan, offer.imports_accepted, rig.world.now());
    rig.state.accept_import(&undo, offer.imports_accepted).await.expect("accepted");
    // The first step of the sweep that ends it, and the last that it came to.
    rig.state.start_import(&portal, &undo.id).await.expect("started");
    rig.wait(Duration::from_mins(3)).await;
    rig.sweep().await;
    assert_eq!(rig.kept_import(&BLUEGUM, &undo.id).await.status, ImportStatus::Failed);
    assert_eq!(rig.kept_portal(&BLUEGUM).await.active_import, None, "the portal is not blocked");
}

#[tokio::test(start_paused = true)]
async fn an_account_that_go1_still_shows_as_inactive_after_it_was_activated_again_is_deactivated_all_the_same() {
    let rig = Rig::new(12);
    let (olivia, import) = imported(&rig, 3).await;
    confirmed(&rig, &BLUEGUM, &import).await;
    rig.pump().await;
    let again = import_of(&olivia.confirm(&olivia.look_again().await).await);
    rig.pump().await;
    assert!(rig.learners(&BLUEGUM).iter().all(|account| account.active));
    // For half a minute GO1 shows each as it was before the import.
    for account in rig.learners(&BLUEGUM) {
        let before = serde_json::json!({
            "id": account.id,
            "roles": [{ "guid": LEARNER, "role": "learner" }],
            "status": false,
            "created_time": account.created.to_string(),
            "user": { "email": account.email, "given_name": account.given_name, "family_name": account.family_name },
        });
        let kind = FaultKind::answer(200, &[("content-type", "application/json")], &before.to_string());
        rig.world.go1().faults().add(Fault::always(GET_USER_ACCOUNT, kind).matching(&account.id));
    }
    let undo = confirmed(&rig, &BLUEGUM, &again).await;
    let behind = async {
        rig.wait(Duration::from_secs(30)).await;
        rig.world.go1().faults().clear();
    };
    tokio::join!(rig.pump(), behind);
    all_taken_back(&rig, &BLUEGUM, &undo, 3).await;
}
