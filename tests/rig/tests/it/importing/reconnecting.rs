//! GO1 wants the owner to log in: the import waits for it, and goes on where it was.

use std::time::Duration;

use domain::import::{Batch, FailureReason, ImportStatus, Outcome, Wait, WaitReason};
use http::StatusCode;
use rig::{BLUEGUM, Rig, WATTLE};
use stand_ins::go1::endpoint::{CREATE_ENROLLMENT, CREATE_USER_ACCOUNT, TOKEN};
use stand_ins::{Fault, FaultKind};
use state::ImportWork as _;

use super::{all_done_at_no_attempt_s_cost, each_once};

#[tokio::test(start_paused = true)]
async fn an_import_waits_for_the_login_without_asking_go1_and_then_goes_on() {
    let rig = Rig::new(1);
    let (olivia, import) = rig.confirmed(24).await;
    rig.end_access_to_go1();
    rig.minutes_pass(20).await;
    let asked = rig.world.go1().calls(TOKEN);
    rig.minutes_pass(120).await;
    assert!(rig.world.go1().calls(TOKEN) <= asked + 1, "a spent token is worth nothing");
    rig.deliver().await;
    let wait = rig.kept_import(&BLUEGUM, &import).await.wait.expect("a wait");
    assert!(matches!(wait.why, WaitReason::Login { .. }), "{wait:?}");
    // Her session lasts an hour.
    olivia.arrive().await;
    assert_eq!(olivia.progress(&import).await.waiting, 24);
    let page = olivia.open_import(&import).await;
    assert!(page.words().contains("GO1 needs you to sign in"), "{}", page.words());

    rig.log_in_with_go1(&BLUEGUM).await;
    rig.minutes_pass(6).await;
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 24).await;
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_wanted_in_the_middle_loses_nobody_and_makes_nobody_twice() {
    for tenths in (5..60).step_by(9) {
        let rig = Rig::new(2);
        let (olivia, import) = rig.confirmed(24).await;
        let event = rig.receive().expect("two batches");
        let locked_out = async {
            rig.wait(Duration::from_millis(tenths * 100)).await;
            rig.end_access_to_go1();
        };
        let (response, ()) = tokio::join!(rig.invoke(event.clone()), locked_out);
        rig.settle(&event, response);
        let so_far = olivia.progress(&import).await;
        assert_eq!(so_far.failed, 0, "{tenths} tenths");
        rig.log_in_with_go1(&BLUEGUM).await;
        rig.minutes_pass(6).await;
        all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 24).await;
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_login_the_import_ends_after_seven_days_and_keeps_no_place_of_whom_go1_refused_to_make() {
    let rig = Rig::new(3);
    let (_, import) = rig.confirmed(100).await;
    rig.end_access_to_go1();
    rig.minutes_pass(7 * 24 * 60 - 10).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Running);
    assert_eq!(rig.queue.dead_letters(), [], "a message may come and go for so long");
    rig.minutes_pass(11).await;
    let kept = rig.kept_import(&BLUEGUM, &import).await;
    assert_eq!(kept.status, ImportStatus::Failed);
    let begun = rig.kept_batches(&BLUEGUM, &import).await.into_iter().filter(Batch::was_attempted).count();
    assert!(begun < 4, "most were not even begun: {begun}");
    // Each attempt ended in order, and GO1 took no token.
    for person in rig.kept_people(&BLUEGUM, &import).await {
        assert_eq!(person.outcome, Outcome::failed(FailureReason::AccessLost));
    }
    let portal = rig.kept_portal(&BLUEGUM).await;
    assert_eq!((portal.active_import, portal.places_used), (None, 0));
    rig.places_are_members(&BLUEGUM).await;
    rig.minutes_pass(11).await;
    assert!(rig.queue.is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_go1_refuses_even_a_new_token_the_import_waits_for_a_login_and_no_failure_is_counted() {
    let rig = Rig::new(8);
    let (olivia, import) = rig.confirmed(24).await;
    rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, FaultKind::status(401)));
    rig.minutes_pass(60).await;
    let wait = rig.kept_import(&BLUEGUM, &import).await.wait.expect("a wait");
    assert!(matches!(wait.why, WaitReason::Login { .. }), "{wait:?}");
    assert!(rig.world.go1().calls(CREATE_USER_ACCOUNT) <= 96, "24 people, two attempts, two tokens");
    rig.world.go1().faults().clear();
    rig.log_in_with_go1(&BLUEGUM).await;
    rig.minutes_pass(6).await;
    olivia.arrive().await;
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 24).await;
}

#[tokio::test(start_paused = true)]
async fn where_go1_refuses_a_token_that_it_has_just_renewed_the_next_attempt_needs_no_login() {
    let rig = Rig::new(8);
    let (olivia, import) = rig.confirmed(1).await;
    // The old token, and the new one that has not yet come everywhere at GO1.
    rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, FaultKind::status(401)));
    rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, FaultKind::status(401)));
    rig.minutes_pass(5).await;
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_go1_asked_for_is_kept_whatever_else_is_missing() {
    let rig = Rig::new(8);
    let (olivia, import) = rig.confirmed(1).await;
    // Of one person's courses one meets the limit, and for another GO1 wants a login.
    let busy = FaultKind::answer(429, &[("retry-after", "7200")], "");
    rig.world.go1().faults().add(Fault::next(CREATE_ENROLLMENT, busy));
    for _ in 0..4 {
        rig.world.go1().faults().add(Fault::next(CREATE_ENROLLMENT, FaultKind::status(401)));
    }
    let refused = FaultKind::answer(400, &[], r#"{"error":"invalid_grant"}"#);
    rig.world.go1().faults().add(Fault::always(TOKEN, refused));
    rig.minutes_pass(2).await;
    let calls = rig.world.go1().calls(CREATE_ENROLLMENT);
    rig.world.go1().faults().clear();
    rig.log_in_with_go1(&BLUEGUM).await;
    rig.minutes_pass(110).await;
    assert_eq!(rig.world.go1().calls(CREATE_ENROLLMENT), calls, "not before the two hours are over");
    rig.minutes_pass(15).await;
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 1).await;
}

#[tokio::test(start_paused = true)]
async fn any_other_tokens_than_those_refused_are_tried_also_those_that_began_anew() {
    let rig = Rig::new(9);
    let (olivia, import) = rig.confirmed(24).await;
    // Erased since, and logged in again: the generations count from 1.
    let why = WaitReason::Login { generation: 99 };
    let wait = Wait { until: rig.world.now(), why, times: 3 };
    rig.state.set_wait(&rig.portal(&BLUEGUM), &import, &wait, None).await.expect("memory answers");
    rig.minutes_pass(6).await;
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 24).await;
}

#[tokio::test(start_paused = true)]
async fn a_login_on_the_sixth_day_lets_the_import_go_on_with_its_whole_time() {
    let rig = Rig::new(10);
    let (_, import) = rig.confirmed(24).await;
    rig.end_access_to_go1();
    rig.minutes_pass(6 * 24 * 60).await;
    rig.log_in_with_go1(&BLUEGUM).await;
    // GO1 asks for time as soon as it is asked, and the import must not end for its age.
    let busy = FaultKind::answer(429, &[("retry-after", "7200")], "");
    rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, busy));
    rig.minutes_pass(20).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Running);
    rig.minutes_pass(130).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Done);
    each_once(&rig, 24);
    assert_eq!(rig.queue.dead_letters(), []);
}

#[tokio::test(start_paused = true)]
async fn every_page_of_the_customer_leads_with_the_login_that_an_import_waits_for() {
    let rig = Rig::new(11);
    let (olivia, _) = rig.imported(&WATTLE).await;
    rig.hire(&WATTLE, "new", "new@wattlegrove.example.com");
    let people = olivia.look_again().await;
    let import = rig::import_of(&olivia.confirm(&people).await);
    let ada = rig.administrator(&WATTLE).await;
    let told = |page: &rig::Page| page.words().contains("GO1 needs you to sign in");
    for (visitor, path) in [(&olivia, "/get-started"), (&ada, "/portal")] {
        assert!(!told(&visitor.open(path).await), "{path} before");
    }
    rig.end_access_to_go1();
    rig.minutes_pass(1).await;
    let import = format!("/imports/{import}");
    let pages = ["/", "/help", "/get-started", "/preview", import.as_str(), "/signup"];
    // Also those that say that something is not there, not now, or not theirs.
    let refusals = ["/organisations", "/nowhere", "/imports/nobodys", "/oauth/go1/callback", "/oauth/xero/callback"];
    for path in pages.into_iter().chain(refusals) {
        let page = olivia.open(path).await;
        assert_eq!(page.status.is_success(), pages.contains(&path), "{path}: {}", page.status);
        assert_eq!(page.text.matches("GO1 needs you to sign in").count().min(1), 1, "{path}: {}", page.words());
        assert!(page.text.contains("/portal/login?for=sign-up"), "{path}");
    }
    // The users are GO1's, so their page says the same in its own words.
    assert!(ada.open("/portal/users").await.words().contains("GO1 needs you to sign in"));
    for path in ["/portal", "/portal/settings", "/preview", "/disconnect", "/portal/undo/nobodys"] {
        let page = ada.open(path).await;
        assert!(told(&page), "{path}: {}", page.words());
        assert!(page.text.contains("href=\"/portal/login\""), "{path}");
    }
    let form = olivia.open("/signup").await;
    let again = olivia.browser.submit(&form, "/signup", &[("email", "nobody")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told(&again), "{}", again.words());
    let stranger = rig.visitor(&BLUEGUM);
    for path in ["/", "/signup", "/nowhere"] {
        assert!(!stranger.open(path).await.text.contains("needs you to sign in"));
    }
}
