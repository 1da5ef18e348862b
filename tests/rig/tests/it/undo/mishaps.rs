//! Whatever fails on the way: everything is taken back once.

use super::stage::{all_taken_back, at_rest, confirmed, ids, imported};
use domain::clock::Clock as _;
use domain::ids::EnrollmentId;
use domain::import::{FailureReason, ImportStatus, Outcome, Wait, WaitReason};
use jiff::SignedDuration;
use rig::{BLUEGUM, Rig, RigSettings, WATTLE, import_of, killed_at};
use stand_ins::go1::endpoint::{
    CREATE_ENROLLMENT, DELETE_ENROLLMENT, GET_USER_ACCOUNT, LIST_ENROLLMENTS, UPDATE_USER_ACCOUNT,
};
use stand_ins::{Fault, FaultKind};
use state::ImportWork as _;
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn every_failure_in_passing_is_got_over() {
    let wait = |seconds: &str| FaultKind::answer(429, &[("retry-after", seconds)], "");
    let faults = [
        Fault::times(DELETE_ENROLLMENT, 7, FaultKind::LoseAnswer),
        Fault::times(DELETE_ENROLLMENT, 7, FaultKind::CutBefore),
        Fault::times(DELETE_ENROLLMENT, 7, FaultKind::status(500)),
        Fault::times(DELETE_ENROLLMENT, 7, FaultKind::answer_after_effect(502, "")),
        Fault::times(DELETE_ENROLLMENT, 1, wait("60")),
        Fault::times(DELETE_ENROLLMENT, 2, FaultKind::Delay { milliseconds: 50_000 }),
        Fault::times(UPDATE_USER_ACCOUNT, 3, FaultKind::LoseAnswer),
        Fault::times(UPDATE_USER_ACCOUNT, 3, FaultKind::status(503)),
        Fault::times(UPDATE_USER_ACCOUNT, 3, FaultKind::answer_after_effect(500, "")),
        Fault::times(UPDATE_USER_ACCOUNT, 1, wait("3600")),
        Fault::times(UPDATE_USER_ACCOUNT, 2, FaultKind::Delay { milliseconds: 50_000 }),
        Fault::times(LIST_ENROLLMENTS, 5, FaultKind::status(500)),
        Fault::times(LIST_ENROLLMENTS, 3, FaultKind::answer(200, &[], "<html>oops</html>")),
        Fault::times(LIST_ENROLLMENTS, 3, FaultKind::answer(200, &[], r#"{"total": 5, "hits": []}"#)),
        Fault::times(GET_USER_ACCOUNT, 5, FaultKind::CutBefore),
    ];
    for (seed, fault) in (100..).zip(faults) {
        let rig = Rig::new(seed);
        let (_, import) = imported(&rig, 12).await;
        let undo = confirmed(&rig, &BLUEGUM, &import).await;
        rig.world.go1().faults().add(fault.clone());
        rig.pump().await;
        // A call that GO1 was slow at ends without us.
        rig.wait(Duration::from_mins(1)).await;
        assert_eq!(rig.kept_import(&BLUEGUM, &undo).await.status, ImportStatus::Done, "{fault:?}");
        all_taken_back(&rig, &BLUEGUM, &undo, 12).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_killed_at_any_step_leaves_nothing_behind() {
    let mut kills = 0;
    for stops in 0.. {
        let rig = Rig::new(4);
        let (_, import) = imported(&rig, 2).await;
        let undo = confirmed(&rig, &BLUEGUM, &import).await;
        let event = rig.receive().expect("a batch");
        match killed_at(stops, rig.invoke(event.clone())).await {
            None => kills += 1,
            Some(response) => rig.settle(&event, response),
        }
        let ended = kills < stops;
        rig.a_quarter_of_an_hour_passes().await;
        all_taken_back(&rig, &BLUEGUM, &undo, 2).await;
        if ended {
            break;
        }
    }
    assert!(kills > 40, "{kills} places to be killed at");
}

#[tokio::test(start_paused = true)]
async fn two_hundred_are_taken_back_although_workers_are_killed_again_and_again() {
    let rig = Rig::new(5);
    let (_, import) = imported(&rig, 200).await;
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    for round in 0..12_u64 {
        let Some(event) = rig.receive() else { break };
        // Its own time is up long after that.
        let killed = tokio::time::timeout(Duration::from_millis(1_300 + 700 * round), rig.invoke(event)).await;
        assert!(killed.is_err(), "round {round}");
        rig.wait(Duration::from_mins(7)).await;
    }
    rig.a_quarter_of_an_hour_passes().await;
    all_taken_back(&rig, &BLUEGUM, &undo, 200).await;
}

#[tokio::test(start_paused = true)]
async fn an_import_killed_half_way_is_taken_back_whole_also_from_an_account_that_was_there() {
    for stops in (0..).step_by(3) {
        let rig = Rig::new(6);
        rig.world.xero().set_head_count(BLUEGUM.organisation, 2);
        let (olivia, people) = rig.at_people(&BLUEGUM).await;
        olivia.skip(&people).await;
        let employees = rig.employees(&BLUEGUM);
        let known = employees[0].email.clone().expect("an email");
        let (given, family) = (&employees[0].first_name, &employees[0].last_name);
        rig.world.go1().add_learner(rig.portal(&BLUEGUM).as_str(), &known, given, family);
        rig.wait(Duration::from_mins(2)).await;
        let people = olivia.look_again().await;
        let import = import_of(&olivia.confirm(&people).await);
        let event = rig.receive().expect("a batch");
        let whole = killed_at(stops, rig.invoke(event.clone())).await;
        let is_last = whole.is_some();
        if let Some(response) = whole {
            rig.settle(&event, response);
        }
        rig.a_quarter_of_an_hour_passes().await;
        let progress = olivia.progress(&import).await;
        assert_eq!((progress.status, progress.done, progress.created), (ImportStatus::Done, 2, 1));
        let undo = confirmed(&rig, &BLUEGUM, &import).await;
        rig.pump().await;
        assert_eq!(rig.kept_import(&BLUEGUM, &undo).await.status, ImportStatus::Done);
        assert_eq!(rig.enrollments(&BLUEGUM), [], "killed at {stops}");
        assert!(rig.learners(&BLUEGUM).iter().all(|account| account.active == (account.email == known)));
        if is_last {
            break;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_import_did_before_it_failed_is_taken_back_as_well() {
    let rig = Rig::new(19);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 3);
    let (olivia, people) = rig.at_people(&BLUEGUM).await;
    let no = FaultKind::answer(400, &[], r#"{"message": "No."}"#);
    rig.world.go1().faults().add(Fault::always(CREATE_ENROLLMENT, no).matching("1003"));
    let import = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!((olivia.progress(&import).await.failed, rig.enrollments(&BLUEGUM).len()), (3, 12));
    rig.world.go1().faults().clear();
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    rig.pump().await;
    let sums = rig.kept_import(&BLUEGUM, &undo).await.sums.expect("it has ended");
    assert_eq!((sums.done, sums.removed, sums.deactivated), (3, 12, 3));
    assert_eq!(rig.enrollments(&BLUEGUM), []);
    assert!(rig.learners(&BLUEGUM).iter().all(|account| !account.active));
    at_rest(&rig, &BLUEGUM, 3).await;
}

#[tokio::test(start_paused = true)]
async fn a_confirmation_killed_at_any_step_is_one_undo_or_none() {
    let (mut never, mut finished) = (0, 0);
    for stops in 0.. {
        let rig = Rig::new(7);
        let (_, import) = imported(&rig, 2).await;
        let (portal, undo) = (rig.portal(&BLUEGUM), rig.undo());
        let press = undo.confirm(&portal, &import, 1);
        if killed_at(stops, press).await.is_some() {
            break;
        }
        match rig.active_imports().await.len() {
            0 => never += 1,
            _ => finished += 1,
        }
        rig.a_quarter_of_an_hour_passes().await;
        // Pressed once more, it is the same undo, or the first.
        let again = undo.confirm(&portal, &import, 1).await.expect("accepted").undo.id;
        rig.a_quarter_of_an_hour_passes().await;
        all_taken_back(&rig, &BLUEGUM, &again, 2).await;
        assert_eq!(rig.kept_portal(&BLUEGUM).await.imports_accepted, 2);
    }
    assert!(never >= 5 && finished >= 5, "{never} before the transaction, {finished} after it");
}

#[tokio::test(start_paused = true)]
async fn the_same_batch_delivered_twice_at_once_is_worked_on_once() {
    let rig = Rig::new(9);
    let (_, import) = imported(&rig, 10).await;
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    let event = rig.receive().expect("a batch");
    let (one, other) = tokio::join!(rig.invoke(event.clone()), rig.invoke(event.clone()));
    rig.settle(&event, one);
    rig.settle(&event, other);
    rig.pump().await;
    all_taken_back(&rig, &BLUEGUM, &undo, 10).await;
    assert_eq!(rig.world.go1().calls(DELETE_ENROLLMENT), 50);
}

#[tokio::test(start_paused = true)]
async fn what_go1_refuses_fails_alone_and_can_be_taken_back_by_another_undo() {
    let rig = Rig::new(12);
    let (olivia, import) = imported(&rig, 10).await;
    let bad = rig.learners(&BLUEGUM).remove(3);
    let first: EnrollmentId = ids(&rig.enrollments(&BLUEGUM))
        .iter()
        .find(|id| rig.enrollments(&BLUEGUM).iter().any(|one| one.id == **id && one.user_account_id == bad.id))
        .expect("a course")
        .as_str()
        .into();
    let no = FaultKind::answer(403, &[], r#"{"message": "No."}"#);
    rig.world.go1().faults().add(Fault::always(DELETE_ENROLLMENT, no).matching(first.as_str()));
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    rig.pump().await;
    let progress = olivia.progress(&undo).await;
    assert_eq!((progress.status, progress.done, progress.failed), (ImportStatus::PartlyDone, 9, 1));
    let failed: Vec<_> = rig
        .kept_people(&BLUEGUM, &undo)
        .await
        .into_iter()
        .filter(|row| matches!(row.outcome, Outcome::Failed { .. }))
        .collect();
    assert!(
        matches!(failed[0].outcome, Outcome::Failed { reason: FailureReason::ChangeRefused, account: Some(_), .. }),
        "{failed:?}"
    );
    at_rest(&rig, &BLUEGUM, 10).await;

    rig.world.go1().faults().clear();
    let offer = rig.undo().plan(&rig.portal(&BLUEGUM), &import).await.expect("one is left");
    assert_eq!((offer.plan.people.len(), offer.plan.undone_earlier), (1, 9));
    let again = confirmed(&rig, &BLUEGUM, &import).await;
    assert_ne!(undo, again);
    rig.pump().await;
    assert_eq!(rig.kept_import(&BLUEGUM, &again).await.status, ImportStatus::Done);
    assert_eq!(rig.enrollments(&BLUEGUM), []);
    assert!(rig.learners(&BLUEGUM).iter().all(|account| !account.active));
    at_rest(&rig, &BLUEGUM, 10).await;
}

#[tokio::test(start_paused = true)]
async fn an_undo_waits_for_a_login_stops_and_is_given_up_as_an_import_is_and_gives_no_place_back() {
    // A login.
    let rig = Rig::new(13);
    let (_, import) = imported(&rig, 25).await;
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    rig.end_access_to_go1();
    for _ in 0..3 {
        rig.deliver().await;
    }
    assert!(rig.kept_import(&BLUEGUM, &undo).await.wait.is_some());
    rig.log_in_with_go1(&BLUEGUM).await;
    rig.pump().await;
    all_taken_back(&rig, &BLUEGUM, &undo, 25).await;

    // A stop.
    let rig = Rig::new(14);
    let (olivia, import) = imported(&rig, 25).await;
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    let page = olivia.open_import(&undo).await;
    olivia.stop(&page, &undo).await;
    rig.pump().await;
    let kept = rig.kept_import(&BLUEGUM, &undo).await;
    assert_eq!((kept.status, kept.sums.map(|sums| sums.failed)), (ImportStatus::Failed, Some(25)));
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 125);
    let members = rig.kept_members(&BLUEGUM).await;
    assert!(members.iter().all(|member| !member.unfinished && !member.deactivated), "as if it had never been");
    at_rest(&rig, &BLUEGUM, 25).await;

    // A day.
    let mut settings = RigSettings::of(15);
    settings.most_receives = 100_000;
    let rig = Rig::with(settings);
    let (_, import) = imported(&rig, 12).await;
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    rig.world
        .go1()
        .faults()
        .add(Fault::always(UPDATE_USER_ACCOUNT, FaultKind::answer(429, &[("retry-after", "7200")], "")));
    for _ in 0..25 * 12 {
        while rig.deliver().await {}
        rig.sweep().await;
        rig.wait(Duration::from_mins(5)).await;
    }
    let kept = rig.kept_import(&BLUEGUM, &undo).await;
    assert_eq!(
        (kept.status, kept.sums.map(|sums| (sums.failed, sums.places_back))),
        (ImportStatus::Failed, Some((12, 0)))
    );
    at_rest(&rig, &BLUEGUM, 12).await;
    // What was left half done is made good by the next import.
    rig.world.go1().faults().clear();
    let olivia = rig.visitor(&BLUEGUM);
    olivia.arrive().await;
    let people = olivia.look_again().await;
    let again = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(olivia.progress(&again).await.status, ImportStatus::Done);
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 60);
    assert!(rig.learners(&BLUEGUM).iter().all(|account| account.active));
}

#[tokio::test(start_paused = true)]
async fn an_account_that_cannot_be_made_active_again_is_tried_again_and_none_is_made_instead() {
    let wait = FaultKind::answer(429, &[("retry-after", "30")], "");
    for (seed, fault) in (200..).zip([
        Fault::times(UPDATE_USER_ACCOUNT, 2, FaultKind::LoseAnswer),
        Fault::times(UPDATE_USER_ACCOUNT, 2, FaultKind::status(500)),
        Fault::times(UPDATE_USER_ACCOUNT, 1, wait),
        Fault::times(CREATE_ENROLLMENT, 4, FaultKind::LoseAnswer),
    ]) {
        let rig = Rig::new(seed);
        let (olivia, import) = imported(&rig, 3).await;
        confirmed(&rig, &BLUEGUM, &import).await;
        rig.pump().await;
        let people = olivia.look_again().await;
        let again = import_of(&olivia.confirm(&people).await);
        rig.world.go1().faults().add(fault);
        rig.pump().await;
        assert_eq!(olivia.progress(&again).await.status, ImportStatus::Done);
        assert_eq!((rig.learners(&BLUEGUM).len(), rig.enrollments(&BLUEGUM).len()), (3, 15));
        assert!(rig.learners(&BLUEGUM).iter().all(|account| account.active));
    }
    // Wattle Grove's owner is on the payroll: linked, and an administrator for ever.
    let rig = Rig::new(210);
    let (_, import) = rig.imported(&WATTLE).await;
    confirmed(&rig, &WATTLE, &import).await;
    rig.pump().await;
    let accounts = rig.accounts(&WATTLE);
    assert!(accounts.iter().all(|account| account.active == (account.email == WATTLE.xero_user)));
    assert_eq!(rig.enrollments(&WATTLE), []);
}

#[tokio::test(start_paused = true)]
async fn a_deactivation_that_go1_is_late_with_is_waited_out_by_whoever_comes_next() {
    let rig = Rig::new(18);
    let (olivia, import) = imported(&rig, 2).await;
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    // GO1 does it long after nobody waits for it any more, and meanwhile the undo is stopped.
    rig.world.go1().faults().add(Fault::times(UPDATE_USER_ACCOUNT, 2, FaultKind::Delay { milliseconds: 55_000 }));
    let event = rig.receive().expect("a batch");
    rig.invoke(event.clone()).await;
    // Its message is lost as well, which would have held the portal's others up.
    rig.queue.delete(&event.records[0]);
    let page = olivia.open_import(&undo).await;
    olivia.stop(&page, &undo).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &undo).await.status, ImportStatus::Failed);
    let people = olivia.look_again().await;
    let again = import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    rig.wait(Duration::from_mins(2)).await;
    assert_eq!(olivia.progress(&again).await.status, ImportStatus::Done);
    assert!(rig.learners(&BLUEGUM).iter().all(|account| account.active), "{:?}", rig.learners(&BLUEGUM));
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 10);
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_is_stopped_while_a_worker_is_at_it_is_ended_by_that_worker_and_can_be_taken_back() {
    let rig = Rig::new(20);
    let (olivia, import) = imported(&rig, 2).await;
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    let slow = FaultKind::Delay { milliseconds: 9_000 };
    rig.world.go1().faults().add(Fault::always(DELETE_ENROLLMENT, slow));
    let page = olivia.open_import(&undo).await;
    let event = rig.receive().expect("a batch");
    let stop = async {
        rig.wait(Duration::from_secs(2)).await;
        let until = rig.clock.now() + SignedDuration::from_hours(1);
        let wait = Wait { until, why: WaitReason::RetryAfter, times: 1 };
        rig.state.set_wait(&rig.portal(&BLUEGUM), &undo, &wait, None).await.expect("memory answers");
        olivia.stop(&page, &undo).await;
        assert_eq!(rig.kept_import(&BLUEGUM, &undo).await.status, ImportStatus::Running, "a worker is at its people");
    };
    let (response, ()) = tokio::join!(rig.invoke(event.clone()), stop);
    rig.settle(&event, response);
    rig.world.go1().faults().clear();
    rig.wait(Duration::from_mins(2)).await;
    rig.sweep().await;
    assert!(rig.kept_import(&BLUEGUM, &undo).await.status.has_ended());
    // Its owner changes their mind.
    let again = import_of(&olivia.confirm(&olivia.look_again().await).await);
    rig.wait(Duration::from_hours(1)).await;
    rig.pump().await;
    assert_eq!(olivia.progress(&again).await.status, ImportStatus::Done);
    assert!(rig.learners(&BLUEGUM).iter().all(|account| account.active), "{:?}", rig.learners(&BLUEGUM));
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 10);
    at_rest(&rig, &BLUEGUM, 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_go1_asked_an_undo_for_holds_for_the_portal_s_next_import_too() {
    let rig = Rig::new(24);
    let (olivia, import) = imported(&rig, 3).await;
    let undo = confirmed(&rig, &BLUEGUM, &import).await;
    let wait = FaultKind::answer(429, &[("retry-after", "7200")], "");
    rig.world.go1().faults().add(Fault::next(DELETE_ENROLLMENT, wait));
    rig.deliver().await;
    rig.wait(Duration::from_mins(3)).await;
    let page = olivia.open_import(&undo).await;
    olivia.stop(&page, &undo).await;
    assert!(rig.kept_import(&BLUEGUM, &undo).await.status.has_ended());

    // Its owner changes their mind at once.
    let progress = olivia.confirm(&olivia.look_again().await).await;
    let (next, asked) = (import_of(&progress), rig.sent_to_go1().len());
    assert!(progress.words().contains("GO1 asks us to wait"), "{}", progress.words());
    // Of two hours three minutes have passed.
    rig.minutes_pass(110).await;
    assert_eq!(rig.sent_to_go1().len(), asked, "GO1 is not called before its time");
    rig.minutes_pass(25).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &next).await.status, ImportStatus::Done);
    assert_eq!(rig.enrollments(&BLUEGUM).len(), 15);
    at_rest(&rig, &BLUEGUM, 3).await;
}
