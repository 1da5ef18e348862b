//! A GO1 that goes on refusing: it is asked ever more seldom, whatever it says in between, and our own patience is not told
//! for GO1's wish.

use std::time::Duration;

use domain::ids::ImportId;
use domain::import::{ImportStatus, WaitReason};
use jiff::{SignedDuration, Timestamp};
use rig::{BLUEGUM, Rig, Visitor, import_of};
use stand_ins::{Fault, FaultKind, go1};

use go1::endpoint::{CREATE_ENROLLMENT, CREATE_USER_ACCOUNT};

use super::{all_done, deliveries_within};

/// Delivers until the import waits for longer than this, while its owner looks at it now and then, and returns until when.
async fn waits_for_longer_than(rig: &Rig, olivia: &Visitor, import: &ImportId, time: SignedDuration) -> Timestamp {
    for round in 0..5_000 {
        if round % 50 == 0 {
            olivia.open_import(import).await;
        }
        let wait = rig.kept_import(&BLUEGUM, import).await.wait;
        if let Some(wait) = wait.filter(|wait| wait.until.duration_since(rig.world.now()) > time) {
            return wait.until;
        }
        if !rig.deliver().await {
            rig.wait(Duration::from_secs(5)).await;
        }
    }
    panic!("it never waits for so long");
}

#[tokio::test(start_paused = true)]
async fn our_own_backoff_is_told_as_what_it_is_and_ends_with_its_import() {
    let rig = Rig::new(51);
    let (olivia, import) = rig.confirmed(8).await;
    rig.world
        .go1()
        .faults()
        .add(Fault::always(CREATE_USER_ACCOUNT, FaultKind::answer(429, &[("retry-after", "10")], "")));
    let until = waits_for_longer_than(&rig, &olivia, &import, SignedDuration::from_mins(7)).await;
    let page = olivia.open_import(&import).await;
    assert!(!page.words().contains("asks us to wait"), "GO1 has asked for ten seconds: {}", page.words());
    assert!(page.words().contains("We’ll try again at"), "{}", page.words());
    olivia.stop(&page, &import).await;
    rig.world.go1().faults().clear();
    rig.sweep().await;
    assert!(olivia.progress(&import).await.status.has_ended());
    let again = import_of(&olivia.confirm(&olivia.look_again().await).await);
    let wait = rig.kept_import(&BLUEGUM, &again).await.wait;
    let asked = rig.world.now() + SignedDuration::from_secs(10);
    assert!(
        wait.is_none_or(|wait| wait.until <= asked),
        "the next import waits until {wait:?}, as the last did ({until})"
    );
    rig.used_for(&olivia, Duration::from_mins(11)).await;
    rig.pump().await;
    all_done(&rig, &olivia, &again, 8).await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_in_our_own_backoff_leaves_what_go1_asked_for_to_the_next_import() {
    let rig = Rig::new(52);
    let (olivia, import) = rig.confirmed(8).await;
    rig.world
        .go1()
        .faults()
        .add(Fault::always(CREATE_USER_ACCOUNT, FaultKind::answer(429, &[("retry-after", "300")], "")));
    waits_for_longer_than(&rig, &olivia, &import, SignedDuration::from_mins(12)).await;
    let refused = rig.world.go1().call_log().iter().filter(|call| call.status == Some(429)).map(|call| call.at).max();
    let page = olivia.open_import(&import).await;
    olivia.stop(&page, &import).await;
    rig.world.go1().faults().clear();
    rig.sweep().await;
    let again = import_of(&olivia.confirm(&olivia.look_again().await).await);
    let refused = refused.expect("a 429");
    let wait = rig.kept_import(&BLUEGUM, &again).await.wait.expect("what GO1 asked for");
    assert_eq!((wait.why, wait.times), (WaitReason::RetryAfter, 1));
    let asked = wait.until.duration_since(refused);
    assert!((SignedDuration::from_secs(300)..SignedDuration::from_secs(302)).contains(&asked), "{asked:#}");
    rig.pump().await;
    assert_eq!(rig.kept_import(&BLUEGUM, &again).await.status, ImportStatus::Done);
    let creations = rig.world.go1().call_log().into_iter().filter(|call| call.endpoint == CREATE_USER_ACCOUNT);
    let next = creations.map(|call| call.at).filter(|at| *at > refused).min().expect("a call after it");
    let paused = next.duration_since(refused);
    assert!(paused >= SignedDuration::from_secs(300), "GO1 was left alone for {paused:#}");
    assert!(paused < SignedDuration::from_secs(900), "and no longer than a message is hidden: {paused:#}");
}

#[tokio::test(start_paused = true)]
async fn courses_that_were_assigned_before_are_no_sign_that_go1_takes_more() {
    let rig = Rig::new(53);
    let (_, import) = rig.confirmed(5).await;
    // One course is assigned to whoever has an account, and from then on GO1 answers that it is.
    let course = rig.kept_import(&BLUEGUM, &import).await.courses[0].clone();
    for other in &rig.kept_import(&BLUEGUM, &import).await.courses {
        if *other != course {
            let limited = FaultKind::answer(429, &[], "");
            rig.world.go1().faults().add(Fault::always(CREATE_ENROLLMENT, limited).matching(other.as_str()));
        }
    }
    let events = deliveries_within(&rig, SignedDuration::from_hours(2)).await;
    assert!(events < 40, "{events} invocations in two hours");
    assert!(!rig.enrollments(&BLUEGUM).is_empty(), "some are assigned");
}

#[tokio::test(start_paused = true)]
async fn a_go1_that_refuses_the_rate_and_fails_in_turn_is_asked_ever_more_seldom() {
    let rig = Rig::new(54);
    let (_, import) = rig.confirmed(5).await;
    let end = rig.world.now() + SignedDuration::from_hours(2);
    let (mut events, mut turn) = (0, 0);
    while rig.world.now() < end {
        rig.world.go1().faults().clear();
        let kind =
            if turn % 2 == 0 { FaultKind::answer(429, &[("retry-after", "20")], "") } else { FaultKind::status(503) };
        rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, kind));
        if rig.deliver().await {
            (events, turn) = (events + 1, turn + 1);
        } else {
            rig.wait(Duration::from_secs(5)).await;
        }
    }
    assert!(events < 40, "{events} invocations in two hours");
    let wait = rig.kept_import(&BLUEGUM, &import).await.wait.expect("it waits");
    assert!(matches!(wait.why, WaitReason::RetryAfter | WaitReason::Failing) && wait.times >= 5, "{wait:?}");
}
