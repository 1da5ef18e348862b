//! Stop: whoever has begun is finished, the others are not imported, and nobody is in between.

use std::time::Duration;

use domain::audit::AuditAction;
use domain::clock::Clock as _;
use domain::ids::ImportId;
use domain::import::{AttemptEnd, Batch, FailureReason, ImportStatus, Outcome, Wait, WaitReason};
use http::StatusCode;
use jiff::SignedDuration;
use rig::{BLUEGUM, Rig, Visitor, WATTLE, import_of, killed_at};
use stand_ins::{Fault, FaultKind, go1};
use state::ImportWork as _;

/// Everybody has ended, GO1 holds whom we count, and each place is a member's.
async fn ended(rig: &Rig, olivia: &Visitor, import: &ImportId, people: usize) {
    let progress = olivia.progress(import).await;
    assert!(progress.status.has_ended(), "{progress:?}");
    assert_eq!((progress.people, progress.waiting), (people, 0));
    assert_eq!(rig.active_imports().await, []);
    assert!(rig.queue.is_empty());
    assert_eq!(rig.learners(&BLUEGUM).len(), rig.kept_portal(&BLUEGUM).await.places_used as usize);
    rig.places_are_members(&BLUEGUM).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_before_anybody_has_begun_ends_the_import_at_once() {
    let rig = Rig::new(1);
    let (olivia, import) = rig.confirmed(25).await;
    let page = olivia.open_import(&import).await;
    let stopped = olivia.stop(&page, &import).await;
    assert!(stopped.words().contains("Stopped: 0 of 25 people imported"), "{}", stopped.words());
    assert!(stopped.form(&format!("/imports/{import}/stop")).is_err(), "there is nothing left to stop");
    for person in rig.kept_people(&BLUEGUM, &import).await {
        assert_eq!(person.outcome, Outcome::failed(FailureReason::Stopped));
    }
    // What is on the queue comes too late.
    rig.pump().await;
    assert_eq!(rig.world.go1().calls(go1::endpoint::CREATE_USER_ACCOUNT), 0);
    ended(&rig, &olivia, &import, 25).await;
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 0);
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_is_cut_off_anywhere_stands_once_in_the_trail_after_the_next_press() {
    for stops in 0.. {
        let rig = Rig::new(3);
        let (olivia, import) = rig.confirmed(3).await;
        let page = olivia.open_import(&import).await;
        let is_whole = killed_at(stops, olivia.stop(&page, &import)).await.is_some();
        rig.wait(Duration::from_mins(1)).await;
        olivia.stop(&page, &import).await;
        olivia.stop(&page, &import).await;
        let stopped = AuditAction::ImportStopped { import: import.clone() };
        let told = rig.trail(&BLUEGUM).await.into_iter().filter(|entry| entry.action == stopped).count();
        assert_eq!(told, 1, "killed at {stops}");
        if is_whole {
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_in_the_middle_finishes_whoever_has_begun() {
    let mut stopped = 0;
    for seconds in (0..40).step_by(4) {
        let rig = Rig::new(2);
        let (olivia, import) = rig.confirmed(60).await;
        let page = olivia.open_import(&import).await;
        let stop = async {
            rig.wait(Duration::from_secs(seconds)).await;
            olivia.stop(&page, &import).await;
        };
        tokio::join!(rig.pump(), stop);
        rig.wait(Duration::from_mins(2)).await;
        rig.sweep().await;
        ended(&rig, &olivia, &import, 60).await;
        for person in rig.kept_people(&BLUEGUM, &import).await {
            let is_whole = matches!(person.outcome, Outcome::Done { enrollments: 5, .. })
                || person.outcome == Outcome::failed(FailureReason::Stopped);
            assert!(is_whole, "{seconds} s: {:?}", person.outcome);
        }
        stopped += usize::from(olivia.progress(&import).await.status == ImportStatus::PartlyDone);
    }
    assert!(stopped > 4, "{stopped} stops came in the middle");
}

#[tokio::test(start_paused = true)]
async fn whom_a_stop_left_out_a_later_import_brings() {
    let rig = Rig::new(12);
    let (olivia, import) = rig.confirmed(60).await;
    let page = olivia.open_import(&import).await;
    let stop = async {
        rig.wait(Duration::from_secs(8)).await;
        olivia.stop(&page, &import).await;
    };
    tokio::join!(rig.pump(), stop);
    let first = olivia.progress(&import).await;
    assert!(first.done > 0 && first.done < 60, "{first:?}");
    let later = import_of(&olivia.confirm(&olivia.look_again().await).await);
    rig.pump().await;
    let rest = olivia.progress(&later).await;
    assert_eq!((rest.status, rest.done), (ImportStatus::Done, 60 - first.done));
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 60);
}

#[tokio::test(start_paused = true)]
async fn a_stop_while_go1_makes_us_wait_ends_the_import_and_keeps_only_the_places_of_who_may_have_an_account() {
    let rig = Rig::new(3);
    let (olivia, import) = rig.confirmed(30).await;
    let faults = rig.world.go1().faults();
    // Of the third nobody knows whether GO1 made the account.
    faults.add(Fault::next(go1::endpoint::CREATE_USER_ACCOUNT, FaultKind::LoseAnswer).after(2));
    faults.add(Fault::times(go1::endpoint::LIST_USER_ACCOUNTS, 1, FaultKind::status(500)));
    let wait = FaultKind::answer(429, &[("retry-after", "1800")], "");
    faults.add(Fault::always(go1::endpoint::CREATE_USER_ACCOUNT, wait).after(12));
    rig.deliver().await;
    let page = olivia.open_import(&import).await;
    olivia.stop(&page, &import).await;
    let progress = olivia.progress(&import).await;
    assert!(progress.status.has_ended() && progress.failed > 0, "{progress:?}");
    let people = rig.kept_people(&BLUEGUM, &import).await;
    let count = |wanted: FailureReason| {
        let is = |outcome: &Outcome| matches!(outcome, Outcome::Failed { reason, .. } if *reason == wanted);
        people.iter().filter(|person| is(&person.outcome)).count()
    };
    // Whoever has an account, and the one who may have one; GO1 made none for the others, or was never asked.
    assert_eq!(count(FailureReason::Unresolved), 1);
    let has_none = |outcome: &Outcome| *outcome == Outcome::failed(FailureReason::Stopped);
    let learners = rig.learners(&BLUEGUM).len();
    assert!((2..30).contains(&learners), "{learners}");
    assert_eq!(people.iter().filter(|person| has_none(&person.outcome)).count(), 30 - learners);
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used as usize, learners);
    rig.places_are_members(&BLUEGUM).await;
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await, progress, "nothing happens any more");
}

#[tokio::test(start_paused = true)]
async fn nobody_is_begun_after_a_stop_whose_batch_was_attempted_and_nobody_asked_for() {
    for is_at_work in [false, true] {
        let rig = Rig::new(7);
        let (olivia, import) = rig.confirmed(24).await;
        let portal = rig.portal(&BLUEGUM);
        // An attempt that finds a wait, or has no time left.
        let begun = rig.state.begin_attempt(&portal, &import, Batch::new(0), rig.world.now()).await.expect("begun");
        let end = || rig.state.end_attempt(&portal, &import, &begun, AttemptEnd::default());
        if !is_at_work {
            end().await.expect("ended");
        }
        let page = olivia.open_import(&import).await;
        olivia.stop(&page, &import).await;
        if is_at_work {
            end().await.expect("ended");
        }
        rig.pump().await;
        assert_eq!(rig.world.go1().calls(go1::endpoint::CREATE_USER_ACCOUNT), 0);
        ended(&rig, &olivia, &import, 24).await;
        assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn while_an_import_waits_a_stop_keeps_no_place_of_whom_an_attempt_in_order_did_not_ask_for() {
    for is_cut_off in [false, true] {
        let rig = Rig::new(8);
        let (olivia, import) = rig.confirmed(24).await;
        let portal = rig.portal(&BLUEGUM);
        let begun = rig.state.begin_attempt(&portal, &import, Batch::new(0), rig.world.now()).await.expect("begun");
        if !is_cut_off {
            rig.state.end_attempt(&portal, &import, &begun, AttemptEnd::default()).await.expect("ended");
        }
        let until = rig.clock.now() + SignedDuration::from_hours(1);
        let wait = Wait { until, why: WaitReason::RetryAfter, times: 1 };
        rig.state.set_wait(&portal, &import, &wait, None).await.expect("memory answers");
        let page = olivia.open_import(&import).await;
        olivia.stop(&page, &import).await;
        // A worker that was killed, or stands still, may have asked for anybody. As long as it may be at work they are left
        // to it.
        rig.wait(Duration::from_mins(2)).await;
        rig.sweep().await;
        let kept = if is_cut_off { 20 } else { 0 };
        assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, kept);
        rig.places_are_members(&BLUEGUM).await;
        assert_eq!(rig.active_imports().await, []);
    }
}

#[tokio::test(start_paused = true)]
async fn whom_a_worker_is_at_while_a_waiting_import_is_stopped_that_worker_ends() {
    let rig = Rig::new(6);
    let (olivia, import) = rig.confirmed(24).await;
    let slow = FaultKind::Delay { milliseconds: 9_000 };
    rig.world.go1().faults().add(Fault::always(go1::endpoint::CREATE_USER_ACCOUNT, slow));
    let page = olivia.open_import(&import).await;
    let event = rig.receive().expect("batches");
    let stop = async {
        rig.wait(Duration::from_secs(2)).await;
        // Another worker was asked to wait, so nobody would come back to these people for an hour.
        let until = rig.clock.now() + SignedDuration::from_hours(1);
        let wait = Wait { until, why: WaitReason::RetryAfter, times: 1 };
        rig.state.set_wait(&rig.portal(&BLUEGUM), &import, &wait, None).await.expect("memory answers");
        olivia.stop(&page, &import).await;
        let members = rig.kept_members(&BLUEGUM).await;
        assert!(members.iter().all(|member| member.account.is_some()), "nobody is given up: {members:?}");
    };
    let (response, ()) = tokio::join!(rig.invoke(event.clone()), stop);
    rig.settle(&event, response);
    rig.world.go1().faults().clear();
    rig.wait(Duration::from_mins(2)).await;
    rig.sweep().await;
    rig.pump().await;
    ended(&rig, &olivia, &import, 24).await;
    let made = rig.world.go1().calls(go1::endpoint::CREATE_USER_ACCOUNT);
    assert!(made > 0);
    let told = olivia.progress(&import).await;
    assert_eq!(told.done + told.partly, rig.learners(&BLUEGUM).len(), "what was made is reported");
    let again = import_of(&olivia.confirm(&olivia.look_again().await).await);
    rig.used_for(&olivia, Duration::from_mins(59)).await;
    rig.pump().await;
    assert_eq!(olivia.progress(&again).await.status, ImportStatus::Done);
    super::each_once(&rig, 24);
    rig.places_are_members(&BLUEGUM).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_killed_at_any_step_is_finished_by_the_sweeper_or_never_was() {
    let (mut never, mut finished) = (0, 0);
    for stops in 0.. {
        let rig = Rig::new(4);
        let (olivia, import) = rig.confirmed(24).await;
        let page = olivia.open_import(&import).await;
        if killed_at(stops, olivia.stop(&page, &import)).await.is_some() {
            break;
        }
        let was_stopped = rig.kept_import(&BLUEGUM, &import).await.stopped_at.is_some();
        rig.wait(Duration::from_mins(2)).await;
        rig.sweep().await;
        rig.pump().await;
        ended(&rig, &olivia, &import, 24).await;
        let done = olivia.progress(&import).await.done;
        assert_eq!(done, if was_stopped { 0 } else { 24 }, "killed at {stops}");
        if was_stopped { finished += 1 } else { never += 1 }
    }
    assert!(never >= 1 && finished >= 10, "{never} before the mark, {finished} after it");
}

#[tokio::test(start_paused = true)]
async fn only_the_owner_stops_an_import_and_one_that_has_ended_stays_as_it_is() {
    let rig = Rig::new(5);
    let (olivia, import) = rig.confirmed(3).await;
    let page = olivia.open_import(&import).await;
    let stranger = rig.visitor(&WATTLE);
    let (theirs, _) = stranger.import().await;
    let token = theirs.form(&format!("{}/stop", theirs.url.path())).expect("a stop button");
    let press = rig::Sent::post(&theirs, &format!("/imports/{import}/stop"), &token);
    assert_eq!(stranger.browser.follow(press).await.status, StatusCode::NOT_FOUND);
    let forged = rig::Sent::post(&page, &format!("/imports/{import}/stop"), &[]);
    assert_eq!(olivia.browser.follow(forged).await.status, StatusCode::FORBIDDEN);
    rig.pump().await;
    let before = rig.kept_import(&BLUEGUM, &import).await;
    assert_eq!(before.status, ImportStatus::Done);
    olivia.stop(&page, &import).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await, before);
}
