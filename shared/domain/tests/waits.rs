//! What an import waits for: for how long, what its end leaves to the next one, and how it is stored.

use domain::import::{Import, ImportStatus, Wait, WaitReason};
use jiff::{SignedDuration, Timestamp};

/// One that runs.
fn import() -> Import {
    Import { status: ImportStatus::Running, sends: 1, ..domain::samples::import() }
}

#[test]
fn an_import_ends_after_a_day_after_a_week_where_it_waits_for_a_login_and_a_day_after_that_login() {
    let hours = |import: &Import| import.ends_by().duration_since(import.accepted_at).as_hours();
    let wait = |why| Some(Wait { until: Timestamp::UNIX_EPOCH, why, times: 1 });
    let running = import();
    assert_eq!((hours(&running), running.waits_for_login()), (24, false));
    for why in [WaitReason::RetryAfter, WaitReason::Failing, WaitReason::OwnFault, WaitReason::NoCourses { batch: 0 }] {
        let waiting = Import { wait: wait(why), ..running.clone() };
        assert_eq!((hours(&waiting), waiting.waits_for_login()), (24, false));
    }
    let waiting = Import { wait: wait(WaitReason::Login { generation: 1 }), ..running.clone() };
    assert_eq!((hours(&waiting), waiting.waits_for_login()), (7 * 24, true));
    let resumed_at = Some(running.accepted_at + SignedDuration::from_hours(100));
    let resumed = Import { resumed_at, ..running.clone() };
    assert_eq!(hours(&resumed), 124);
    let ended = Import { status: ImportStatus::Failed, ..waiting };
    assert!(!ended.waits_for_login());
}

#[test]
fn an_import_that_ended_while_it_waited_keeps_the_next_one_back_for_ten_minutes_at_most() {
    let running = import();
    let minutes = |minutes| running.accepted_at + SignedDuration::from_mins(minutes);
    let held = |until: Option<i64>, ended: Option<i64>| {
        let wait = until.map(|until| Wait { until: minutes(until), why: WaitReason::RetryAfter, times: 1 });
        Import { wait, ended_at: ended.map(minutes), ..running.clone() }.holds_back_until()
    };
    assert_eq!(held(Some(500), Some(5)), Some(minutes(15)));
    assert_eq!(held(Some(9), Some(5)), Some(minutes(9)));
    assert_eq!((held(Some(5), Some(5)), held(None, Some(5)), held(Some(500), None)), (None, None, None));
}

#[test]
fn the_wait_that_go1_asked_for_outlives_its_import() {
    let first = import();
    let now = first.accepted_at + SignedDuration::from_mins(5);
    let waited = |why, minutes| {
        let wait = Wait { until: first.accepted_at + SignedDuration::from_mins(minutes), why, times: 1 };
        Import { wait: Some(wait), ended_at: Some(now), ..first.clone() }
    };
    let begins = |earlier: &[Import]| first.clone().after(earlier, now).wait;
    let asked = [waited(WaitReason::RetryAfter, 30), waited(WaitReason::RetryAfter, 600)];
    assert_eq!(begins(&asked), asked[1].wait, "the longest counts");
    for over in [waited(WaitReason::RetryAfter, 5), waited(WaitReason::Failing, 30), waited(WaitReason::OwnFault, 30)] {
        assert_eq!(begins(&[over]), None, "it is over, or our own");
    }
    assert_eq!(begins(&[]), None);
}

#[test]
fn a_wait_that_go1_asked_an_undo_for_holds_for_the_next_import_and_for_the_next_undo() {
    let first = import();
    let minutes = |minutes| first.accepted_at + SignedDuration::from_mins(minutes);
    let undoing = Import { undoes: Some("undone".into()), ..first.clone() };
    let wait = Some(Wait { until: minutes(60), why: WaitReason::RetryAfter, times: 1 });
    let ended = Import { wait, asked_until: Some(minutes(60)), ended_at: Some(minutes(5)), ..undoing.clone() };
    for next in [first.clone(), undoing] {
        let begun = next.clone().after(std::slice::from_ref(&ended), minutes(6));
        assert_eq!((begun.wait, begun.asked_until), (wait, Some(minutes(60))));
        let later = next.after(std::slice::from_ref(&ended), minutes(60));
        assert_eq!((later.wait, later.asked_until), (None, None), "it is over");
    }
}

#[test]
fn our_own_backoff_ends_with_its_import_and_what_go1_asked_for_beside_it_does_not() {
    let first = import();
    let minutes = |minutes| first.accepted_at + SignedDuration::from_mins(minutes);
    let asked = |until| Wait { until, why: WaitReason::RetryAfter, times: 1 };
    let reasons =
        [WaitReason::RetryAfter, WaitReason::Failing, WaitReason::OwnFault, WaitReason::Login { generation: 1 }];
    for why in reasons {
        let wait = Some(Wait { until: minutes(15), why, times: 7 });
        let ended = Import { wait, asked_until: Some(minutes(3)), ended_at: Some(minutes(1)), ..first.clone() };
        let next = first.clone().after(std::slice::from_ref(&ended), minutes(2));
        assert_eq!((next.wait, next.asked_until), (Some(asked(minutes(3))), Some(minutes(3))), "{why:?}");
        let later = first.clone().after(std::slice::from_ref(&ended), minutes(3));
        assert_eq!((later.wait, later.asked_until), (None, None), "{why:?}: what GO1 asked for is over");
        assert_eq!(ended.backs_off(), why == WaitReason::RetryAfter);
    }
    let only = Import { wait: Some(asked(minutes(15))), asked_until: Some(minutes(15)), ..first.clone() };
    assert!(!only.backs_off());
    // As rows were before version 5.
    let old = Import { wait: Some(asked(minutes(15))), ..first.clone() };
    assert_eq!((old.asked(), old.backs_off()), (Some(minutes(15)), false));
    let failing = Import { wait: Some(Wait { why: WaitReason::Failing, ..asked(minutes(15)) }), ..first };
    assert_eq!(failing.asked(), None);
}

#[test]
fn a_reason_to_wait_is_stored_so_that_the_release_before_reads_it() {
    let stored = |why: WaitReason| serde_json::to_value(why).expect("JSON");
    for (why, json) in [
        (WaitReason::RetryAfter, serde_json::json!({"why": "asked"})),
        (WaitReason::Failing, serde_json::json!({"why": "failing"})),
        (WaitReason::OwnFault, serde_json::json!({"why": "ours"})),
        (WaitReason::Login { generation: 3 }, serde_json::json!({"why": "login", "generation": 3})),
        (WaitReason::NoCourses { batch: 2 }, serde_json::json!({"why": "ours", "without_courses": 2})),
    ] {
        assert_eq!(stored(why), json);
        assert_eq!(serde_json::from_value::<WaitReason>(json).expect("readable"), why);
    }
}
