//! The worker against a GO1 that fails: each person once, with five courses, or failed with a reason.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::ids::ImportId;
use domain::import::{AttemptEnd, Batch, FailureReason, ImportStatus, MOST_FAILURES, Outcome};
use rig::{BLUEGUM, Rig, RigSettings, Step, StepHook, Steps, Visitor, WATTLE};
use stand_ins::{Fault, FaultKind, go1};
use state::{ImportWork as _, StateError};

use go1::endpoint::{CREATE_ENROLLMENT, CREATE_USER_ACCOUNT, LIST_USER_ACCOUNTS, TOKEN};

use super::{all_done, each_once};

const OOPS: &str = "<html>oops</html>";

fn fail(rig: &Rig, fault: Fault) {
    rig.world.go1().faults().add(fault);
}

async fn failures(rig: &Rig, import: &ImportId) -> Vec<FailureReason> {
    let people = rig.kept_people(&BLUEGUM, import).await.into_iter();
    let reasons = people.filter_map(|person| match person.outcome {
        Outcome::Failed { reason, .. } => Some(reason),
        _ => None,
    });
    reasons.collect()
}

#[tokio::test(start_paused = true)]
async fn every_failure_in_passing_is_got_over_with_one_account_and_five_courses_each() {
    let garbage = || FaultKind::answer_after_effect(201, OOPS);
    let conflict = || FaultKind::answer_after_effect(409, r#"{"message": "exists"}"#);
    let faults = [
        Fault::times(CREATE_USER_ACCOUNT, 3, FaultKind::LoseAnswer),
        Fault::times(CREATE_USER_ACCOUNT, 3, FaultKind::CutBefore),
        Fault::times(CREATE_USER_ACCOUNT, 3, FaultKind::status(500)),
        Fault::times(CREATE_USER_ACCOUNT, 3, FaultKind::answer_after_effect(500, OOPS)),
        Fault::times(CREATE_USER_ACCOUNT, 3, garbage()),
        Fault::times(CREATE_USER_ACCOUNT, 3, conflict()),
        Fault::times(CREATE_USER_ACCOUNT, 1, FaultKind::Delay { milliseconds: 50_000 }),
        Fault::times(CREATE_ENROLLMENT, 7, FaultKind::LoseAnswer),
        Fault::times(CREATE_ENROLLMENT, 7, FaultKind::status(503)),
        Fault::times(CREATE_ENROLLMENT, 7, FaultKind::answer(200, &[], OOPS)),
        Fault::times(CREATE_ENROLLMENT, 7, garbage()),
        Fault::times(CREATE_ENROLLMENT, 1, FaultKind::Delay { milliseconds: 50_000 }),
    ];
    for (seed, fault) in (0..).zip(faults) {
        let rig = Rig::new(seed);
        let (olivia, import) = rig.confirmed(24).await;
        fail(&rig, fault.clone());
        rig.pump().await;
        rig.wait(Duration::from_mins(1)).await;
        let progress = olivia.progress(&import).await;
        assert_eq!(progress.status, ImportStatus::Done, "{fault:?}");
        all_done(&rig, &olivia, &import, 24).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_and_a_look_up_that_fails_too_are_got_over() {
    let rig = Rig::new(20);
    let (olivia, import) = rig.confirmed(24).await;
    fail(&rig, Fault::times(CREATE_USER_ACCOUNT, 3, FaultKind::LoseAnswer));
    fail(&rig, Fault::times(LIST_USER_ACCOUNTS, 9, FaultKind::status(500)));
    rig.pump().await;
    all_done(&rig, &olivia, &import, 24).await;
}

#[tokio::test(start_paused = true)]
async fn twenty_minutes_of_failures_by_chance_lose_nobody() {
    let rig = Rig::new(21);
    let (olivia, import) = rig.confirmed(40).await;
    for endpoint in [CREATE_USER_ACCOUNT, CREATE_ENROLLMENT] {
        fail(&rig, Fault::by_chance(endpoint, 0.02, FaultKind::LoseAnswer));
        fail(&rig, Fault::by_chance(endpoint, 0.02, FaultKind::status(502)));
    }
    rig.pump().await;
    let progress = olivia.progress(&import).await;
    assert!(progress.status.has_ended());
    assert_eq!(progress.waiting, 0);
    let held = rig.learners(&BLUEGUM).len();
    assert!(held >= progress.done, "{held} {progress:?}");
}

#[tokio::test(start_paused = true)]
async fn five_failures_end_a_batch_with_a_reason_and_give_the_places_back() {
    let rig = Rig::new(22);
    let (olivia, import) = rig.confirmed(24).await;
    fail(&rig, Fault::always(CREATE_USER_ACCOUNT, FaultKind::status(500)));
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.status, ImportStatus::Failed);
    assert_eq!(failures(&rig, &import).await, [FailureReason::Unavailable; 24]);
    for batch in rig.kept_batches(&BLUEGUM, &import).await {
        assert_eq!(batch.failures, 5);
    }
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 0);
    assert_eq!(rig.queue.dead_letters(), []);
    let page = olivia.open_import(&import).await;
    assert!(page.words().contains("GO1 didn’t answer, or asked us to wait too long"), "{}", page.words());
}

#[tokio::test(start_paused = true)]
async fn one_bad_person_in_ten_fails_alone_and_at_once() {
    let rig = Rig::new(23);
    let (olivia, import) = rig.confirmed(10).await;
    let bad = rig.kept_people(&BLUEGUM, &import).await.remove(4);
    let named = r#"{"message": "no", "additional_errors": [{"path": "email", "message": "is not an email"}]}"#;
    let refused = FaultKind::answer(422, &[], named);
    fail(&rig, Fault::always(CREATE_USER_ACCOUNT, refused).matching(bad.email.as_str()));
    assert_eq!(rig.pump().await, 1, "one event is enough");
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.status, progress.done, progress.failed), (ImportStatus::PartlyDone, 9, 1));
    assert_eq!(failures(&rig, &import).await, [FailureReason::AccountRefused]);
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 9);
    each_once(&rig, 9);
}

#[tokio::test(start_paused = true)]
async fn a_course_that_go1_refuses_fails_the_person_and_keeps_the_place() {
    let rig = Rig::new(12);
    let (olivia, import) = rig.confirmed(3).await;
    fail(&rig, Fault::next(CREATE_ENROLLMENT, FaultKind::answer(400, &[], r#"{"message": "no"}"#)));
    rig.pump().await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.status, progress.done, progress.failed), (ImportStatus::PartlyDone, 2, 1));
    assert_eq!(failures(&rig, &import).await, [FailureReason::EnrollmentRefused]);
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 3, "the account was made");
}

#[tokio::test(start_paused = true)]
async fn a_portal_that_is_full_at_go1_takes_who_fits_and_says_so_for_the_rest() {
    let mut settings = RigSettings::of(25);
    settings.world.go1_portal_user_limit = Some(6);
    let rig = Rig::with(settings);
    let (olivia, import) = rig.confirmed(24).await;
    rig.pump().await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.status, progress.done, progress.failed), (ImportStatus::PartlyDone, 5, 19));
    assert_eq!(failures(&rig, &import).await, [FailureReason::PortalFull; 19]);
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 5);
    each_once(&rig, 5);
}

#[tokio::test(start_paused = true)]
async fn a_token_that_ends_on_the_way_is_renewed_once_for_all() {
    let rig = Rig::new(26);
    let (olivia, import) = rig.confirmed(40).await;
    // The first event is at it when every token given out so far stops working.
    let event = rig.receive().expect("batches");
    let expiry = async {
        rig.wait(Duration::from_secs(12)).await;
        rig.world.go1().expire_access_tokens();
    };
    let tokens = rig.world.go1().calls(TOKEN);
    let (response, ()) = tokio::join!(rig.invoke(event.clone()), expiry);
    rig.settle(&event, response);
    rig.pump().await;
    assert_eq!(rig.world.go1().calls(TOKEN), tokens + 1);
    all_done(&rig, &olivia, &import, 40).await;
}

#[tokio::test(start_paused = true)]
async fn the_sums_add_up_at_every_look_and_never_go_back() {
    let rig = Rig::new(28);
    let (olivia, import) = rig.confirmed(60).await;
    fail(&rig, Fault::by_chance(CREATE_ENROLLMENT, 0.1, FaultKind::LoseAnswer));
    let watching = async {
        let mut before = 0;
        loop {
            let progress = olivia.progress(&import).await;
            assert_eq!(progress.people, 60);
            assert!(progress.done + progress.failed >= before, "{progress:?}");
            before = progress.done + progress.failed;
            if progress.status.has_ended() {
                break;
            }
            rig.wait(Duration::from_millis(700)).await;
        }
    };
    tokio::join!(rig.pump(), watching);
}

#[tokio::test(start_paused = true)]
async fn a_small_import_of_another_portal_is_not_held_up_by_one_that_waits() {
    let rig = Rig::new(29);
    let (olivia, import) = rig.confirmed(5).await;
    let other = rig.visitor(&WATTLE);
    let (_, waiting) = other.import().await;
    let wait = FaultKind::answer(429, &[("retry-after", "600")], "");
    fail(&rig, Fault::times(CREATE_USER_ACCOUNT, 1, wait).matching("wattlegrove"));
    let event = rig.receive().expect("both");
    assert_eq!(event.records.len(), 2, "two portals in one event");
    let response = rig.invoke(event.clone()).await;
    let failed = response.as_ref().map(|response| response.batch_item_failures.len());
    rig.settle(&event, response);
    assert_eq!(failed, Some(1));
    all_once(&olivia, &import).await;
    assert!(!other.progress(&waiting).await.status.has_ended());
    rig.pump().await;
    assert_eq!(other.progress(&waiting).await.done, 7);
}

async fn all_once(olivia: &Visitor, import: &ImportId) {
    let progress = olivia.progress(import).await;
    assert_eq!((progress.status, progress.done), (ImportStatus::Done, 5));
}

#[tokio::test(start_paused = true)]
async fn the_last_attempt_gives_up_only_whom_it_asked_about() {
    let rig = Rig::new(30);
    let (olivia, import) = rig.confirmed(10).await;
    let portal = rig.portal(&BLUEGUM);
    let mut batch = Batch::new(0);
    for _ in 0..MOST_FAILURES {
        batch = rig.state.begin_attempt(&portal, &import, batch, rig.world.now()).await.expect("nobody is at it");
        let end = AttemptEnd { failed: true, asked: true };
        batch = rig.state.end_attempt(&portal, &import, &batch, end).await.expect("it is ours");
    }
    let event = rig.receive().expect("a batch");
    // Half of so short an invocation is kept to save what was done: a second of calls at five a second is left.
    let response = rig.invoke_for(event.clone(), Duration::from_secs(2)).await;
    rig.settle(&event, response);
    let looked_up = rig.world.go1().calls(LIST_USER_ACCOUNTS);
    let so_far = olivia.progress(&import).await;
    assert_eq!((so_far.failed, so_far.waiting), (looked_up, 10 - looked_up), "{so_far:?}");
    assert!((1..10).contains(&looked_up), "{looked_up}");
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.failed, 10);
    assert_eq!(rig.world.go1().calls(LIST_USER_ACCOUNTS), 10, "everybody is looked up once");
}

#[tokio::test(start_paused = true)]
async fn an_owner_whom_a_list_does_not_show_yet_is_looked_up_again() {
    let rig = Rig::new(31);
    let olivia = rig.visitor(&WATTLE);
    let (_, import) = olivia.import().await;
    fail(&rig, Fault::next(LIST_USER_ACCOUNTS, FaultKind::answer(200, &[], r#"{"hits": [], "total": 0}"#)));
    rig.pump().await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.status, progress.done, progress.created), (ImportStatus::Done, 7, 6), "{progress:?}");
}

/// Panics where the first member is stored.
#[derive(Debug, Default)]
struct Stumbles(AtomicBool);

#[async_trait]
impl StepHook for Stumbles {
    type Context = ();

    async fn before(&self, step: Step) -> Result<(), StateError> {
        let stumbles = step == Step::Write("add_member") && !self.0.swap(true, Ordering::Relaxed);
        assert!(!stumbles, "this is the stumble of the test");
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_turn_of_one_of_ten_panics_nine_are_done() {
    let rig = Rig::new(32);
    let (olivia, import) = rig.confirmed(10).await;
    let state = Steps::new(Arc::new(rig.state.clone()), Stumbles::default());
    rig.deliver_to(&rig.worker_over(state)).await;
    assert!(rig.queue.is_empty(), "nothing comes back");
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.status, progress.done, progress.failed), (ImportStatus::PartlyDone, 9, 1));
    assert_eq!(failures(&rig, &import).await, [FailureReason::Unresolved], "the account may have been made");
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 10);
    rig.places_are_members(&BLUEGUM).await;
}
