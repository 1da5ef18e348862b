//! The pages, as an administrator of the portal walks them.

use super::stage::{at_rest, imported};
use domain::audit::AuditAction;
use http::StatusCode;
use rig::{BLUEGUM, Rig, WATTLE, expect, import_of, killed_at, ticked};
use stand_ins::go1::endpoint::{CREATE_ENROLLMENT, GET_USER_ACCOUNT};
use stand_ins::{Fault, FaultKind};

#[tokio::test(start_paused = true)]
async fn an_administrator_is_told_exactly_what_goes_and_then_what_went() {
    let rig = Rig::new(16);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let (shown, undo_path) = (format!("/imports/{import}"), format!("/portal/undo/{import}"));
    let owners = olivia.open(&shown).await;
    assert!(!owners.text.contains(&undo_path), "only an administrator is offered it");

    let admin = rig.administrator(&WATTLE).await;
    let page = expect(admin.open(&shown).await, StatusCode::OK, &shown);
    assert!(page.text.contains(&format!("href=\"{undo_path}\"")) && page.words().contains("Undo this import"));
    let asked = expect(admin.open(&undo_path).await, StatusCode::OK, &undo_path);
    let words = asked.words();
    for part in [
        "35 course assignments",
        "6 new accounts are deactivated",
        "1 account that existed before",
        "aren’t given back",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(rig.enrollments(&WATTLE).len(), 35, "nothing is done by asking");

    let progress = admin.browser.submit(&asked, &undo_path, &[]).await;
    let undo = import_of(&progress);
    assert!(progress.words().contains("Undoing the import: 0 of 7 people"), "{}", progress.words());
    let again = admin.browser.submit(&asked, &undo_path, &[]).await;
    assert_eq!(import_of(&again), undo, "the same press twice");
    let running = admin.open(&undo_path).await;
    assert_eq!(running.status, StatusCode::CONFLICT, "{}", running.words());
    assert!(admin.open(&shown).await.words().contains("It’s being undone"));
    rig.pump().await;

    let done = admin.open_import(&undo).await.words();
    assert!(done.contains("Undone: 7 people, 35 courses removed, 6 accounts deactivated"), "{done}");
    assert!(done.contains("5 courses removed, account deactivated"), "{done}");
    assert!(done.contains("5 courses removed. The account stays, because it was there before."), "{done}");
    let first = admin.open(&shown).await;
    assert!(first.words().contains("This import was undone") && first.words().contains("Undone on"));
    assert!(!first.text.contains(&undo_path), "nothing is left to take back");
    assert!(first.text.contains(&format!("/imports/{undo}")));
    assert_eq!(import_of(&admin.browser.submit(&asked, &undo_path, &[]).await), undo, "also once it has ended");

    let report = admin.open(&format!("/imports/{undo}/report.csv")).await;
    let text = report.text.trim_start_matches('\u{feff}');
    assert!(text.starts_with("First name,Last name,Email,Result,Details,Courses removed"), "{text}");
    assert_eq!(text.matches(",Undone,").count(), 7);
    // The owner sees the same, and the press once more brings everybody in again.
    assert!(olivia.open_import(&undo).await.words().contains("Undone: 7 people"));
    let people = olivia.look_again().await;
    assert_eq!(people.words().matches("Account reactivated").count(), 6, "{}", people.words());
    let again = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&again).await.enrollments, 35);
    assert!(rig.accounts(&WATTLE).iter().all(|account| account.active));
}

#[tokio::test(start_paused = true)]
async fn what_an_undo_could_not_take_back_is_asked_for_again_by_its_page() {
    let rig = Rig::new(17);
    let (_, import) = imported(&rig, 3).await;
    let no = FaultKind::answer(403, &[], r#"{"message": "No."}"#);
    let bad = rig.learners(&BLUEGUM).remove(1);
    rig.world.go1().faults().add(Fault::always(GET_USER_ACCOUNT, no).matching(&bad.id));
    let admin = rig.administrator(&BLUEGUM).await;
    let undo_path = format!("/portal/undo/{import}");
    let asked = admin.open(&undo_path).await;
    let undo = import_of(&admin.browser.submit(&asked, &undo_path, &[]).await);
    rig.pump().await;
    rig.world.go1().faults().clear();
    let page = admin.open_import(&undo).await;
    assert!(page.words().contains("2 of 3 people undone"), "{}", page.words());
    assert!(page.words().contains("One person not fully undone"), "{}", page.words());
    assert!(page.text.contains(&format!("href=\"{undo_path}\"")) && page.words().contains("Undo the rest"));
    let asked = admin.open(&undo_path).await;
    assert!(asked.words().contains("2 people already undone"), "{}", asked.words());
    let rest = import_of(&admin.browser.submit(&asked, &undo_path, &[]).await);
    rig.pump().await;
    let done = admin.open_import(&rest).await.words();
    assert!(done.contains("Undone: 1 person, 5 courses removed, 1 account deactivated"), "{done}");
    assert!(!admin.open_import(&import).await.text.contains(&undo_path));
}

#[tokio::test(start_paused = true)]
async fn whom_a_later_import_finished_is_taken_back_by_undoing_that_one_first_and_then_this_one() {
    let rig = Rig::new(22);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 3);
    let (olivia, people) = rig.at_people(&BLUEGUM).await;
    let no = FaultKind::answer(403, &[], r#"{"message": "No."}"#);
    rig.world.go1().faults().add(Fault::always(CREATE_ENROLLMENT, no).matching("1003"));
    let first = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    rig.world.go1().faults().clear();
    let people = olivia.look_again().await;
    let second = import_of(&olivia.confirm_only(&people, &ticked(&people)[..1]).await);
    rig.pump().await;
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 4 + 4 + 5);

    let admin = rig.administrator(&BLUEGUM).await;
    let undo_of = |import| format!("/portal/undo/{import}");
    let press = async |path: &str, words: &[&str]| {
        let asked = expect(admin.open(path).await, StatusCode::OK, path);
        for part in words {
            assert!(asked.words().contains(part), "{part}: {}", asked.words());
        }
        import_of(&admin.browser.submit(&asked, path, &[]).await);
        rig.pump().await;
    };
    let offered = async |path: &str| {
        let pages = ["/portal".to_owned(), path.replace("/portal/undo/", "/imports/")];
        let pages = [admin.open(&pages[0]).await, admin.open(&pages[1]).await];
        let offered = pages.map(|page| page.text.contains(&format!("href=\"{path}\"")));
        assert_eq!(offered[0], offered[1], "both pages say the same");
        offered[0]
    };
    let (first, second) = (undo_of(&first), undo_of(&second));
    press(&first, &["1 person finished by a later import", "undo that import first, then this one"]).await;
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 5);
    assert!(!offered(&first).await && offered(&second).await);
    press(&second, &["1 account that existed before"]).await;
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 4);
    assert!(offered(&first).await && !offered(&second).await);
    press(&first, &["1 new account is deactivated", "2 people already undone"]).await;
    assert_eq!(rig.enrollments(&BLUEGUM), []);
    assert!(rig.learners(&BLUEGUM).iter().all(|account| !account.active));
    assert!(!offered(&first).await && !offered(&second).await);
    at_rest(&rig, &BLUEGUM, 3).await;
}

#[tokio::test(start_paused = true)]
async fn the_trail_says_who_undid_it_wherever_the_press_was_cut_off() {
    let mut cut_off = 0;
    for stops in 0.. {
        let rig = Rig::new(23);
        let (_, import) = imported(&rig, 2).await;
        let admin = rig.administrator(&BLUEGUM).await;
        let path = format!("/portal/undo/{import}");
        let asked = admin.open(&path).await;
        let is_whole = killed_at(stops, admin.browser.submit(&asked, &path, &[])).await.is_some();
        import_of(&admin.browser.submit(&asked, &path, &[]).await);
        let trail = rig.trail(&BLUEGUM).await;
        let undos = trail.iter().filter(|entry| matches!(entry.action, AuditAction::UndoConfirmed { .. }));
        let undos: Vec<_> = undos.map(|entry| entry.by.is_some()).collect();
        assert_eq!(undos, [true], "killed at {stops}");
        if is_whole {
            break;
        }
        cut_off += 1;
    }
    assert!(cut_off > 20, "{cut_off} places to be killed at");
}
