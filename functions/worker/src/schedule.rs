//! When calls may begin: evenly spaced, and in no second more than the rate allows. It is told the time, and reads none.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The spacing is that of a rate so much lower, so that a late call can be made up for within the limit.
const PART_OF_RATE: f64 = 0.99;

/// Between a call and the one that comes as many calls later as the rate allows in a second: a second, and so much more as
/// calls may differ by in how long they take from here to where they are counted. With one millisecond, 15 of 3,600 calls
/// over loopback were refused at exactly the rate, and each refusal is a wait.
const WINDOW: Duration = Duration::from_millis(1_010);

/// So much of a call's lateness moves no call after it: a timer that rings late would slow all of them down.
const TOLERATED: Duration = Duration::from_millis(25);

/// How much later than its turn a call leaves that has to connect first.
const CONNECTING: Duration = Duration::from_millis(150);

/// The turns of one invocation.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// Calls in a second; 0 for as many as come.
    rate: usize,
    interval: Duration,
    /// When the next call is due.
    due: Instant,
    /// When the last calls left at the latest, as many as the rate; never one before the one in front of it.
    left: VecDeque<Instant>,
}

impl Schedule {
    /// The first call goes a little more than one interval after `now`, because the previous invocation may have made a
    /// call just before.
    pub(crate) fn new(per_second: u32, now: Instant) -> Self {
        let rate = usize::try_from(per_second).unwrap_or(usize::MAX);
        if rate == 0 {
            return Self { rate, interval: Duration::ZERO, due: now, left: VecDeque::new() };
        }
        let interval = Duration::from_secs_f64(1.0 / (f64::from(per_second) * PART_OF_RATE));
        Self { rate, interval, due: now + interval + TOLERATED, left: VecDeque::with_capacity(rate.min(1_000)) }
    }

    /// The earliest moment of the next call.
    pub(crate) fn next(&self) -> Instant {
        match self.left.front() {
            Some(first) if self.left.len() == self.rate => self.due.max(*first + WINDOW),
            _ => self.due,
        }
    }

    /// Notes that a call begins now, which is not before [`Self::next`]. `connects`: it finds no connection that is open.
    pub(crate) fn take(&mut self, now: Instant, connects: bool) {
        if self.rate == 0 {
            return;
        }
        // Whatever it is late by beyond that is gone.
        let late = now.saturating_duration_since(self.due).saturating_sub(TOLERATED);
        self.due += late + self.interval;
        let leaves = if connects { now + CONNECTING } else { now };
        if self.left.len() == self.rate {
            self.left.pop_front();
        }
        let last = self.left.back().copied();
        self.left.push_back(last.map_or(leaves, |last| last.max(leaves)));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// When each call began whose timer was late by so much.
    fn calls(rate: u32, lates: &[u64]) -> Vec<Duration> {
        let begun = Instant::now();
        let mut schedule = Schedule::new(rate, begun);
        let mut now = begun;
        let call = |late: &u64| {
            now = now.max(schedule.next() + Duration::from_micros(*late));
            schedule.take(now, false);
            now - begun
        };
        lates.iter().map(call).collect()
    }

    /// The most calls in any second, by whoever sees each up to ten milliseconds later than it was made.
    fn most_in_a_second(times: &[Duration]) -> usize {
        let second = Duration::from_secs(1) + Duration::from_millis(10);
        let within = |(index, time): (usize, &Duration)| {
            times[index..].iter().take_while(|other| **other < *time + second).count()
        };
        times.iter().enumerate().map(within).max().unwrap_or_default()
    }

    /// Timers as a busy machine has them: late by up to eight milliseconds, each.
    fn late() -> impl Strategy<Value = u64> {
        0..8_000_u64
    }

    /// And now and then one that stood still.
    fn very_late() -> impl Strategy<Value = u64> {
        prop_oneof![8 => late(), 1 => 0..60_000_u64, 1 => 0..3_000_000_u64]
    }

    proptest! {
        #[test]
        fn no_second_has_more_calls_than_the_rate(rate in 1..60_u32, lates in prop::collection::vec(very_late(), 1..400)) {
            prop_assert!(most_in_a_second(&calls(rate, &lates)) <= rate as usize);
        }

        #[test]
        fn late_timers_cost_less_than_a_fiftieth_of_the_rate(rate in 1..60_u32, seed in prop::collection::vec(late(), 200)) {
            // Sixty seconds of calls.
            let lates: Vec<_> = seed.iter().cycle().take(rate as usize * 60).copied().collect();
            let times = calls(rate, &lates);
            let took = times[times.len() - 1].saturating_sub(times[0]);
            let reached = f64::from(rate * 60 - 1) / took.as_secs_f64();
            prop_assert!(reached >= 0.98 * f64::from(rate), "{reached} of {rate}");
        }
    }

    #[test]
    fn a_late_call_moves_the_others_only_by_what_is_very_late() {
        let rate = 20;
        let mut lates = [0; 10];
        let due = calls(rate, &lates)[9];
        lates[3] = 25_000;
        assert_eq!(calls(rate, &lates)[9], due);
        lates[3] = 26_000;
        assert_eq!(calls(rate, &lates)[9], due + Duration::from_millis(1));
    }

    #[test]
    fn a_call_that_has_to_connect_counts_from_when_it_leaves() {
        let begun = Instant::now();
        let mut schedule = Schedule::new(2, begun);
        let first = schedule.next();
        schedule.take(first, true);
        schedule.take(schedule.next(), false);
        assert_eq!(schedule.next() - first, CONNECTING + WINDOW);
    }

    #[test]
    fn without_a_rate_nobody_waits() {
        let begun = Instant::now();
        let mut schedule = Schedule::new(0, begun);
        for _ in 0..100 {
            schedule.take(begun, false);
        }
        assert_eq!(schedule.next(), begun);
    }
}
