//! What counts as the login that an import waits for: that somebody logs in, and nothing that pages do meanwhile.

use std::time::Duration;

use domain::import::{ImportStatus, Wait, WaitReason};
use jiff::SignedDuration;
use rig::{BLUEGUM, Rig, RigSettings, killed_at};
use stand_ins::go1::endpoint::CREATE_USER_ACCOUNT;
use stand_ins::{Fault, FaultKind};
use state::GrantOwner;
use vault::invocation;
use worker::PaceSettings;

use super::each_once;

const A_DAY: u32 = 24 * 60;
/// An import that waits for a login has seven days, in minutes.
const SEVEN_DAYS: u64 = 7 * 24 * 60;

/// What a page does that asks GO1: it needs a token, and renews the one that there is.
async fn page_asks_go1(rig: &Rig) {
    let go1 = rig.go1_access();
    drop(invocation(Duration::from_secs(29), go1.open(&rig.portal(&BLUEGUM))).await);
}

#[tokio::test(start_paused = true)]
async fn pages_that_try_a_refused_grant_again_are_no_login() {
    let rig = Rig::new(20);
    let (_, import) = rig.confirmed(24).await;
    rig.end_access_to_go1();
    for _ in 0..7 * A_DAY / 20 {
        rig.minutes_pass(20).await;
        page_asks_go1(&rig).await;
    }
    rig.minutes_pass(1).await;
    let kept = rig.kept_import(&BLUEGUM, &import).await;
    assert_eq!((kept.status, kept.resumed_at), (ImportStatus::Failed, None), "its week is over");
}

#[tokio::test(start_paused = true)]
async fn tokens_that_are_renewed_and_refused_again_are_no_login() {
    let rig = Rig::new(21);
    let (_, import) = rig.confirmed(24).await;
    rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, FaultKind::status(401)));
    for _ in 0..7 * A_DAY / 20 {
        rig.minutes_pass(20).await;
        let kept = rig.kept_import(&BLUEGUM, &import).await;
        let is_over = rig.world.now() >= kept.accepted_at + SignedDuration::from_hours(7 * 24);
        assert_eq!(kept.status == ImportStatus::Running, !is_over, "{kept:?}");
        rig.world.go1().expire_access_tokens();
        let portal = rig.portal(&BLUEGUM);
        let go1 = rig.go1_access();
        let nobody = std::collections::HashSet::new();
        let read = go1.as_portal(&portal, async |token| {
            go1.client.accounts_for(&token, &std::collections::BTreeSet::new(), &nobody).await
        });
        invocation(Duration::from_secs(29), read).await.expect("this page renews the tokens, and they work");
    }
    rig.minutes_pass(1).await;
    let kept = rig.kept_import(&BLUEGUM, &import).await;
    assert!(kept.status.has_ended(), "its week is over: {kept:?}");
    assert_eq!(kept.resumed_at, None);
}

/// The message of a waiting import is deleted once it has come often enough, and its batch is left to the sweeper.
#[tokio::test(start_paused = true)]
async fn a_batch_whose_message_came_too_often_goes_on_with_the_next_sweep() {
    let rig = Rig::new(22);
    let (_, import) = rig.confirmed(9).await;
    rig.end_access_to_go1();
    let mut is_gone = false;
    for _ in 0..7 * A_DAY - 10 {
        while rig.deliver().await {}
        is_gone = rig.queue.is_empty();
        if is_gone {
            break;
        }
        rig.wait(Duration::from_mins(1)).await;
        rig.sweep().await;
    }
    assert!(is_gone, "a message that has come 800 times is deleted");
    rig.administrator(&BLUEGUM).await;
    rig.minutes_pass(2).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Done);
    assert!(rig.kept_batches(&BLUEGUM, &import).await.iter().all(|batch| batch.failures == 0));
    each_once(&rig, 9);
    assert_eq!(rig.queue.dead_letters(), []);
}

/// Whoever stored the tokens was cut off before waking anybody, and the import has no message any more: then only the
/// sweeper can send its batches again, and the worker finds the login.
#[tokio::test(start_paused = true)]
async fn a_login_whose_request_was_cut_off_is_found_also_where_the_import_s_messages_are_lost() {
    for lost_for in [Duration::from_mins(1), Duration::from_hours(5)] {
        let rig = Rig::new(26);
        let (_, import) = rig.confirmed(24).await;
        rig.end_access_to_go1();
        rig.minutes_pass(10).await;
        while let Some(event) = rig.receive() {
            event.records.iter().for_each(|message| rig.queue.delete(message));
        }
        rig.wait(Duration::from_mins(5)).await;
        while let Some(event) = rig.receive() {
            event.records.iter().for_each(|message| rig.queue.delete(message));
        }
        assert!(rig.queue.is_empty(), "lost");
        rig.wait(lost_for).await;
        rig.log_in_with_go1(&BLUEGUM).await;
        rig.minutes_pass(22).await;
        let kept = rig.kept_import(&BLUEGUM, &import).await;
        assert_eq!(kept.status, ImportStatus::Done, "after {lost_for:?}: {:?}", kept.wait);
        each_once(&rig, 24);
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_login_that_the_worker_found_a_wait_for_go1_is_kept() {
    let rig = Rig::new(23);
    let (_, import) = rig.confirmed(24).await;
    rig.end_access_to_go1();
    rig.minutes_pass(6 * A_DAY).await;
    // Their request was cut off after the tokens were stored.
    rig.log_in_with_go1(&BLUEGUM).await;
    rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, FaultKind::status(503)));
    rig.minutes_pass(20).await;
    let kept = rig.kept_import(&BLUEGUM, &import).await;
    let Some(Wait { why: WaitReason::Failing, until, .. }) = kept.wait else { panic!("{kept:?}") };
    assert!(until > kept.accepted_at + SignedDuration::from_hours(6 * 24), "it ends with the import's day: {kept:?}");
}

#[tokio::test(start_paused = true)]
async fn who_has_logged_in_again_has_a_day_also_where_another_login_is_wanted_by_then() {
    let rig = Rig::new(12);
    let (_, import) = rig.confirmed(24).await;
    rig.end_access_to_go1();
    rig.minutes_pass(10).await;
    rig.wait(Duration::from_mins(SEVEN_DAYS - 40)).await;
    rig.minutes_pass(5).await;
    rig.administrator(&BLUEGUM).await;
    rig.end_access_to_go1();
    rig.minutes_pass(60).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Running);
    rig.administrator(&BLUEGUM).await;
    rig.minutes_pass(10).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Done);
    each_once(&rig, 24);
}

/// The worker looks every five minutes and the sweeper every minute, so a request that was cut off at the end of the week
/// must not have stored tokens without giving the import its time.
#[tokio::test(start_paused = true)]
async fn a_login_at_the_end_of_the_week_is_in_time_wherever_its_request_is_cut_off() {
    for stops in 0.. {
        let rig = Rig::new(25);
        let (_, import) = rig.confirmed(24).await;
        rig.end_access_to_go1();
        rig.minutes_pass(10).await;
        rig.wait(Duration::from_mins(SEVEN_DAYS - 13)).await;
        while rig.deliver().await {}
        let owner = GrantOwner::Portal(rig.portal(&BLUEGUM));
        let before = rig.kept_grant(&owner).await.expect("tokens");
        let ada = rig.visitor(&BLUEGUM);
        let login = ada.configure(&rig.domain_of(&BLUEGUM)).await;
        let back = ada.log_in_without_return(&login, &rig.administrator_of(&BLUEGUM)).await;
        let is_whole = killed_at(stops, ada.browser.open(&back)).await.is_some();
        let has_logged_in = rig.kept_grant(&owner).await.expect("tokens").sealed != before.sealed;
        rig.minutes_pass(20).await;
        let status = rig.kept_import(&BLUEGUM, &import).await.status;
        if has_logged_in {
            assert_eq!(status, ImportStatus::Done, "cut off at {stops}");
            each_once(&rig, 24);
        }
        if is_whole {
            assert!(has_logged_in && stops > 5, "{stops}");
            return;
        }
    }
}

/// A page has renewed the tokens, GO1 takes them, and nobody has logged in. One attempt does not end the import.
#[tokio::test(start_paused = true)]
async fn an_import_goes_on_in_its_week_where_go1_takes_renewed_tokens_again() {
    let rig = Rig::with(RigSettings { pace: PaceSettings { in_flight: 4, per_second: 5 }, ..RigSettings::of(27) });
    let (_, import) = rig.confirmed(120).await;
    rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, FaultKind::status(401)));
    rig.minutes_pass(3 * A_DAY).await;
    assert!(rig.kept_import(&BLUEGUM, &import).await.waits_for_login());
    rig.world.go1().faults().clear();
    rig.world.go1().expire_access_tokens();
    page_asks_go1(&rig).await;
    rig.minutes_pass(30).await;
    let kept = rig.kept_import(&BLUEGUM, &import).await;
    assert_eq!((kept.status, kept.sums.map(|sums| sums.done)), (ImportStatus::Done, Some(120)));
    each_once(&rig, 120);
}

/// So it does where GO1 limits or fails the first attempt with such tokens.
#[tokio::test(start_paused = true)]
async fn whatever_go1_answers_to_renewed_tokens_takes_nothing_from_the_week_of_a_login() {
    let limited = FaultKind::answer(429, &[("retry-after", "300")], "");
    let out = FaultKind::answer(503, &[("retry-after", "300")], "");
    for (seed, kind) in (30..).zip([limited, out, FaultKind::status(401)]) {
        let rig = Rig::new(seed);
        let (_, import) = rig.confirmed(24).await;
        rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, FaultKind::status(401)));
        rig.minutes_pass(2 * A_DAY).await;
        rig.world.go1().faults().clear();
        rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, kind.clone()));
        rig.world.go1().expire_access_tokens();
        page_asks_go1(&rig).await;
        rig.minutes_pass(30).await;
        assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Running, "{kind:?}");
        rig.world.go1().faults().clear();
        rig.log_in_with_go1(&BLUEGUM).await;
        rig.minutes_pass(70).await;
        assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Done, "{kind:?}");
        each_once(&rig, 24);
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_in_the_last_minutes_of_the_week_is_in_time() {
    let rig = Rig::new(28);
    let (_, import) = rig.confirmed(24).await;
    rig.end_access_to_go1();
    rig.minutes_pass(7 * A_DAY - 3).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Running);
    rig.administrator(&BLUEGUM).await;
    rig.minutes_pass(20).await;
    assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Done);
    each_once(&rig, 24);
}
