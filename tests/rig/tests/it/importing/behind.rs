//! A GO1 whose lists and searches are behind what it has made: nobody gets a second account, and nobody is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use domain::import::{FailureReason, ImportStatus, Outcome};
use jiff::SignedDuration;
use rig::{BLUEGUM, Rig, RigSettings, Step, StepHook, Steps, killed_at};
use stand_ins::{Duplicates, Fault, FaultKind, go1};
use state::StateError;
use worker::PaceSettings;

use go1::endpoint::{CREATE_USER_ACCOUNT, LIST_USER_ACCOUNTS};

use super::{all_done, each_once};

const BEHIND: [i64; 2] = [3, 30];

/// A rig whose GO1 makes a second account of an email as readily as the first, or refuses it in one of its ways, and
/// whose lists are behind.
fn rig_behind(seed: u64, duplicates: Duplicates, seconds: i64) -> Rig {
    let mut settings = RigSettings::of(seed);
    settings.world.go1_duplicates = duplicates;
    settings.world.go1_lists_behind = SignedDuration::from_secs(seconds);
    Rig::with(settings)
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_says_nothing_of_the_account_makes_no_second_one() {
    let after_effect = |status, body: &str| FaultKind::answer_after_effect(status, body);
    let kinds = [
        after_effect(201, "<html>oops</html>"),
        after_effect(409, r#"{"message": "exists"}"#),
        after_effect(400, r#"{"message": "no"}"#),
        after_effect(422, r#"{"message": "no"}"#),
        after_effect(500, "<html>oops</html>"),
        FaultKind::LoseAnswer,
    ];
    for seconds in BEHIND {
        for (seed, kind) in (0..).zip(&kinds) {
            for duplicates in [Duplicates::Accepted, Duplicates::Conflict, Duplicates::BadRequest] {
                let rig = rig_behind(seed, duplicates, seconds);
                let (olivia, import) = rig.confirmed(24).await;
                rig.world.go1().faults().add(Fault::times(CREATE_USER_ACCOUNT, 3, kind.clone()));
                rig.pump().await;
                let progress = olivia.progress(&import).await;
                assert_eq!(progress.status, ImportStatus::Done, "{kind:?} {duplicates:?} {seconds}: {progress:?}");
                each_once(&rig, 24);
                rig.places_are_members(&BLUEGUM).await;
                // An account that GO1 says to have had before may be somebody's own.
                let is_refusal = matches!(&kind, FaultKind::AnswerAfterEffect { status: 400..=499, .. });
                assert!(progress.created == 24 || is_refusal, "{kind:?} {duplicates:?} {seconds}: {progress:?}");
            }
        }
    }
}

/// The table fails where the first member is stored.
#[derive(Debug, Default)]
struct Stumbles(AtomicBool);

#[async_trait]
impl StepHook for Stumbles {
    type Context = ();

    async fn before(&self, step: Step) -> Result<(), StateError> {
        let stumbles = step == Step::Write("add_member") && !self.0.swap(true, Ordering::Relaxed);
        if stumbles { Err(StateError::Unavailable("a stumble".into())) } else { Ok(()) }
    }
}

#[tokio::test(start_paused = true)]
async fn an_account_that_could_not_be_stored_is_found_again_before_another_is_made() {
    for seconds in BEHIND {
        for duplicates in [Duplicates::Accepted, Duplicates::Conflict, Duplicates::Unprocessable] {
            let rig = rig_behind(20, duplicates, seconds);
            let (olivia, import) = rig.confirmed(24).await;
            let state = Steps::new(Arc::new(rig.state.clone()), Stumbles::default());
            rig.deliver_to(&rig.worker_over(state)).await;
            rig.pump().await;
            let progress = olivia.progress(&import).await;
            assert_eq!(progress.status, ImportStatus::Done, "{duplicates:?} {seconds}: {progress:?}");
            all_done(&rig, &olivia, &import, 24).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_invocation_that_was_killed_after_a_creation_makes_no_second_account() {
    for seconds in BEHIND {
        for tenths in [5, 12, 30, 60] {
            let rig = rig_behind(21, Duplicates::Accepted, seconds);
            let (olivia, import) = rig.confirmed(24).await;
            let event = rig.receive().expect("batches");
            tokio::select! {
                _ = rig.invoke(event) => {}
                () = rig.wait(std::time::Duration::from_millis(tenths * 100)) => {}
            }
            rig.pump().await;
            let progress = olivia.progress(&import).await;
            assert_eq!((progress.status, progress.done), (ImportStatus::Done, 24), "{tenths} {seconds}");
            each_once(&rig, 24);
            rig.places_are_members(&BLUEGUM).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_invocation_that_was_killed_at_any_step_makes_no_second_account() {
    for then in [None, Some(FaultKind::answer(429, &[("retry-after", "30")], "")), Some(FaultKind::status(500))] {
        killed_at_any_step(then).await;
    }
}

/// `then`: what GO1 answers to the first search after the kill, which tells nothing of whether an account was made.
async fn killed_at_any_step(then: Option<FaultKind>) {
    let mut kills = 0;
    for stops in 0.. {
        // GO1 takes an email twice, so whoever is asked for again without a search has two accounts.
        let rig = rig_behind(26, Duplicates::Accepted, 30);
        let (olivia, import) = rig.confirmed(1).await;
        let event = rig.receive().expect("a batch");
        let ended = killed_at(stops, rig.invoke(event.clone())).await;
        let is_whole = ended.is_some();
        match ended {
            None => kills += 1,
            Some(response) => rig.settle(&event, response),
        }
        if let Some(then) = then.clone() {
            rig.world.go1().faults().add(Fault::next(LIST_USER_ACCOUNTS, then));
        }
        // The message of the one that was killed comes back after six minutes, when the lists show everything.
        rig.pump().await;
        assert_eq!(rig.learners(&BLUEGUM).len(), 1, "killed at {stops}");
        all_done(&rig, &olivia, &import, 1).await;
        if is_whole {
            break;
        }
    }
    assert!(kills > 15, "{kills} places to be killed at");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_names_what_is_wrong_ends_one_person_at_once_and_one_that_does_not_a_little_later() {
    let names = r#"{"message": "Invalid.", "additional_errors": [{"path": "email", "message": "is not an email"}]}"#;
    let duplicate = r#"{"message": "Invalid.", "additional_errors": [{"path": "email", "message": "already exists"}]}"#;
    for status in [400, 422] {
        for (body, at_once) in [(names, true), (r#"{"message": "no"}"#, false), (duplicate, false)] {
            let rig = rig_behind(22, Duplicates::Accepted, 30);
            let (olivia, import) = rig.confirmed(10).await;
            let bad = rig.kept_people(&BLUEGUM, &import).await.remove(4);
            let refused = FaultKind::answer(status, &[], body);
            rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, refused).matching(bad.email.as_str()));
            let events = rig.pump().await;
            assert_eq!(events, if at_once { 1 } else { 2 }, "{status} {body}");
            let progress = olivia.progress(&import).await;
            assert_eq!((progress.status, progress.done, progress.failed), (ImportStatus::PartlyDone, 9, 1));
            let people = rig.kept_people(&BLUEGUM, &import).await;
            assert_eq!(people[4].outcome, Outcome::failed(FailureReason::AccountRefused), "{body}");
            assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 9);
            rig.places_are_members(&BLUEGUM).await;
            each_once(&rig, 9);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_asked_for_once_more_keeps_back_nobody_of_the_batches_beside_and_behind_them() {
    let at_once = PaceSettings { in_flight: 20, per_second: 0 };
    let by_default = PaceSettings { in_flight: 4, per_second: 5 };
    // The refusal of one of them names nothing, and so may be a duplicate that no search shows yet: somebody of the first batch,
    // and of the last, behind whom nobody is. By default an event holds all batches and ends long before they do; of the batch of number 181 it
    // has no time for the others.
    for (pace, people, position, seconds) in [
        (at_once, 150, 4, 60),
        (at_once, 150, 147, 60),
        (by_default, 200, 4, 260),
        (by_default, 200, 181, 260),
        (by_default, 200, 195, 260),
    ] {
        let rig = Rig::with(RigSettings { pace, ..RigSettings::of(25) });
        let (olivia, import) = rig.confirmed(people).await;
        let bad = rig.kept_people(&BLUEGUM, &import).await.remove(position);
        let refused = FaultKind::answer(400, &[], r#"{"message": "no"}"#);
        rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, refused).matching(bad.email.as_str()));
        let began = tokio::time::Instant::now();
        while olivia.progress(&import).await.done < people - 1 && began.elapsed().as_secs() < seconds {
            if !rig.deliver().await {
                rig.wait(std::time::Duration::from_secs(1)).await;
            }
        }
        let progress = olivia.progress(&import).await;
        assert_eq!((progress.done, progress.waiting), (people - 1, 1), "{people}, {position}: everybody else");
        for _ in 0..4 {
            rig.wait(std::time::Duration::from_mins(1)).await;
            rig.sweep().await;
            rig.pump().await;
        }
        let progress = olivia.progress(&import).await;
        let ended = (progress.status, progress.done, progress.failed);
        assert_eq!(ended, (ImportStatus::PartlyDone, people - 1, 1), "{people}, {position}");
        let rows = rig.kept_people(&BLUEGUM, &import).await;
        assert_eq!(rows[position].outcome, Outcome::failed(FailureReason::AccountRefused));
        rig.places_are_members(&BLUEGUM).await;
        each_once(&rig, people - 1);
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_whom_go1_says_to_have_and_never_shows_is_not_certain_and_keeps_the_place() {
    let rig = rig_behind(23, Duplicates::Conflict, 0);
    let (olivia, import) = rig.confirmed(3).await;
    let hidden = rig.kept_people(&BLUEGUM, &import).await.remove(1);
    let exists = FaultKind::answer(409, &[], r#"{"error_code": "user_account_exists"}"#);
    rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, exists).matching(hidden.email.as_str()));
    rig.pump().await;
    let progress = olivia.progress(&import).await;
    assert_eq!((progress.status, progress.done, progress.failed), (ImportStatus::PartlyDone, 2, 1));
    let people = rig.kept_people(&BLUEGUM, &import).await;
    assert_eq!(people[1].outcome, Outcome::failed(FailureReason::Unresolved));
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 3);
    rig.places_are_members(&BLUEGUM).await;
}

#[tokio::test(start_paused = true)]
async fn an_account_that_an_administrator_made_after_the_press_is_not_the_import_s() {
    for seconds in [0, 3, 30] {
        let rig = rig_behind(24, Duplicates::Conflict, seconds);
        let (olivia, import) = rig.confirmed(3).await;
        let theirs = rig.kept_people(&BLUEGUM, &import).await.remove(1);
        let portal = rig.portal(&BLUEGUM);
        let (given, family) = (theirs.given_name.as_str(), theirs.family_name.as_str());
        rig.world.go1().add_user_account(portal.as_str(), theirs.email.as_str(), given, family);
        rig.pump().await;
        let progress = olivia.progress(&import).await;
        assert_eq!((progress.status, progress.done, progress.created), (ImportStatus::Done, 3, 2), "{seconds}");
        each_once(&rig, 3);
    }
}

#[tokio::test(start_paused = true)]
async fn an_email_that_was_corrected_while_its_account_was_not_certain_makes_no_second_one() {
    let rig = rig_behind(5, Duplicates::Accepted, 60);
    let (olivia, import) = rig.confirmed(1).await;
    rig.world.go1().faults().add(Fault::times(CREATE_USER_ACCOUNT, 1, FaultKind::LoseAnswer));
    let wait = FaultKind::answer(429, &[("retry-after", "3000")], "");
    rig.world.go1().faults().add(Fault::next(LIST_USER_ACCOUNTS, wait));
    rig.deliver().await;
    let page = olivia.open_import(&import).await;
    olivia.stop(&page, &import).await;
    assert!(olivia.progress(&import).await.status.has_ended());
    assert_eq!(rig.kept_people(&BLUEGUM, &import).await[0].outcome, Outcome::failed(FailureReason::Unresolved));

    let corrected = "corrected@bluegum.example";
    rig.edit_payroll(&BLUEGUM, |people| people[0].email = Some(corrected.to_owned()));
    let people = olivia.look_again().await;
    let next = rig::import_of(&olivia.confirm(&people).await);
    rig.minutes_pass(60).await;
    olivia.arrive().await;
    assert_eq!(olivia.progress(&next).await.status, ImportStatus::Done);
    assert_eq!(rig.learners(&BLUEGUM).len(), 1, "the account under the email before is theirs");
    rig.places_are_members(&BLUEGUM).await;
}
