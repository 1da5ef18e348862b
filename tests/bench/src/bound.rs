//! The formulas: the shortest time that an import can take, calls beyond the rate, and what an import costs.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The shortest time for so many calls, each of which takes `latency`, with `in_flight` of them at a time and
/// `per_second` begun in a second (0: no limit): whichever of the two limits is reached first. That somebody's courses
/// need their account, and that the table is written to at all, is left out, so nothing can reach it.
pub(crate) fn bound(calls: u32, latency: Duration, in_flight: u32, per_second: u32) -> Duration {
    let by_flight = latency * calls / in_flight.max(1);
    if per_second == 0 { by_flight } else { by_flight.max(Duration::from_secs(1) * calls / per_second) }
}

/// How many calls come when there were `rate` or more of them in the second before. The times need no order. A server that
/// keeps to that limit refuses no more than these: it does not count what it has refused.
pub(crate) fn calls_over(mut times: Vec<Timestamp>, rate: usize) -> usize {
    times.sort_unstable();
    let second = SignedDuration::from_secs(1);
    let mut first = 0;
    let mut over = 0;
    for (index, time) in times.iter().enumerate() {
        while time.duration_since(times[first]) >= second {
            first += 1;
        }
        over += usize::from(index - first >= rate);
    }
    over
}

/// What an import used of AWS.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    /// People.
    pub(crate) people: f64,
    /// Seconds of all the worker's invocations, cold starts included: W x T.
    pub(crate) worker_seconds: f64,
    /// The worker's memory, in MB.
    pub(crate) memory: f64,
    /// Invocations of the worker.
    pub(crate) invocations: f64,
    /// Requests of the HTTP API: the press, the page and its polls.
    pub(crate) requests: f64,
    /// Write units and read units of the table.
    pub(crate) write_units: f64,
    pub(crate) read_units: f64,
    /// Secrets that were read.
    pub(crate) secrets: f64,
    /// Bytes that were logged.
    pub(crate) logged: f64,
}

impl Used {
    /// The formula of cost, by list prices of 2026: W*T*mem*1.33334e-5 + 0.2e-6*(I+P) + 0.5e-6*(ceil(n/10)+2I) +
    /// 0.625e-6*writes + 0.125e-6*R + 1e-6*P + 5e-6*S + 0.5*logGB. Writes are counted and not reckoned.
    pub(crate) fn cost(&self) -> f64 {
        self.worker_seconds * (self.memory / 1_024.0) * 1.333_34e-5
            + 0.2e-6 * (self.invocations + self.requests)
            + 0.5e-6 * ((self.people / 10.0).ceil() + 2.0 * self.invocations)
            + 0.625e-6 * self.write_units
            + 0.125e-6 * self.read_units
            + 1e-6 * self.requests
            + 5e-6 * self.secrets
            + 0.5 * self.logged / 1e9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_limit_that_is_reached_first() {
        let latency = Duration::from_millis(300);
        assert_eq!(bound(1_200, latency, 10, 20), Duration::from_mins(1), "the rate");
        assert_eq!(bound(1_200, latency, 4, 20), Duration::from_secs(90), "calls in flight");
        assert_eq!(bound(1_200, Duration::from_millis(50), 20, 0), Duration::from_secs(3), "no rate");
        assert_eq!(bound(1_200, latency, 4, 5), Duration::from_mins(4));
    }

    #[test]
    fn a_call_is_over_the_rate_where_the_second_before_it_is_full() {
        let at = |milliseconds: i64| Timestamp::from_millisecond(milliseconds).expect("a time");
        let even: Vec<Timestamp> = (0..100).map(|number| at(number * 200)).collect();
        assert_eq!(calls_over(even.clone(), 5), 0, "five in any second, each a second after the fifth before it");
        assert_eq!(calls_over(even, 4), 96);
        assert_eq!(calls_over([0, 10, 20, 999, 1_000, 1_001].map(at).to_vec(), 3), 3, "the last three");
        assert_eq!(calls_over([0, 10, 20, 1_000, 1_010].map(at).to_vec(), 3), 0);
        assert_eq!(calls_over([1_000, 0, 999].map(at).to_vec(), 2), 0, "in any order, and a whole second is over");
        assert_eq!(calls_over(Vec::new(), 1), 0);
    }

    #[test]
    fn the_cost_is_that_of_the_formula() {
        // By hand: a worker of 256 MB for 60 s, one invocation, 40 requests, 640 writes, 500 reads, 2 secrets, 100 kB.
        let used = Used {
            people: 200.0,
            worker_seconds: 60.0,
            memory: 256.0,
            invocations: 1.0,
            requests: 40.0,
            write_units: 640.0,
            read_units: 500.0,
            secrets: 2.0,
            logged: 100_000.0,
        };
        let expected = 0.000_200_001 + 0.000_008_2 + 0.000_011 + 0.000_4 + 0.000_062_5 + 0.000_04 + 0.000_01 + 0.000_05;
        assert!((used.cost() - expected).abs() < 1e-9, "{}", used.cost());
    }
}
