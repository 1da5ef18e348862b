//! The sweeper: what a crash left half done is finished, and what is under way is left alone.

use std::time::Duration;

use domain::audit::AuditAction;
use domain::clock::Clock as _;
use domain::ids::ImportId;
use domain::import::{AttemptEnd, Batch, Import, ImportPerson, ImportStatus, Outcome, PersonTask};
use domain::plan::Selection;
use importing::dispatch::RETENTION;
use rig::{BLUEGUM, Rig, Visitor, WATTLE, import_of, killed_at};
use stand_ins::{Fault, FaultKind, go1};
use state::{ImportAcceptance as _, ImportWork as _, PlanReader as _};

async fn whole(rig: &Rig, olivia: &Visitor, import: &ImportId) {
    let progress = olivia.progress(import).await;
    assert_eq!((progress.status, progress.done, progress.created), (ImportStatus::Done, 7, 6));
    assert_eq!((rig.learners(&WATTLE).len(), rig.enrollments(&WATTLE).len()), (6, 35));
    let portal = rig.kept_portal(&WATTLE).await;
    assert_eq!((portal.places_used, portal.imports_accepted, portal.active_import), (7, 1, None));
    assert_eq!(rig.active_imports().await, []);
    assert_eq!(rig.queue.dead_letters(), []);
}

#[tokio::test(start_paused = true)]
async fn a_confirmation_killed_at_any_step_is_finished_or_never_was() {
    let (mut never, mut finished) = (0, 0);
    for stops in 0.. {
        let rig = Rig::new(1);
        let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
        if killed_at(stops, olivia.confirm(&people)).await.is_some() {
            break;
        }
        let accepted = rig.active_imports().await;
        rig.a_quarter_of_an_hour_passes().await;
        match accepted.as_slice() {
            [] => {
                never += 1;
                assert!(rig.learners(&WATTLE).is_empty(), "killed at {stops}: nothing was accepted");
                // The owner presses once more.
                import_of(&olivia.confirm(&people).await);
                rig.a_quarter_of_an_hour_passes().await;
            }
            [_] => finished += 1,
            more => panic!("{more:?}"),
        }
        // To look again, or to press again, leads to the same import.
        let import = import_of(&olivia.confirm(&people).await);
        whole(&rig, &olivia, &import).await;
        let trail = rig.trail(&WATTLE).await;
        let confirmed = trail.iter().filter(|entry| matches!(entry.action, AuditAction::ImportConfirmed { .. }));
        assert_eq!(confirmed.count(), 1, "killed at {stops}: the trail says who confirmed it");
    }
    assert!(never >= 1 && finished >= 10, "{never} before the transaction, {finished} after it");
}

#[tokio::test(start_paused = true)]
async fn batches_that_the_queue_did_not_take_are_sent_again() {
    let rig = Rig::new(2);
    rig.world.xero().set_head_count(WATTLE.organisation, 85);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    rig.queue.refuse_once(&[1, 2, 4]);
    let import = import_of(&olivia.confirm(&people).await);
    let kept = rig.kept_import(&WATTLE, &import).await;
    assert_eq!((kept.sends, kept.unsent), (2, Vec::new()));
    assert_eq!(rig.queue.bodies().len(), 5, "only those that it had not taken");
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.created, 85);
}

/// A deployment comes between: the release before has accepted it, with ten people in a batch, and this one goes on.
#[tokio::test(start_paused = true)]
async fn an_import_that_a_release_with_smaller_batches_has_accepted_keeps_them() {
    for (written, people) in [(0, 25), (15, 25), (25, 25)] {
        let rig = Rig::new(5);
        rig.world.xero().set_head_count(BLUEGUM.organisation, people);
        let (olivia, _) = rig.at_people_with_portal(&BLUEGUM).await;
        let (tenant, portal) = (rig.tenant(&BLUEGUM), rig.portal(&BLUEGUM));
        let digest = rig.kept_sign_up(&BLUEGUM).await.plan.expect("shown");
        let plan = rig.state.find_plan(&tenant, &digest).await.expect("memory answers").expect("kept");
        let ticked: Vec<_> = plan.entries.iter().map(|entry| entry.employee_id.clone()).collect();
        let selection = Selection::check(&plan, &ticked).expect("all can be imported");
        let import = Import::accepted(&portal, &plan, &selection, rig.clock.now());
        let import = Import { people_per_batch: 10, ..import };
        rig.state.accept_import(&import, plan.imports_accepted).await.expect("accepted");
        let rows = plan.entries.iter().take(written).enumerate().map(|(position, entry)| ImportPerson {
            employee_id: entry.employee_id.clone(),
            given_name: entry.given_name.clone(),
            family_name: entry.family_name.clone(),
            email: entry.email.address().expect("an address").clone(),
            task: PersonTask::Create,
            batch: u32::try_from(position / 10).expect("few"),
            outcome: Outcome::Waiting,
        });
        rig.state.add_people(&import, &rows.collect::<Vec<_>>(), rig.clock.now() + RETENTION).await.expect("written");

        rig.wait(Duration::from_secs(121)).await;
        rig.sweep().await;
        assert_eq!(rig.queue.bodies().len(), 3, "{written}: two of ten, and one of five");
        let rows = rig.kept_people(&BLUEGUM, &import.id).await;
        for (position, entry) in plan.entries.iter().enumerate() {
            let row = rows.iter().find(|row| row.employee_id == entry.employee_id);
            assert_eq!(row.map(|row| row.batch as usize), Some(position / 10), "{written}");
        }
        rig.pump().await;
        let progress = olivia.progress(&import.id).await;
        assert_eq!((progress.status, progress.done), (ImportStatus::Done, people), "{written}");
        assert_eq!(rig.queue.dead_letters(), []);
        rig.places_are_members(&BLUEGUM).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_running_import_whose_batches_have_ended_is_ended() {
    let rig = Rig::new(3);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let import = import_of(&olivia.confirm(&people).await);
    let portal = rig.portal(&WATTLE);
    // The worker was killed between the end of the last person and the end of the import.
    for person in rig.kept_people(&WATTLE, &import).await {
        let account = person.employee_id.as_str().into();
        let done = domain::import::Outcome::Done {
            account,
            created: person.task == domain::import::PersonTask::Create,
            enrollments: 5,
            assigned: Vec::new(),
            match_by_time: false,
            refused: Vec::new(),
        };
        rig.state.end_person(&portal, &import, &person.employee_id, &done).await.expect("was waiting");
    }
    rig.wait(Duration::from_secs(121)).await;
    rig.sweep().await;
    assert_eq!(olivia.progress(&import).await.status, ImportStatus::Done);
    assert_eq!(rig.kept_portal(&WATTLE).await.active_import, None);
    rig.pump().await;
    assert!(rig.learners(&WATTLE).is_empty(), "the message that is still there does nothing more");
}

#[tokio::test(start_paused = true)]
async fn what_is_under_way_is_left_alone() {
    let rig = Rig::new(4);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let import = import_of(&olivia.confirm(&people).await);
    for _ in 0..5 {
        rig.sweep().await;
        rig.wait(Duration::from_mins(1)).await;
    }
    assert_eq!(rig.queue.bodies().len(), 1, "on the queue and never received: left to the queue");
    rig.pump().await;
    whole(&rig, &olivia, &import).await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_whose_message_was_lost_is_sent_again_when_it_has_been_silent_for_long() {
    let rig = Rig::new(5);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let import = import_of(&olivia.confirm(&people).await);
    let event = rig.receive().expect("the batch");
    let killed = tokio::time::timeout(Duration::from_millis(900), rig.invoke(event.clone())).await;
    assert!(killed.is_err());
    rig.queue.delete(&event.records[0]);
    rig.a_quarter_of_an_hour_passes().await;
    whole(&rig, &olivia, &import).await;
    assert_eq!(rig.queue.bodies().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn messages_that_the_queue_has_lost_are_sent_again_after_a_quarter_of_an_hour() {
    for begun in [false, true] {
        let rig = Rig::new(6);
        let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
        let import = import_of(&olivia.confirm(&people).await);
        let portal = rig.portal(&WATTLE);
        let event = rig.receive().expect("the batch");
        if begun {
            // A worker gave it back, and the message was received too often after that.
            let batch = rig.state.begin_attempt(&portal, &import, Batch::new(0), rig.world.now()).await.expect("begun");
            rig.state.end_attempt(&portal, &import, &batch, AttemptEnd::default()).await.expect("given back");
        }
        rig.queue.delete(&event.records[0]);
        rig.wait(Duration::from_secs(14 * 60 + 50)).await;
        rig.sweep().await;
        assert!(rig.queue.is_empty(), "the queue may still bring it");
        rig.a_quarter_of_an_hour_passes().await;
        whole(&rig, &olivia, &import).await;
        assert_eq!(rig.queue.bodies().len(), 2, "it is sent once more, and not every minute");
    }
}

#[tokio::test(start_paused = true)]
async fn an_import_that_nobody_works_on_is_given_up_after_a_day() {
    let rig = Rig::new(11);
    let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
    let import = import_of(&olivia.confirm(&people).await);
    rig.wait(Duration::from_hours(23)).await;
    rig.sweep().await;
    assert_eq!(rig.kept_portal(&WATTLE).await.active_import, Some(import), "the queue may still bring it");
    rig.wait(Duration::from_hours(1)).await;
    rig.sweep().await;
    let portal = rig.kept_portal(&WATTLE).await;
    assert_eq!((portal.places_used, portal.active_import), (0, None));
    assert_eq!(rig.active_imports().await, []);
    // What was on the queue all the time comes too late, and makes nobody.
    rig.pump().await;
    assert!(rig.learners(&WATTLE).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_acceptance_that_cannot_be_finished_is_given_up_after_a_day() {
    for stops in 0.. {
        let rig = Rig::new(12);
        let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
        if killed_at(stops, olivia.confirm(&people)).await.is_some() {
            break;
        }
        rig.wait(Duration::from_hours(24)).await;
        rig.sweep().await;
        rig.pump().await;
        let portal = rig.kept_portal(&WATTLE).await;
        assert_eq!((portal.places_used, portal.active_import), (0, None), "killed at {stops}");
        assert!(rig.learners(&WATTLE).is_empty(), "killed at {stops}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_import_whose_day_ends_while_a_worker_is_at_somebody_ends_after_that_worker_and_with_everybody_told_of() {
    let rig = Rig::new(13);
    let (olivia, import) = rig.confirmed(24).await;
    let ends_by = rig.kept_import(&BLUEGUM, &import).await.ends_by();
    let left = Duration::try_from(ends_by.duration_since(rig.clock.now())).expect("a day");
    rig.wait(left.saturating_sub(Duration::from_secs(10))).await;
    // Ten seconds before the end a worker begins, and GO1 is slow.
    let slow = FaultKind::Delay { milliseconds: 9_000 };
    rig.world.go1().faults().add(Fault::always(go1::endpoint::CREATE_USER_ACCOUNT, slow));
    let event = rig.receive().expect("two batches");
    let sweep = async {
        rig.wait(Duration::from_secs(15)).await;
        rig.sweep().await;
        assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Running, "a worker is at its people");
        let active = rig.kept_portal(&BLUEGUM).await.active_import;
        assert_eq!(active.as_ref(), Some(&import), "no other import begins beside that worker");
    };
    let (response, ()) = tokio::join!(rig.invoke(event.clone()), sweep);
    rig.settle(&event, response);
    rig.world.go1().faults().clear();
    rig.wait(Duration::from_mins(2)).await;
    rig.sweep().await;
    rig.pump().await;

    let progress = olivia.progress(&import).await;
    assert!(progress.status.has_ended(), "{progress:?}");
    assert_eq!((progress.people, progress.waiting), (24, 0), "everybody has a reason");
    let rows = rig.kept_people(&BLUEGUM, &import).await;
    assert!(rows.iter().all(|person| person.outcome != Outcome::Waiting));
    assert!(progress.done > 0 && progress.failed > 0, "it ended in the middle: {progress:?}");
    assert_eq!(progress.done + progress.partly, rig.learners(&BLUEGUM).len(), "what was made is told");
    let portal = rig.kept_portal(&BLUEGUM).await;
    assert_eq!((portal.places_used as usize, portal.active_import), (rig.learners(&BLUEGUM).len(), None));
    rig.places_are_members(&BLUEGUM).await;
    assert_eq!(rig.active_imports().await, []);
    assert!(rig.queue.is_empty());
}
