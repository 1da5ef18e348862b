//! A table that fails at one step of an attempt, and an invocation without time: what GO1 asked for is kept all the same, and
//! nobody counts as asked for of whom nothing was asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::import::{ImportStatus, Wait, WaitReason};
use jiff::SignedDuration;
use rig::{BLUEGUM, Rig, RigSettings, StandsStill, Step, StepHook, Steps, import_of};
use stand_ins::{Fault, FaultKind, go1};
use state::{ImportWork as _, StateError};

use go1::endpoint::{CREATE_ENROLLMENT, CREATE_USER_ACCOUNT};

use super::courses::{refusals, refuse};
use super::{all_done, all_done_at_no_attempt_s_cost, deliveries_within};

/// The table fails at one step, the so-many-th of its name, or at all of that name.
struct FailsAt {
    step: Step,
    number: Option<usize>,
    seen: AtomicUsize,
}

#[async_trait]
impl StepHook for FailsAt {
    type Context = ();

    async fn before(&self, step: Step) -> Result<(), StateError> {
        let is_it = step == self.step
            && self.number.is_none_or(|number| self.seen.fetch_add(1, Ordering::Relaxed) + 1 == number);
        if is_it { Err(StateError::Unavailable("a stumble".into())) } else { Ok(()) }
    }
}

/// One event, to a worker whose table fails there.
async fn deliver_to_one_that_fails(rig: &Rig, step: Step, number: usize) {
    let hook = FailsAt { step, number: Some(number), seen: AtomicUsize::new(0) };
    rig.deliver_to(&rig.worker_over(Steps::new(Arc::new(rig.state.clone()), hook))).await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_could_not_be_stored_at_once_is_kept_in_full() {
    let rig = Rig::new(31);
    let (olivia, import) = rig.confirmed(8).await;
    let wait = FaultKind::answer(429, &[("retry-after", "1800")], "");
    rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, wait));
    deliver_to_one_that_fails(&rig, Step::Write("set_wait"), 1).await;
    let limited = rig.world.go1().call_log().iter().filter(|call| call.status == Some(429)).map(|call| call.at).max();
    rig.pump().await;
    let calls = rig.world.go1().call_log();
    let next = calls.iter().map(|call| call.at).filter(|at| Some(*at) > limited).min().expect("a call after it");
    let paused = next.duration_since(limited.expect("a 429"));
    assert!(paused >= SignedDuration::from_secs(1_800), "GO1 was left alone for {paused:#}");
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 8).await;
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_fails_before_it_asks_for_anybody_keeps_no_place_after_a_stop() {
    let rig = Rig::new(32);
    let (olivia, import) = rig.confirmed(8).await;
    deliver_to_one_that_fails(&rig, Step::Read("find_batch_with_people"), 2).await;
    let until = rig.world.now() + SignedDuration::from_hours(1);
    let wait = Wait { until, why: WaitReason::RetryAfter, times: 1 };
    rig.state.set_wait(&rig.portal(&BLUEGUM), &import, &wait, None).await.expect("memory answers");
    let page = olivia.open_import(&import).await;
    olivia.stop(&page, &import).await;
    rig.wait(Duration::from_mins(2)).await;
    rig.sweep().await;
    assert_eq!(olivia.progress(&import).await.status, ImportStatus::Failed);
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 0, "nobody was asked for");
    assert!(rig.learners(&BLUEGUM).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_rate_that_is_refused_for_long_is_asked_for_ever_more_seldom_however_short_an_invocation_is() {
    for seconds in [20, 60] {
        let rig = Rig::with(RigSettings { invocation: Duration::from_secs(seconds), ..RigSettings::of(33) });
        let (_, import) = rig.confirmed(5).await;
        let limited = FaultKind::answer(429, &[], "");
        rig.world.go1().faults().add(Fault::always(CREATE_ENROLLMENT, limited));
        let events = deliveries_within(&rig, SignedDuration::from_hours(2)).await;
        assert!(events < 40, "{events} invocations in two hours");
        let import = rig.kept_import(&BLUEGUM, &import).await;
        assert!(matches!(import.wait, Some(Wait { why: WaitReason::RetryAfter, times: 5.., .. })), "{:?}", import.wait);
    }
}

/// A message that has come 800 times is deleted whatever kept its batch from being worked on, before the queue takes it for a
/// dead letter, and the sweeper sends the batch again.
#[tokio::test(start_paused = true)]
async fn a_message_that_came_too_often_for_our_table_is_left_to_the_sweeper() {
    let rig = Rig::new(34);
    let (olivia, import) = rig.confirmed(8).await;
    let hook = FailsAt { step: Step::Read("find_batch_with_people"), number: None, seen: AtomicUsize::new(0) };
    let worker = rig.worker_over(Steps::new(Arc::new(rig.state.clone()), hook));
    let mut events = 0;
    while !rig.queue.is_empty() {
        if let Some(event) = rig.receive() {
            events += 1;
            let response = worker::handle(&worker, event.clone(), Duration::from_mins(1)).await;
            rig.settle(&event, Some(response));
        }
        rig.wait(Duration::from_secs(1)).await;
    }
    assert_eq!(events, 800);
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await.unsent, [0]);
    rig.minutes_pass(2).await;
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 8).await;
}

/// The queue is quicker than the table: a worker has had the message, and leaves its batch to the sweeper, before whoever
/// sent the message records that it was sent.
#[tokio::test(start_paused = true)]
async fn a_batch_that_is_left_to_the_sweeper_before_its_sending_is_recorded_is_sent_again() {
    let rig = Rig::new(35);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 8);
    let slow = StandsStill::before(Step::Write("mark_sent"));
    let olivia = rig.visitor_over(Steps::new(Arc::new(rig.state.clone()), slow.clone()), &BLUEGUM);
    let people = olivia.reach_people().await;
    let meanwhile = async {
        slow.is_there().await;
        let hook = FailsAt { step: Step::Read("find_batch_with_people"), number: None, seen: AtomicUsize::new(0) };
        let worker = rig.worker_over(Steps::new(Arc::new(rig.state.clone()), hook));
        let mut event = rig.receive().expect("the batch");
        for message in &mut event.records {
            message.attributes.insert("ApproximateReceiveCount".to_owned(), "800".to_owned());
        }
        let response = worker::handle(&worker, event.clone(), Duration::from_mins(1)).await;
        assert_eq!(response.batch_item_failures.len(), 0, "it is left to the sweeper");
        rig.settle(&event, Some(response));
        slow.go_on();
    };
    let (confirmed, ()) = tokio::join!(olivia.confirm(&people), meanwhile);
    let import = import_of(&confirmed);
    assert!(rig.queue.is_empty());
    rig.minutes_pass(4).await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.status, progress.waiting), (ImportStatus::Done, 0), "without counting as stuck first");
}

/// SQS brings a message twice now and then, and the second time at the worst moment: while another worker is about to store the
/// wait.
#[tokio::test(start_paused = true)]
async fn a_wait_that_is_about_to_be_stored_is_kept_in_full_by_another_worker_with_the_same_message() {
    let rig = Rig::new(36);
    let (olivia, import) = rig.confirmed(8).await;
    let wait = FaultKind::answer(429, &[("retry-after", "1800")], "");
    rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, wait));
    let stores = StandsStill::before(Step::Write("set_wait"));
    let worker = rig.worker_over(Steps::new(Arc::new(rig.state.clone()), stores.clone()));
    let event = rig.receive().expect("the batch");
    let meanwhile = async {
        stores.is_there().await;
        let response = rig.invoke(event.clone()).await;
        stores.go_on();
        response
    };
    let (one, other) = tokio::join!(worker::handle(&worker, event.clone(), Duration::from_mins(1)), meanwhile);
    // Whoever reports the message last decides whether it comes back.
    rig.settle(&event, other);
    rig.settle(&event, Some(one));
    rig.pump().await;
    let calls = rig.world.go1().call_log();
    let limited = calls.iter().filter(|call| call.status == Some(429)).map(|call| call.at).max().expect("a 429");
    let next = calls.iter().map(|call| call.at).filter(|at| *at > limited).min().expect("a call after it");
    let paused = next.duration_since(limited);
    assert!(paused >= SignedDuration::from_secs(1_800), "GO1 was left alone for {paused:#}");
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 8).await;
}

/// Everybody of the batch that was to show whether GO1 assigns courses is done, and what ends the wait was cut off before it did.
#[tokio::test(start_paused = true)]
async fn a_wait_for_courses_ends_also_where_the_batch_that_showed_them_stumbled_at_its_end() {
    let rig = Rig::new(38);
    let (olivia, import) = rig.confirmed(24).await;
    refuse(&rig, refusals()[0].clone(), None);
    rig.minutes_pass(3).await;
    let wait = rig.kept_import(&BLUEGUM, &import).await.wait.expect("it waits");
    assert_eq!(wait.why, WaitReason::NoCourses { batch: 0 });
    rig.world.go1().faults().clear();
    rig.wait(Duration::try_from(wait.until.duration_since(rig.world.now())).expect("a while") * 2).await;
    let mut event = rig.receive().expect("both batches");
    event.records.truncate(1);
    let hook = FailsAt { step: Step::Write("set_assignable"), number: Some(1), seen: AtomicUsize::new(0) };
    let stumbling = rig.worker_over(Steps::new(Arc::new(rig.state.clone()), hook));
    let response = worker::handle(&stumbling, event.clone(), Duration::from_mins(1)).await;
    rig.settle(&event, Some(response));
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.done, progress.waiting), (20, 4), "it is the first batch's");
    rig.minutes_pass(30).await;
    all_done(&rig, &olivia, &import, 24).await;
}
