//! The Australian journey, whole: who is read, created, enrolled, and asked for what.

use std::collections::{BTreeMap, HashSet};

use domain::import::ImportStatus;
use http::StatusCode;
use rig::{HARBOUR, Rig, WATTLE, expect};
use stand_ins::{go1, xero};

#[tokio::test(start_paused = true)]
async fn of_213_people_200_are_created_with_five_courses_each_and_13_are_told_why_not() {
    let rig = Rig::new(1);
    let (olivia, import) = rig.imported(&HARBOUR).await;

    let progress = olivia.progress(&import).await;
    assert_eq!(progress.status, ImportStatus::Done);
    assert_eq!((progress.people, progress.created, progress.enrollments, progress.failed), (200, 200, 1_000, 0));

    let learners = rig.learners(&HARBOUR);
    let emails: HashSet<String> = learners.iter().map(|learner| learner.email.to_lowercase()).collect();
    assert_eq!((learners.len(), emails.len()), (200, 200), "each person once");
    assert!(learners.iter().all(|learner| learner.roles == [go1::LEARNER]));
    let mut courses: BTreeMap<String, HashSet<String>> = BTreeMap::new();
    let enrollments = rig.enrollments(&HARBOUR);
    assert_eq!(enrollments.len(), 1_000);
    for enrollment in enrollments {
        assert_eq!((&*enrollment.enrollment_type, &*enrollment.status), ("assigned", "not-started"));
        courses.entry(enrollment.user_account_id).or_default().insert(enrollment.lo_id);
    }
    assert!(learners.iter().all(|learner| courses[&learner.id].len() == 5), "everybody has the five");

    let mails = rig.world.go1().welcome_mails();
    assert_eq!(mails.len(), 201, "the owner and 200 people");
    assert_eq!(mails.iter().collect::<HashSet<_>>().len(), 201, "nobody twice");

    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for line in olivia.report(&import).await {
        let what = if line.result == "Imported" { line.result } else { line.details };
        *reasons.entry(what).or_default() += 1;
    }
    assert_eq!(reasons.remove("Imported"), Some(200));
    assert_eq!(reasons.values().sum::<usize>(), 13, "{reasons:?}");
    let mut counts: Vec<usize> = reasons.into_values().collect();
    counts.sort_unstable();
    assert_eq!(counts, [1, 1, 2, 2, 3, 4], "two malformed, each in its way; repeated, left; missing; over the limit");
}

#[tokio::test(start_paused = true)]
async fn one_look_reads_three_pages_and_nobody_s_details() {
    let rig = Rig::new(2);
    let (olivia, people) = rig.at_people(&HARBOUR).await;
    assert_eq!(
        rig.world.xero().calls(xero::endpoint::EMPLOYEES),
        4,
        "213 people are three pages, and the fourth is empty"
    );
    assert_eq!(olivia.look(&people).await.status, StatusCode::OK);
    assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEES), 8);
    olivia.open("/preview/people").await;
    assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEES), 8, "to show what was read is no look");
    olivia.confirm(&people).await;
    rig.pump().await;
    assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEES), 8, "a fresh plan is not read again");
    assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEE_DETAIL), 0);
}

#[tokio::test(start_paused = true)]
async fn an_import_asks_go1_no_faster_than_it_may_and_never_to_enrol_again() {
    let rig = Rig::new(3);
    let (_, import) = rig.imported(&HARBOUR).await;
    let kept = rig.kept_import(&HARBOUR, &import).await;
    let took = kept.ended_at.expect("it ended").duration_since(kept.accepted_at).as_secs();
    assert!(took <= 1_200 / 5 + 60, "{took} seconds for 1,200 calls at five a second");
    let portal = rig.portal(&HARBOUR);
    assert!(rig.world.go1().highest_calls_in_one_second(Some(portal.as_str())) <= 5);
    assert!(rig.world.go1().highest_calls_in_flight(Some(portal.as_str())) <= 4);
    assert_eq!(rig.world.go1().calls(go1::endpoint::CREATE_USER_ACCOUNT), 200, "one call makes one account");
    assert_eq!(rig.world.go1().re_enrollments(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_owner_on_the_payroll_is_linked_and_stays_administrator() {
    let rig = Rig::new(4);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.done, progress.created, progress.enrollments), (7, 6, 35));
    let accounts = rig.accounts(&WATTLE);
    let owner: Vec<_> = accounts.iter().filter(|account| account.email == WATTLE.xero_user).collect();
    assert_eq!(owner.len(), 1);
    assert_eq!(owner[0].roles, [go1::ADMINISTRATOR]);
    assert_eq!(owner[0].created, owner[0].updated, "her account was not touched");
    let hers = rig.enrollments(&WATTLE).into_iter().filter(|enrollment| enrollment.user_account_id == owner[0].id);
    assert_eq!(hers.count(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_owner_who_skips_has_a_portal_without_people_and_is_led_into_it() {
    let rig = Rig::new(5);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let ready = expect(olivia.skip(&people).await, StatusCode::OK, "/get-started");
    assert!(rig.learners(&WATTLE).is_empty());
    let home = olivia.browser.submit(&ready, "/get-started", &[]).await;
    assert_eq!(home.url.host_str(), Some("go1.localhost"));
    assert!(home.url.query().unwrap_or_default().contains("oneTimeToken="), "logged in already");
    assert_eq!(home.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn after_an_import_the_next_look_shows_who_is_in_already() {
    let rig = Rig::new(6);
    let (olivia, _) = rig.imported(&WATTLE).await;
    rig.hire(&WATTLE, "new", "nia@wattlegrove.example.com");
    let people = olivia.look_again().await;
    assert_eq!(rig::ticked(&people), ["new"]);
    let import = rig::import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.created, 1);
    assert_eq!(rig.learners(&WATTLE).len(), 7);
    assert_eq!(rig.kept_portal(&WATTLE).await.places_used, 8, "the owner's place counts too");
}
