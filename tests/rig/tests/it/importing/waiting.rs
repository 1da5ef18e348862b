//! Waiting for GO1: `Retry-After` in full, in both its forms, for the whole portal, and at no attempt's cost.

use std::time::Duration;

use domain::import::{ImportStatus, WaitReason};
use jiff::Timestamp;
use rig::{BLUEGUM, Rig};
use stand_ins::{Fault, FaultKind, go1};

use go1::endpoint::{CREATE_ENROLLMENT, CREATE_USER_ACCOUNT, LIST_USER_ACCOUNTS, TOKEN};

use super::{all_done_at_no_attempt_s_cost, each_once};

/// When calls for people arrived at GO1, and with which status they were answered.
fn calls(rig: &Rig) -> Vec<(Timestamp, Option<u16>)> {
    let log = rig.world.go1().call_log().into_iter();
    let work = log.filter(|call| [CREATE_USER_ACCOUNT, CREATE_ENROLLMENT].contains(&call.endpoint));
    work.map(|call| (call.at, call.status)).collect()
}

/// How many seconds passed between a 429 and the next call that was not yet on its way.
fn pause_after_429(rig: &Rig) -> i64 {
    let calls = calls(rig);
    let limited = calls.iter().filter(|(_, status)| *status == Some(429)).map(|(at, _)| *at).max().expect("a 429");
    let next = calls.iter().map(|(at, _)| *at).filter(|at| *at > limited).min().expect("a call after it");
    next.duration_since(limited).as_secs()
}

#[tokio::test(start_paused = true)]
async fn seconds_are_waited_in_full_by_everybody_of_the_portal() {
    for (seconds, people) in [("7", 1), ("3", 22), ("45", 22), ("300", 65), ("1800", 22)] {
        let rig = Rig::new(1);
        let (olivia, import) = rig.confirmed(people).await;
        let wait = FaultKind::answer(429, &[("retry-after", seconds)], "");
        rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, wait));
        rig.pump().await;
        let paused = pause_after_429(&rig);
        let asked: i64 = seconds.parse().expect("a number");
        assert!((asked..asked + 30).contains(&paused), "{paused} seconds, {asked} asked for");
        all_done_at_no_attempt_s_cost(&rig, &olivia, &import, people).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_short_wait_ends_no_invocation_and_the_refused_call_is_made_again_after_it() {
    for (endpoint, headers) in [
        (CREATE_USER_ACCOUNT, &[("retry-after", "1")][..]),
        (CREATE_USER_ACCOUNT, &[]),
        (CREATE_ENROLLMENT, &[("retry-after", "2")]),
    ] {
        let rig = Rig::new(7);
        let (olivia, import) = rig.confirmed(22).await;
        rig.world.go1().faults().add(Fault::times(endpoint, 3, FaultKind::answer(429, headers, "")));
        rig.deliver().await;
        assert_eq!(rig.queue.len(), 0, "{endpoint}, {headers:?}: all in one invocation");
        let calls = calls(&rig);
        let made = calls.iter().filter(|(_, status)| *status != Some(429)).count();
        assert_eq!((calls.len() - made, made), (3, 22 * 6), "nothing was asked for twice but what was refused");
        assert!(pause_after_429(&rig) >= 1);
        all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 22).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_refused_for_its_rate_again_and_again_goes_back_to_the_queue() {
    let rig = Rig::new(8);
    let (olivia, import) = rig.confirmed(1).await;
    let limited = FaultKind::answer(429, &[("retry-after", "1")], "");
    rig.world.go1().faults().add(Fault::always(CREATE_USER_ACCOUNT, limited));
    rig.deliver().await;
    assert_eq!(rig.queue.len(), 1);
    assert_eq!(calls(&rig).len(), 1 + 3, "the call, and three times again");
    rig.world.go1().faults().clear();
    rig.pump().await;
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_date_is_waited_for_too() {
    let rig = Rig::new(2);
    let (olivia, import) = rig.confirmed(24).await;
    let until = rig.world.now() + jiff::SignedDuration::from_mins(10);
    let date = httpdate::fmt_http_date(until.try_into().expect("a time"));
    let wait = FaultKind::answer(429, &[("retry-after", &date)], "");
    rig.world.go1().faults().add(Fault::next(CREATE_ENROLLMENT, wait));
    rig.pump().await;
    let limited = calls(&rig).iter().filter(|(_, status)| *status == Some(429)).map(|(at, _)| *at).max();
    let next = calls(&rig).iter().map(|(at, _)| *at).filter(|at| *at > limited.expect("a 429")).min();
    assert!(next.expect("a call after it") >= until);
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 24).await;
}

#[tokio::test(start_paused = true)]
async fn a_503_that_names_a_time_is_waited_for_as_well() {
    let rig = Rig::new(3);
    let (olivia, import) = rig.confirmed(24).await;
    let wait = FaultKind::answer(503, &[("retry-after", "120")], "");
    rig.world.go1().faults().add(Fault::next(CREATE_ENROLLMENT, wait));
    rig.pump().await;
    let calls = calls(&rig);
    let asked = calls.iter().find(|(_, status)| *status == Some(503)).expect("a 503").0;
    let next = calls.iter().map(|(at, _)| *at).filter(|at| *at > asked).min().expect("a call after it");
    assert!(next.duration_since(asked).as_secs() >= 120);
    assert_eq!(olivia.progress(&import).await.status, ImportStatus::Done);
}

#[tokio::test(start_paused = true)]
async fn the_page_says_that_we_wait_and_until_when() {
    let rig = Rig::new(4);
    let (olivia, import) = rig.confirmed(5).await;
    let wait = FaultKind::answer(429, &[("retry-after", "1800")], "");
    rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, wait));
    rig.deliver().await;
    let page = olivia.open_import(&import).await;
    assert!(page.words().contains("GO1 asks us to wait"), "{}", page.words());
    let kept = rig.kept_import(&BLUEGUM, &import).await;
    let until = kept.wait.expect("a wait").until;
    assert!(until.duration_since(rig.world.now()).as_secs() > 1_790);
    assert!(page.text.contains(&format!("<time data-wait-until datetime=\"{until}\">")), "{}", page.words());
    // The sweeper has nothing to do here.
    rig.wait(Duration::from_mins(15)).await;
    rig.sweep().await;
    assert_eq!(rig.queue.len(), 1);
    rig.pump().await;
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 5).await;
}

#[tokio::test(start_paused = true)]
async fn a_429_that_names_no_time_or_none_at_all_is_tried_again_after_a_moment() {
    for headers in [&[][..], &[("retry-after", "0")], &[("retry-after", "soon")]] {
        let rig = Rig::new(5);
        let (olivia, import) = rig.confirmed(24).await;
        rig.world.go1().faults().add(Fault::times(CREATE_USER_ACCOUNT, 2, FaultKind::answer(429, headers, "")));
        rig.pump().await;
        assert_eq!(olivia.progress(&import).await.status, ImportStatus::Done);
        assert_eq!(rig.learners(&BLUEGUM).len(), 24);
    }
}

/// Every call for people fails like this for so long, while the queue and the sweeper go on.
async fn outage(rig: &Rig, endpoints: &[&'static str], kind: &FaultKind, minutes: u32) {
    for endpoint in endpoints {
        rig.world.go1().faults().add(Fault::always(endpoint, kind.clone()));
    }
    rig.minutes_pass(minutes).await;
    rig.world.go1().faults().clear();
}

const EVERYTHING: [&str; 3] = [CREATE_USER_ACCOUNT, CREATE_ENROLLMENT, LIST_USER_ACCOUNTS];

#[tokio::test(start_paused = true)]
async fn a_go1_that_fails_for_hours_is_asked_little_and_costs_nobody() {
    for kind in [FaultKind::status(500), FaultKind::CutBefore, FaultKind::answer(200, &[], "<html>oops</html>")] {
        let rig = Rig::new(6);
        let (olivia, import) = rig.confirmed(40).await;
        outage(&rig, &EVERYTHING, &kind, 180).await;
        let asked = calls(&rig).len();
        assert!(asked < 150, "{asked} calls in three hours");
        let wait = rig.kept_import(&BLUEGUM, &import).await.wait.expect("a wait");
        assert!(wait.why == WaitReason::Failing && wait.times > 5, "{wait:?}");
        // Her session lasts an hour.
        olivia.arrive().await;
        let page = olivia.open_import(&import).await;
        assert!(page.words().contains("GO1 isn’t answering as it should right now"), "{}", page.words());
        rig.minutes_pass(20).await;
        all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 40).await;
        assert_eq!(rig.kept_import(&BLUEGUM, &import).await.wait, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_go1_that_makes_nothing_for_twenty_minutes_costs_nobody() {
    for (seed, endpoint) in [(7, CREATE_USER_ACCOUNT), (8, CREATE_ENROLLMENT)] {
        for kind in [FaultKind::status(500), FaultKind::LoseAnswer, FaultKind::CutBefore] {
            let rig = Rig::new(seed);
            let (olivia, import) = rig.confirmed(4).await;
            outage(&rig, &[endpoint], &kind, 20).await;
            rig.minutes_pass(20).await;
            let progress = olivia.progress(&import).await;
            assert_eq!((progress.status, progress.created), (ImportStatus::Done, 4), "{endpoint} {kind:?}");
            assert_eq!((rig.learners(&BLUEGUM).len(), rig.enrollments(&BLUEGUM).len()), (4, 20));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_creation_without_an_answer_nobody_asks_again_before_go1_must_be_done_with_it() {
    let rig = Rig::new(9);
    let (olivia, import) = rig.confirmed(1).await;
    rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, FaultKind::Delay { milliseconds: 50_000 }));
    rig.pump().await;
    let creations = rig.world.go1().call_log().into_iter().filter(|call| call.endpoint == CREATE_USER_ACCOUNT).count();
    assert_eq!(creations, 1, "the look-up two minutes later found the account");
    assert_eq!(olivia.progress(&import).await.created, 1);
    assert_eq!(rig.world.go1().welcome_mails().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn after_a_creation_that_failed_on_its_way_nobody_is_made_for_two_minutes_or_as_long_as_go1_says() {
    let gone = FaultKind::status(504);
    let busy = |seconds| FaultKind::answer(503, &[("retry-after", seconds)], "");
    for (kind, least) in [(gone, 120), (busy("5"), 120), (busy("180"), 180)] {
        let rig = Rig::new(10);
        let (olivia, import) = rig.confirmed(1).await;
        rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, kind));
        rig.pump().await;
        let creations = rig.world.go1().call_log().into_iter().filter(|call| call.endpoint == CREATE_USER_ACCOUNT);
        let at: Vec<Timestamp> = creations.map(|call| call.at).collect();
        let [first, second] = at[..] else { panic!("two creations: {at:?}") };
        let pause = second.duration_since(first).as_secs();
        assert!((least..least + 30).contains(&pause), "{pause} seconds, {least} at least");
        assert_eq!(olivia.progress(&import).await.created, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_ours_is_not_told_as_go1_s_and_costs_nobody() {
    let rig = Rig::new(11);
    let (olivia, import) = rig.confirmed(24).await;
    let keys = r#"{"current":"1","1":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
    rig.deliver_to(&rig.worker_sealing_with(keys)).await;
    let wait = rig.kept_import(&BLUEGUM, &import).await.wait.expect("a wait");
    assert_eq!(wait.why, WaitReason::OwnFault);
    let page = olivia.open_import(&import).await;
    assert!(page.words().contains("Something’s wrong on our side"), "{}", page.words());
    assert!(!page.words().contains("GO1 is busy"), "{}", page.words());
    rig.pump().await;
    all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 24).await;
}

#[tokio::test(start_paused = true)]
async fn no_message_is_hidden_for_longer_than_ten_minutes_and_a_long_wait_is_kept_all_the_same() {
    for (seconds, events) in [("7200", 20), ("72000", 150)] {
        let rig = Rig::new(12);
        let (_, import) = rig.confirmed(24).await;
        let wait = FaultKind::answer(429, &[("retry-after", seconds)], "");
        rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, wait));
        let mut received = 0;
        while !rig.kept_import(&BLUEGUM, &import).await.status.has_ended() {
            if rig.deliver().await {
                received += 1;
            }
            let hidden = rig.queue.next_showing().map(|then| then.duration_since(rig.world.now()).as_secs());
            assert!(hidden.is_none_or(|hidden| hidden <= 600), "{hidden:?}");
            rig.wait(Duration::from_secs(30)).await;
        }
        assert!(received < events, "{received} events for {seconds} seconds");
        assert!(pause_after_429(&rig) >= seconds.parse().expect("a number"));
        assert_eq!(rig.kept_import(&BLUEGUM, &import).await.status, ImportStatus::Done);
        each_once(&rig, 24);
    }
}

#[tokio::test(start_paused = true)]
async fn the_import_after_one_that_ended_while_it_waited_begins_within_ten_minutes_and_says_so() {
    let rig = Rig::new(13);
    let (olivia, import) = rig.confirmed(24).await;
    rig.end_access_to_go1();
    rig.deliver().await;
    let page = olivia.open_import(&import).await;
    olivia.stop(&page, &import).await;
    assert!(olivia.progress(&import).await.status.has_ended());
    rig.log_in_with_go1(&BLUEGUM).await;

    let people = olivia.look_again().await;
    let next = rig::import_of(&olivia.confirm(&people).await);
    assert!(!rig.deliver().await, "the old import's messages are hidden");
    let page = olivia.open_import(&next).await;
    assert!(page.words().contains("The import before this one ended while waiting for GO1. This import starts by"));
    rig.minutes_pass(10).await;
    let progress = olivia.progress(&next).await;
    assert_eq!((progress.status, progress.waiting), (ImportStatus::Done, 0), "{progress:?}");
    let page = olivia.open_import(&next).await;
    assert!(!page.words().contains("ended while waiting"), "{}", page.words());
    rig.places_are_members(&BLUEGUM).await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_go1_asked_for_holds_for_the_portal_s_next_import_too() {
    let rig = Rig::new(13);
    let (olivia, import) = rig.confirmed(24).await;
    let wait = FaultKind::answer(429, &[("retry-after", "40000")], "");
    rig.world.go1().faults().add(Fault::next(CREATE_USER_ACCOUNT, wait));
    rig.deliver().await;
    rig.wait(Duration::from_mins(3)).await;
    let page = olivia.open_import(&import).await;
    olivia.stop(&page, &import).await;

    let people = olivia.look_again().await;
    let next = rig::import_of(&olivia.confirm(&people).await);
    let asked = rig.world.go1().calls(CREATE_USER_ACCOUNT);
    // 40,000 seconds are 667 minutes, of which three have passed.
    rig.minutes_pass(660).await;
    assert_eq!(rig.world.go1().calls(CREATE_USER_ACCOUNT), asked, "GO1 is not called before its time");
    olivia.arrive().await;
    assert_eq!(olivia.progress(&next).await.waiting, 24);
    rig.minutes_pass(16).await;
    let progress = olivia.progress(&next).await;
    assert_eq!((progress.status, progress.waiting), (ImportStatus::Done, 0), "{progress:?}");
    rig.places_are_members(&BLUEGUM).await;
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_go1_asks_for_where_it_renews_tokens_is_kept_in_full() {
    for (status, is_old) in [(429, false), (429, true), (503, false), (503, true)] {
        let rig = Rig::new(17);
        let (olivia, import) = rig.confirmed(24).await;
        if is_old {
            // The access token's time is over, and no call is made with it.
            rig.wait(Duration::from_hours(13)).await;
        }
        rig.world.go1().expire_access_tokens();
        let wait = FaultKind::answer(status, &[("retry-after", "1800")], "");
        rig.world.go1().faults().add(Fault::next(TOKEN, wait));
        rig.pump().await;
        let calls = rig.world.go1().call_log();
        let asked =
            calls.iter().filter(|call| call.status == Some(status)).map(|call| call.at).max().expect("an answer");
        let next = calls.iter().map(|call| call.at).filter(|at| *at > asked).min().expect("a call after it");
        assert!(next.duration_since(asked).as_secs() >= 1_800, "{status}: {:#}", next.duration_since(asked));
        all_done_at_no_attempt_s_cost(&rig, &olivia, &import, 24).await;
    }
}
