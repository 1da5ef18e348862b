//! A table that answers late, or loses the answer to a write that it has made: the AWS SDK then makes the write once
//! more, and its condition fails because of our own success.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::clock::Random as _;
use domain::ids::ImportId;
use domain::import::{FailureReason, ImportStatus, Outcome, Wait, WaitReason};
use rig::{BLUEGUM, Rig, SeededRandom, Step, StepHook, Steps, Visitor};
use state::{ActiveImports as _, ImportAcceptance as _, ImportWork as _, StateError};

use super::all_done;

/// Waits up to 50 ms before a step and after it.
#[derive(Clone)]
struct Delays(Arc<SeededRandom>);

impl Delays {
    async fn wait(&self) {
        let mut byte = [0];
        self.0.fill(&mut byte);
        tokio::time::sleep(Duration::from_micros(u64::from(byte[0]) * 195)).await;
    }
}

#[async_trait]
impl StepHook for Delays {
    type Context = ();

    async fn before(&self, _: Step) -> Result<(), StateError> {
        self.wait().await;
        Ok(())
    }

    async fn after(&self, (): ()) -> Result<(), StateError> {
        self.wait().await;
        Ok(())
    }
}

/// Makes every write of the work on imports twice while it is switched on.
#[derive(Clone, Default)]
struct Repeats(Arc<AtomicBool>);

#[async_trait]
impl StepHook for Repeats {
    type Context = bool;

    async fn before(&self, step: Step) -> Result<bool, StateError> {
        Ok(matches!(step, Step::Write(_)) && self.0.load(Ordering::Relaxed))
    }

    fn is_repeated(&self, is_repeated: &bool) -> bool {
        *is_repeated
    }

    async fn after(&self, _: bool) -> Result<(), StateError> {
        tokio::task::yield_now().await;
        Ok(())
    }
}

/// The import waits for GO1, so a stop gives those up as well who were begun: for them GO1 may have been asked.
async fn waits(rig: &Rig, import: &ImportId) {
    let until = rig.world.now() + jiff::SignedDuration::from_hours(1);
    let wait = Wait { until, why: WaitReason::RetryAfter, times: 1 };
    rig.state.set_wait(&rig.portal(&BLUEGUM), import, &wait, None).await.expect("it runs");
}

/// Nobody of the import was begun, so nobody keeps a place.
async fn nobody_is_in(rig: &Rig, olivia: &Visitor, import: &ImportId, people: usize, which: &str) {
    let progress = olivia.progress(import).await;
    assert_eq!((progress.status, progress.failed), (ImportStatus::Failed, people), "{which}");
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 0, "{which}: places are kept");
    rig.places_are_members(&BLUEGUM).await;
    for person in rig.kept_people(&BLUEGUM, import).await {
        assert_eq!(person.outcome, Outcome::failed(FailureReason::Stopped), "{which}");
    }
    rig.pump().await;
    assert!(rig.learners(&BLUEGUM).is_empty());
}

#[tokio::test(start_paused = true)]
async fn two_stops_at_once_keep_no_place_of_somebody_who_was_never_begun() {
    for seed in 0..20 {
        let rig = Rig::new(seed);
        rig.world.xero().set_head_count(BLUEGUM.organisation, 130);
        let table = Steps::new(Arc::new(rig.state.clone()), Delays(Arc::new(SeededRandom::new(seed))));
        let olivia = rig.visitor_over(table, &BLUEGUM);
        let (_, import) = olivia.import().await;
        waits(&rig, &import).await;
        let page = olivia.open_import(&import).await;
        tokio::join!(olivia.stop(&page, &import), olivia.stop(&page, &import));
        nobody_is_in(&rig, &olivia, &import, 130, &format!("seed {seed}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_beside_a_sweep_keeps_no_place_of_somebody_who_was_never_begun() {
    for seed in 0..10 {
        let rig = Rig::new(seed);
        rig.world.xero().set_head_count(BLUEGUM.organisation, 130);
        let table = Steps::new(Arc::new(rig.state.clone()), Delays(Arc::new(SeededRandom::new(seed))));
        let sweeper = rig.sweeper_over(table.clone());
        let olivia = rig.visitor_over(table, &BLUEGUM);
        let (_, import) = olivia.import().await;
        rig.wait(Duration::from_mins(3)).await;
        waits(&rig, &import).await;
        let page = olivia.open_import(&import).await;
        let sweep = async {
            rig.wait(Duration::from_millis(60 * seed)).await;
            sweeper::sweep(&sweeper).await.expect("the table answers");
        };
        tokio::join!(olivia.stop(&page, &import), sweep);
        nobody_is_in(&rig, &olivia, &import, 130, &format!("seed {seed}")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_whose_writes_are_all_made_twice_keeps_no_place_either() {
    let rig = Rig::new(1);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 130);
    let repeats = Repeats::default();
    let olivia = rig.visitor_over(Steps::new(Arc::new(rig.state.clone()), repeats.clone()), &BLUEGUM);
    let (_, import) = olivia.import().await;
    waits(&rig, &import).await;
    let page = olivia.open_import(&import).await;
    repeats.0.store(true, Ordering::Relaxed);
    olivia.stop(&page, &import).await;
    nobody_is_in(&rig, &olivia, &import, 130, "repeated").await;
}

/// The first dispatch is made by the request, and the import does not wait for the sweeper or a worker's time-out.
#[tokio::test(start_paused = true)]
async fn an_import_whose_writes_are_all_made_twice_goes_on_as_if_they_were_made_once() {
    let rig = Rig::new(2);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 25);
    let repeats = Repeats::default();
    let table = Steps::new(Arc::new(rig.state.clone()), repeats.clone());
    let (olivia, worker) = (rig.visitor_over(table.clone(), &BLUEGUM), rig.worker_over(table));
    let people = olivia.reach_people().await;
    olivia.skip(&people).await;
    let people = olivia.look_again().await;
    repeats.0.store(true, Ordering::Relaxed);
    // The queue takes only some of the batches at first, so that there is a second sending.
    rig.queue.refuse_once(&[1]);
    let import = rig::import_of(&olivia.confirm(&people).await);
    assert_eq!(rig.queue.bodies().len(), 2, "everything was sent, and each batch once");
    let begun = rig.world.now();
    while !rig.queue.is_empty() {
        rig.deliver_to(&worker).await;
    }
    all_done(&rig, &olivia, &import, 25).await;
    let took = rig.world.now().duration_since(begun);
    assert!(took < jiff::SignedDuration::from_mins(1), "{took:#}: somebody waited for an attempt that is its own");
    for batch in rig.kept_batches(&BLUEGUM, &import).await {
        assert_eq!((batch.attempts, batch.failures), (1, 0));
    }
}

/// Starts an import that is still being accepted at the moment after a stop of it has found nothing to stop, as another request
/// that accepts it does.
#[derive(Clone)]
struct StartsAfterStop {
    state: state::memory::Memory,
    started: Arc<AtomicBool>,
    /// Whether it is started at all.
    starts: bool,
}

#[async_trait]
impl StepHook for StartsAfterStop {
    type Context = bool;

    async fn before(&self, step: Step) -> Result<bool, StateError> {
        tokio::task::yield_now().await;
        Ok(step == Step::Write("stop_import"))
    }

    async fn after(&self, was_a_stop: bool) -> Result<(), StateError> {
        if was_a_stop && self.starts && !self.started.swap(true, Ordering::Relaxed) {
            for active in self.state.active_imports().await? {
                self.state.start_import(&active.portal, &active.import).await?;
            }
        }
        tokio::task::yield_now().await;
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_of_an_import_that_begins_at_that_very_moment_stops_it_and_one_of_an_import_that_does_not_says_so() {
    for starts in [true, false] {
        let mut accepting = 0;
        for stops in 0.. {
            let rig = Rig::new(3);
            rig.world.xero().set_head_count(BLUEGUM.organisation, 24);
            let hook = StartsAfterStop { state: rig.state.clone(), started: Arc::default(), starts };
            let olivia = rig.visitor_over(Steps::new(Arc::new(rig.state.clone()), hook), &BLUEGUM);
            let people = olivia.reach_people().await;
            olivia.skip(&people).await;
            let people = olivia.look_again().await;
            if rig::killed_at(stops, olivia.confirm(&people)).await.is_some() {
                break;
            }
            let Some(active) = rig.active_imports().await.pop() else { continue };
            let id = active.import;
            let is_accepting = rig.kept_import(&BLUEGUM, &id).await.status == ImportStatus::Accepting;
            if !is_accepting || rig.kept_people(&BLUEGUM, &id).await.len() < 24 {
                continue;
            }
            accepting += 1;
            let token = vec![("form_token".to_owned(), people.values("form_token").remove(0))];
            let press = rig::Sent::post(&people, &format!("/imports/{id}/stop"), &token);
            let answer = olivia.browser.follow(press).await;
            let import = rig.kept_import(&BLUEGUM, &id).await;
            if starts {
                assert!(import.stopped_at.is_some(), "killed at {stops}: {import:?}");
                nobody_is_in(&rig, &olivia, &id, 24, &format!("killed at {stops}")).await;
            } else {
                assert_eq!(answer.status, http::StatusCode::CONFLICT, "{}", answer.words());
                assert_eq!((import.status, import.stopped_at), (ImportStatus::Accepting, None));
            }
            if accepting == 2 {
                break;
            }
        }
        assert!(accepting > 0, "an acceptance was cut off before it began");
    }
}
