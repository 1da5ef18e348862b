//! Somebody has decided that people of a batch cannot be finished, and before they store that another worker begins the
//! batch and asks GO1 for the same people. Whoever began last ends them.

use std::sync::Arc;
use std::time::Duration;

use domain::import::{Batch, FailureReason, Outcome, Wait, WaitReason};
use jiff::{SignedDuration, Timestamp};
use rig::{BLUEGUM, Rig, StandsStill, Step, Steps};
use stand_ins::{Fault, FaultKind, go1};
use state::ImportWork as _;
use state::memory::Memory;

use go1::endpoint::CREATE_USER_ACCOUNT;

fn failing_until(until: Timestamp) -> Wait {
    Wait { until, why: WaitReason::Failing, times: 1 }
}

fn over(rig: &Rig, hook: &StandsStill) -> Steps<Memory, StandsStill> {
    Steps::new(Arc::new(rig.state.clone()), hook.clone())
}

/// One event through this worker and back, however long it takes.
async fn work(rig: &Rig, worker: &worker::Worker) {
    let event = rig.receive().expect("a message");
    let response = worker::handle(worker, event.clone(), Duration::from_mins(1)).await;
    rig.settle(&event, Some(response));
}

/// Nobody has an account at GO1 without being one of the portal's members, and nobody who is told to have failed.
async fn everybody_with_an_account_is_told_of(rig: &Rig, import: &domain::ids::ImportId) {
    rig.places_are_members(&BLUEGUM).await;
    let members = rig.kept_members(&BLUEGUM).await;
    let with_account = members.iter().filter(|member| member.account.is_some()).count();
    assert_eq!(rig.learners(&BLUEGUM).len(), with_account, "{members:?}");
    for person in rig.kept_people(&BLUEGUM, import).await {
        assert!(matches!(person.outcome, Outcome::Done { .. }), "{person:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_stood_still_beyond_its_time_fails_nobody_whom_another_has_begun() {
    let rig = Rig::new(61);
    let (_, import) = rig.confirmed(1).await;
    let refused = FaultKind::status(404);
    rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, refused));
    let ends = StandsStill::before(Step::Write("end_person_with_member"));
    let stores = StandsStill::before(Step::Write("add_member"));
    let (first, second) = (rig.worker_over(over(&rig, &ends)), rig.worker_over(over(&rig, &stores)));
    let one = work(&rig, &first);
    let other = async {
        ends.is_there().await;
        // Its time is over, and the message comes back.
        rig.wait(Duration::from_mins(8)).await;
        work(&rig, &second).await;
    };
    let third = async {
        // The second has made the account, and not stored it yet.
        stores.is_there().await;
        ends.go_on();
        rig.wait(Duration::from_secs(1)).await;
        stores.go_on();
    };
    tokio::join!(one, other, third);
    rig.pump().await;
    everybody_with_an_account_is_told_of(&rig, &import).await;
}

#[tokio::test(start_paused = true)]
async fn a_sweep_that_gives_somebody_up_fails_nobody_whom_a_worker_has_begun_meanwhile() {
    let rig = Rig::new(62);
    let (_, import) = rig.confirmed(1).await;
    let portal = rig.portal(&BLUEGUM);
    // An attempt was cut off, and the stopped import waits for a moment longer.
    rig.state.begin_attempt(&portal, &import, Batch::new(0), rig.world.now()).await.expect("begun");
    rig.wait(Duration::from_mins(12)).await;
    let until = rig.world.now() + SignedDuration::from_secs(2);
    rig.state.set_wait(&portal, &import, &failing_until(until), None).await.expect("memory answers");
    rig.state.stop_import(&portal, &import, rig.world.now()).await.expect("memory answers");
    let gives_up = StandsStill::before(Step::Write("end_person_with_member"));
    let stores = StandsStill::before(Step::Write("add_member"));
    let (sweeper, worker) = (rig.sweeper_over(over(&rig, &gives_up)), rig.worker_over(over(&rig, &stores)));
    let sweep = async { sweeper::sweep(&sweeper).await.expect("memory answers") };
    let work = async {
        gives_up.is_there().await;
        rig.wait(Duration::from_secs(3)).await;
        work(&rig, &worker).await;
    };
    let then = async {
        stores.is_there().await;
        gives_up.go_on();
        rig.wait(Duration::from_secs(1)).await;
        stores.go_on();
    };
    tokio::join!(sweep, work, then);
    rig.wait(Duration::from_mins(2)).await;
    rig.sweep().await;
    rig.pump().await;
    everybody_with_an_account_is_told_of(&rig, &import).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_was_failed_after_a_worker_s_first_look_and_before_its_attempt_is_asked_for_by_it_no_more() {
    let rig = Rig::new(63);
    let (_, import) = rig.confirmed(1).await;
    let refused = FaultKind::status(404);
    rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, refused));
    let ends = StandsStill::before(Step::Write("end_person_with_member"));
    let begins = StandsStill::before(Step::Write("begin_attempt"));
    let (first, second) = (rig.worker_over(over(&rig, &ends)), rig.worker_over(over(&rig, &begins)));
    let one = work(&rig, &first);
    let other = async {
        ends.is_there().await;
        // Its time is over, and the message comes back.
        rig.wait(Duration::from_mins(8)).await;
        work(&rig, &second).await;
    };
    let third = async {
        // The second has seen that somebody waits, and begun nobody.
        begins.is_there().await;
        ends.go_on();
        rig.wait(Duration::from_secs(1)).await;
        begins.go_on();
    };
    tokio::join!(one, other, third);
    rig.pump().await;
    let people = rig.kept_people(&BLUEGUM, &import).await;
    assert_eq!(people[0].outcome, Outcome::failed(FailureReason::AccountRefused));
    assert!(rig.learners(&BLUEGUM).is_empty(), "who is told to have failed has no account");
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 0);
    rig.places_are_members(&BLUEGUM).await;
}
