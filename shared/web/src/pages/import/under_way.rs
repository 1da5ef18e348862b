//! What is known of an import while it runs: who is being worked on, and how long the rest will take.

use std::collections::BTreeSet;

use domain::import::{Batch, Import, ImportStatus, LONGEST_ATTEMPT};
use jiff::{SignedDuration, Timestamp};

/// From how many people who have ended the pace can be told.
const ENOUGH_TO_TELL: usize = 10;

/// For how long at least.
const LONG_ENOUGH_TO_TELL: SignedDuration = SignedDuration::from_secs(10);

/// A longer time is no use to somebody who watches, and no forecast either.
const WORTH_TELLING: SignedDuration = SignedDuration::from_hours(2);

/// What is known of an import that runs, besides its people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// The batches at which an attempt is at work.
    pub(super) batches: BTreeSet<u32>,
    /// The batches that were attempted and are not over, at which none is at work.
    pub(super) tried: BTreeSet<u32>,
    /// How many calls a second GO1 takes for one portal; 0 for as many as it can.
    calls_per_second: u32,
    pub(super) now: Timestamp,
}

impl UnderWay {
    /// At `now`, with these batches.
    pub fn at(now: Timestamp, batches: &[Batch], calls_per_second: u32) -> Self {
        let (at_work, idle): (Vec<_>, Vec<_>) =
            batches.iter().filter(|batch| batch.was_attempted()).partition(|batch| batch.at_work(now, LONGEST_ATTEMPT));
        let numbers = |batches: Vec<&Batch>| batches.iter().map(|batch| batch.number).collect();
        Self { batches: numbers(at_work), tried: numbers(idle), calls_per_second, now }
    }
}

/// How long those who wait will take: by the pace so far, and not faster than GO1 lets us call it. The pace of an import
/// that has waited says nothing.
pub(super) fn left(import: &Import, people: usize, waiting: usize, under_way: &UnderWay) -> Option<SignedDuration> {
    if import.status != ImportStatus::Running || waiting == 0 {
        return None;
    }
    let (ended, waiting) = (i64::try_from(people - waiting).ok()?, i64::try_from(waiting).ok()?);
    let took = under_way.now.duration_since(import.sent_at.unwrap_or(import.accepted_at));
    let can_tell = ended >= i64::try_from(ENOUGH_TO_TELL).ok()? && took >= LONG_ENOUGH_TO_TELL;
    let has_waited = import.wait.is_some() || import.resumed_at.is_some();
    let by_pace = (can_tell && !has_waited).then(|| took.as_secs() * waiting / ended);
    // Of an undo nobody knows how many calls each takes.
    let calls = import.undoes.is_none().then_some(i64::try_from(import.courses.len()).ok()? + 1)?;
    let by_limit = match i64::from(under_way.calls_per_second) {
        0 => None,
        rate => Some((waiting * calls).max(1).div_euclid(rate)),
    };
    let seconds = by_pace.max(by_limit)?;
    Some(SignedDuration::from_secs(seconds)).filter(|left| *left <= WORTH_TELLING)
}

#[cfg(test)]
mod tests {
    use domain::import::{Wait, WaitReason};

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    fn import() -> Import {
        let courses = (1..=5).map(|id| id.to_string().as_str().into()).collect();
        Import { status: ImportStatus::Running, sent_at: Some(START), courses, ..domain::samples::import() }
    }

    fn after(seconds: i64, calls_per_second: u32) -> UnderWay {
        UnderWay::at(START + SignedDuration::from_secs(seconds), &[], calls_per_second)
    }

    fn seconds(import: &Import, waiting: usize, under_way: &UnderWay) -> Option<i64> {
        left(import, 200, waiting, under_way).map(|left| left.as_secs())
    }

    #[test]
    fn the_time_left_is_that_of_the_pace_and_not_less_than_go1_takes() {
        assert_eq!(seconds(&import(), 200, &after(1, 5)), Some(240), "six calls each, five a second");
        assert_eq!(seconds(&import(), 200, &after(1, 0)), None, "nothing is known yet");
        assert_eq!(seconds(&import(), 100, &after(60, 0)), Some(60));
        assert_eq!(seconds(&import(), 100, &after(60, 5)), Some(120), "GO1 takes no more");
        assert_eq!(seconds(&import(), 100, &after(600, 5)), Some(600), "and is slower than that");
        assert_eq!(seconds(&import(), 195, &after(60, 0)), None, "five people are no pace");
        assert_eq!(seconds(&import(), 0, &after(60, 5)), None);
    }

    #[test]
    fn after_a_wait_the_pace_says_nothing_and_neither_does_a_forecast_of_many_hours() {
        let why = WaitReason::RetryAfter;
        let waited = Import { wait: Some(Wait { until: START, why, times: 1 }), ..import() };
        assert_eq!(seconds(&waited, 100, &after(6_000, 5)), Some(120));
        let resumed = Import { resumed_at: Some(START), ..import() };
        assert_eq!(seconds(&resumed, 100, &after(6_000, 0)), None);
        assert_eq!(seconds(&import(), 100, &after(90_000, 0)), None);
        let undo = Import { undoes: Some("other".into()), ..import() };
        assert_eq!(seconds(&undo, 100, &after(60, 5)), None);
    }
}
