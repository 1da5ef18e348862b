//! The second look and those after it: a difference, by employee. And the failed, once more.

use std::time::Duration;

use domain::import::{FailureReason, ImportStatus, Outcome};
use http::StatusCode;
use rig::{BLUEGUM, Page, Rig, Visitor, WATTLE, expect, import_of, ticked};
use stand_ins::{Employee, EmployeeStatus, Fault, FaultKind, go1, xero};

/// Wattle Grove with everybody imported, and who that was.
async fn imported(seed: u64) -> (Rig, Visitor, Vec<Employee>) {
    let rig = Rig::new(seed);
    let (olivia, _) = rig.imported(&WATTLE).await;
    let mut employees = rig.employees(&WATTLE);
    employees.retain(|employee| employee.email.as_deref() != Some(WATTLE.xero_user));
    assert_eq!(employees.len(), 6);
    (rig, olivia, employees)
}

fn email(employee: &Employee) -> String {
    employee.email.clone().expect("an email").to_lowercase()
}

#[tokio::test(start_paused = true)]
async fn a_look_after_an_import_shows_who_is_new_here_changed_blocked_and_gone() {
    let (rig, olivia, employees) = imported(1).await;
    let portal = rig.portal(&WATTLE);
    let [renamed, moved, left, gone, ..] = &employees[..] else { panic!("six people") };
    rig.edit_payroll(&WATTLE, |people| {
        people.push(Employee::active("new", "Nia", "Newcomer", Some("nia@wattlegrove.example.com")));
        people.push(Employee::active("blocked", "Bo", "Blocked", None));
        people.retain(|person| person.employee_id != gone.employee_id);
        for person in people {
            if person.employee_id == moved.employee_id {
                person.email = Some("moved@wattlegrove.example.com".to_owned());
            } else if person.employee_id == left.employee_id {
                person.status = EmployeeStatus::Terminated;
            }
        }
    });
    let at_go1 = rig.world.go1();
    assert!(at_go1.edit_user_account(portal.as_str(), &email(renamed), |account| account.given_name = "Zelda".into()));

    // Who is not on the list may have slipped through between two pages; whoever Xero says has left, has left.
    let first = expect(olivia.look_again().await, StatusCode::OK, "/preview/people").words();
    assert!(first.contains("One person is no longer in Xero"), "{first}");
    assert!(first.contains("One person Xero didn’t list this time"), "{first}");
    assert!(!first.contains("No longer on the list"), "{first}");
    let people = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    assert!(!people.words().contains("didn’t list this time"), "{}", people.words());
    assert_eq!(ticked(&people), ["new"]);
    assert_eq!(people.values("people"), ["new"], "nobody who is here is offered again");
    let words = people.words();
    for expected in [
        "in Xero 8",
        "ready to import 1",
        "imported before 6",
        "can’t be imported 1",
        "5 people are already imported",
        "2 people are no longer in Xero",
        "we don’t remove anyone",
        &format!("In GO1: Zelda {}, {}", renamed.last_name, email(renamed)),
        &format!("In GO1: {} {}, {}", moved.first_name, moved.last_name, email(moved)),
        &format!("{} {} {} Has left the company", left.first_name, left.last_name, email(left)),
        &format!("{} {} {} No longer on the list", gone.first_name, gone.last_name, email(gone)),
        "Bo Blocked",
    ] {
        let squeezed = |text: &str| text.replace(' ', "");
        assert!(squeezed(&words).contains(&squeezed(expected)), "{expected}: {words}");
    }

    let before = at_go1.user_accounts(portal.as_str());
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.created, 1);
    let after = at_go1.user_accounts(portal.as_str());
    assert_eq!(after[..before.len()], before, "nobody who was there was touched");
    assert_eq!((after.len(), rig.kept_portal(&WATTLE).await.places_used), (8, 8));
}

#[tokio::test(start_paused = true)]
async fn whoever_one_look_missed_is_no_leaver_when_the_next_one_finds_them() {
    let (rig, olivia, employees) = imported(10).await;
    let missed = &employees[0].employee_id;
    rig.edit_payroll(&WATTLE, |people| people.retain(|person| person.employee_id != *missed));
    let first = olivia.look_again().await.words();
    assert!(first.contains("didn’t list this time") && !first.contains("no longer in Xero"), "{first}");
    rig.edit_payroll(&WATTLE, |people| people.insert(0, employees[0].clone()));
    let second = olivia.look_again().await.words();
    assert!(!second.contains("didn’t list this time") && !second.contains("no longer in Xero"), "{second}");
    // Missed again, it is again the first time.
    rig.edit_payroll(&WATTLE, |people| people.retain(|person| person.employee_id != *missed));
    let third = olivia.look_again().await.words();
    assert!(third.contains("didn’t list this time") && !third.contains("no longer in Xero"), "{third}");
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_back_with_another_employee_id_gets_no_second_account() {
    let (rig, olivia, employees) = imported(2).await;
    rig.edit_payroll(&WATTLE, |people| {
        let person = people.iter_mut().find(|person| person.employee_id == employees[0].employee_id).expect("there");
        person.status = EmployeeStatus::Terminated;
        people.push(Employee { employee_id: "again".to_owned(), ..employees[0].clone() });
    });
    let people = olivia.look_again().await;
    assert_eq!(ticked(&people), ["again"]);
    assert!(people.words().contains("Has an account"));
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.done, progress.created, rig.learners(&WATTLE).len()), (1, 0, 6));
}

/// The look fails, and what was shown before is what is shown still.
async fn assert_a_failed_look_shows_nobody_gone(olivia: &Visitor, what: &str) {
    let failed = olivia.look_again().await;
    assert!(failed.form("/imports").is_err(), "{what}: {}", failed.words());
    let shown = expect(olivia.open("/preview/people").await, StatusCode::OK, "/preview/people");
    for page in [failed, shown] {
        let words = page.words();
        assert!(!words.contains("no longer in Xero"), "{what}: {words}");
    }
}

/// What goes wrong with a read.
fn failures() -> [FaultKind; 8] {
    [
        FaultKind::status(500),
        FaultKind::status(403),
        FaultKind::status(404),
        FaultKind::answer(429, &[("retry-after", "3600")], ""),
        FaultKind::answer(200, &[], "<html>"),
        FaultKind::answer(200, &[], "{}"),
        FaultKind::CutBefore,
        FaultKind::Delay { milliseconds: 60_000 },
    ]
}

/// Bluegum with so many people imported that both upstreams have a first page, one after it, and a last one: 101 people are
/// two pages and an empty one, 102 accounts are three.
async fn three_pages_each(seed: u64) -> (Rig, Visitor) {
    let rig = Rig::new(seed);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 101);
    let (olivia, _) = rig.imported(&BLUEGUM).await;
    expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    (rig, olivia)
}

#[tokio::test(start_paused = true)]
async fn a_failed_read_of_xero_never_looks_like_leavers() {
    let (rig, olivia) = three_pages_each(3).await;
    for (page, before) in (0..3_usize).zip(0..) {
        for kind in failures() {
            let what = format!("page {page} of Xero's people: {kind:?}");
            let calls = rig.world.xero().calls(xero::endpoint::EMPLOYEES);
            rig.world.xero().faults().add(Fault::always(xero::endpoint::EMPLOYEES, kind).after(before));
            assert_a_failed_look_shows_nobody_gone(&olivia, &what).await;
            assert!(rig.world.xero().calls(xero::endpoint::EMPLOYEES) > calls + page, "{what}: it was met");
            rig.world.xero().faults().clear();
            rig.wait(Duration::from_secs(90)).await;
            // Her session lasts an hour, and all of this takes longer.
            olivia.arrive().await;
        }
    }
    let people = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    assert!(!people.words().contains("no longer in Xero"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_read_of_go1_never_looks_like_leavers() {
    let (rig, olivia) = three_pages_each(11).await;
    let shorter = FaultKind::answer(200, &[], r#"{"total": 102, "hits": []}"#);
    let fewer = FaultKind::answer(200, &[], r#"{"total": 1, "hits": []}"#);
    for (page, before) in (0..3_usize).zip(0..) {
        for kind in failures().into_iter().chain([shorter.clone(), fewer.clone()]) {
            let what = format!("page {page} of GO1's accounts: {kind:?}");
            let calls = rig.world.go1().calls(go1::endpoint::LIST_USER_ACCOUNTS);
            rig.world.go1().faults().add(Fault::always(go1::endpoint::LIST_USER_ACCOUNTS, kind).after(before));
            assert_a_failed_look_shows_nobody_gone(&olivia, &what).await;
            assert!(rig.world.go1().calls(go1::endpoint::LIST_USER_ACCOUNTS) > calls + page, "{what}: it was met");
            rig.world.go1().faults().clear();
            rig.wait(Duration::from_secs(90)).await;
            // Her session lasts an hour, and all of this takes longer.
            olivia.arrive().await;
        }
    }
    let people = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    assert!(!people.words().contains("no longer in Xero"));
}

#[tokio::test(start_paused = true)]
async fn a_look_that_runs_out_of_time_names_whoever_did_not_answer() {
    let (rig, olivia, _) = imported(9).await;
    let slow = || FaultKind::Delay { milliseconds: 60_000 };
    rig.world.go1().faults().add(Fault::always(go1::endpoint::LIST_USER_ACCOUNTS, slow()));
    let words = olivia.look_again().await.words();
    assert!(words.contains("GO1 isn’t answering") && !words.contains("Xero isn’t answering"), "{words}");
    rig.world.go1().faults().clear();
    rig.wait(Duration::from_secs(90)).await;
    rig.world.xero().faults().add(Fault::always(xero::endpoint::EMPLOYEES, slow()));
    let words = olivia.look_again().await.words();
    assert!(words.contains("Xero isn’t answering") && !words.contains("GO1 isn’t answering"), "{words}");
}

#[tokio::test(start_paused = true)]
async fn a_failed_search_in_a_large_portal_never_looks_like_leavers_or_newcomers() {
    let (rig, olivia, employees) = imported(4).await;
    let portal = rig.portal(&WATTLE);
    // Pages of all of them would be more calls than a search for each of the seven and the newcomer.
    for number in 0..600 {
        rig.world.go1().add_user_account(portal.as_str(), &format!("p{number}@other.example.com"), "P", "Q");
    }
    let last = format!("p{}@other.example.com", 599);
    rig.edit_payroll(&WATTLE, |people| {
        people.push(Employee::active("new", "Nia", "Newcomer", Some(&last)));
        people.retain(|person| person.employee_id != employees[0].employee_id);
    });
    olivia.look_again().await;
    let people = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    assert!(people.words().contains("Has an account"), "found by a search");
    assert!(people.words().contains("One person is no longer in Xero"));
    let failing = [
        Fault::always(go1::endpoint::LIST_USER_ACCOUNTS, FaultKind::status(500)).matching("email="),
        Fault::always(go1::endpoint::LIST_USER_ACCOUNTS, FaultKind::answer(200, &[], r#"{"total": 9, "hits": []}"#))
            .matching("email="),
    ];
    for fault in failing {
        rig.world.go1().faults().add(fault);
        let failed = olivia.look(&people).await;
        assert_eq!(failed.status, StatusCode::SERVICE_UNAVAILABLE, "{}", failed.words());
        rig.world.go1().faults().clear();
    }
}

#[tokio::test(start_paused = true)]
async fn the_failed_are_tried_again_as_soon_as_go1_lets_them_in() {
    let rig = Rig::new(5);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let employees = rig.employees(&WATTLE);
    let refused = employees.iter().find(|person| person.email.as_deref() != Some(WATTLE.xero_user)).expect("somebody");
    let faults = rig.world.go1().faults();
    // GO1 refuses one person, and one of the courses to everybody.
    let no = |status| FaultKind::answer(status, &[], r#"{"message": "No.", "error_code": "no"}"#);
    faults.add(Fault::always(go1::endpoint::CREATE_USER_ACCOUNT, no(403)).matching(&email(refused)));
    faults.add(Fault::always(go1::endpoint::CREATE_ENROLLMENT, no(403)).matching("1003"));
    let first = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    let progress = olivia.progress(&first).await;
    assert_eq!((progress.status, progress.done, progress.failed), (ImportStatus::PartlyDone, 6, 1));
    assert_eq!(rig.kept_portal(&WATTLE).await.places_used, 6, "who has an account has a place, and nobody else");
    let accounts = rig.world.go1().calls(go1::endpoint::CREATE_USER_ACCOUNT);

    faults.clear();
    let report = olivia.open_import(&first).await;
    let again = olivia.browser.submit(&report, &format!("/imports/{first}/retry"), &[]).await;
    let again = expect(again, StatusCode::OK, "/preview/people");
    let words = again.words();
    assert!(words.contains("Try again for those who failed") && words.contains("Courses missing"), "{words}");
    assert!(
        words.contains("1 new account , 6 existing accounts , 0 people who may have accounts , 1 welcome email"),
        "{words}"
    );
    assert_eq!(ticked(&again).len(), 7);
    assert_eq!(rig.world.go1().calls(go1::endpoint::CREATE_USER_ACCOUNT), accounts, "nothing is made by looking");
    let second = import_of(&olivia.confirm(&again).await);
    assert_ne!(first, second);
    rig.pump().await;
    let progress = olivia.progress(&second).await;
    assert_eq!((progress.status, progress.done, progress.enrollments), (ImportStatus::Done, 7, 35));
    assert_eq!((rig.learners(&WATTLE).len(), rig.enrollments(&WATTLE).len()), (6, 35));
    assert_eq!(rig.world.go1().calls(go1::endpoint::CREATE_USER_ACCOUNT), accounts + 1);
    let portal = rig.kept_portal(&WATTLE).await;
    assert_eq!((portal.places_used, portal.active_import), (7, None));
    // Now everybody is here, and nothing is left to try.
    let done = olivia.open_import(&second).await;
    assert!(done.form(&format!("/imports/{second}/retry")).is_err());
    assert!(olivia.look_again().await.words().contains("Everyone’s already imported"));
}

#[tokio::test(start_paused = true)]
async fn somebody_who_may_have_an_account_is_found_under_the_email_of_then_and_made_once() {
    let rig = Rig::new(7);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let employees = rig.employees(&WATTLE);
    let lost = employees.iter().find(|person| person.email.as_deref() != Some(WATTLE.xero_user)).expect("somebody");
    let before = email(lost);
    let name = before.split('@').next().expect("a name");
    // GO1 makes the account and does not say so, then or later.
    let faults = rig.world.go1().faults();
    faults.add(Fault::next(go1::endpoint::CREATE_USER_ACCOUNT, FaultKind::LoseAnswer).matching(name));
    faults.add(Fault::always(go1::endpoint::LIST_USER_ACCOUNTS, FaultKind::status(500)).matching(name));
    let first = import_of(&olivia.confirm(&people).await);
    for _ in 0..25 * 12 {
        while rig.deliver().await {}
        rig.sweep().await;
        rig.wait(Duration::from_mins(5)).await;
    }
    let rows = rig.kept_people(&WATTLE, &first).await;
    let row = rows.iter().find(|person| person.employee_id.as_str() == lost.employee_id).expect("a row");
    assert!(matches!(row.outcome, Outcome::Failed { reason: FailureReason::Unresolved, .. }), "{:?}", row.outcome);
    assert_eq!(rig.kept_portal(&WATTLE).await.places_used, 7, "the place is kept");

    // A day later GO1 works, Xero has another email, and the owner comes back.
    faults.clear();
    olivia.arrive().await;
    rig.edit_payroll(&WATTLE, |people| {
        let person = people.iter_mut().find(|person| person.employee_id == lost.employee_id).expect("there");
        person.email = Some("another@wattlegrove.example.com".to_owned());
    });
    let report = olivia.open_import(&first).await;
    let again = olivia.browser.submit(&report, &format!("/imports/{first}/retry"), &[]).await;
    let again = expect(again, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&again), std::slice::from_ref(&lost.employee_id));
    assert!(again.words().contains("Courses missing"), "{}", again.words());
    let second = import_of(&olivia.confirm(&again).await);
    rig.pump().await;
    let progress = olivia.progress(&second).await;
    assert_eq!((progress.status, progress.done, progress.enrollments), (ImportStatus::Done, 1, 5));
    assert_eq!(progress.created, 0, "the account is the first import's");
    assert_eq!((rig.learners(&WATTLE).len(), rig.enrollments(&WATTLE).len()), (6, 35));
    assert_eq!(rig.kept_portal(&WATTLE).await.places_used, 7);
}

#[tokio::test(start_paused = true)]
async fn a_course_that_go1_retired_is_neither_shown_nor_planned_nor_assigned() {
    let rig = Rig::new(8);
    let (olivia, courses) = rig.at_courses(&WATTLE).await;
    assert!(rig.world.go1().retire_course("1003"));
    let courses = olivia.browser.open(&courses.url).await;
    assert_eq!(courses.text.matches("class=\"course\"").count(), 4);
    let people = olivia.look(&courses).await;
    assert!(people.words().contains("28 course assignments"), "{}", people.words());
    import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    let assigned = rig.enrollments(&WATTLE);
    assert_eq!(assigned.len(), 28);
    assert!(assigned.iter().all(|enrollment| enrollment.lo_id != "1003"));
}

#[tokio::test(start_paused = true)]
async fn a_retry_of_an_import_that_runs_or_is_another_s_shows_no_people() {
    let rig = Rig::new(6);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let import = import_of(&olivia.confirm(&people).await);
    let token = people.values("form_token").remove(0);
    let press = async |visitor: &Visitor, page: &Page, token: &str| {
        let fields = [("form_token".to_owned(), token.to_owned())];
        visitor.browser.follow(rig::Sent::post(page, &format!("/imports/{import}/retry"), &fields)).await
    };
    let shown = press(&olivia, &people, &token).await;
    expect(shown, StatusCode::OK, &format!("/imports/{import}"));
    rig.pump().await;
    rig.world.xero().set_head_count(BLUEGUM.organisation, 2);
    let other = rig.visitor(&BLUEGUM);
    let others = other.reach_people().await;
    let refused = press(&other, &others, &others.values("form_token")[0]).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let forged = press(&olivia, &people, &"0".repeat(64)).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    // Asked for by its address only, another customer's failed are nobody's ticks.
    let peeked =
        expect(other.open(&format!("/preview/people?retry={import}")).await, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&peeked), ticked(&others));
}
