//! A burst of sign-ups, and what it does to the functions with pages when all of them are cold.

use std::collections::BTreeMap;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::load::one;

/// What a sign-up asks for until the people are shown: the function, and our own and the upstreams' seconds of the answer.
/// Assumed: calls to Xero at 300 ms each, our own parts a few calls of the table.
const WALK: [(&str, f64, f64); 9] = [
    ("signup", 0.005, 0.0),
    ("signup", 0.005, 0.0),
    ("signup", 0.020, 0.0),
    ("oauth-callback", 0.040, 0.9),
    ("oauth-callback", 0.020, 0.0),
    ("oauth-callback", 0.040, 0.3),
    ("preview", 0.020, 0.3),
    ("preview", 0.060, 0.9),
    ("preview", 0.030, 0.0),
];

/// What the burst came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Burst {
    /// Of an answer, without the upstreams' part: the median, and what 99 of 100 stay under.
    pub(crate) median: f64,
    pub(crate) ninety_nine: f64,
    /// Environments that were started.
    pub(crate) started: usize,
    pub(crate) answers: usize,
    /// Answers of 429 by the HTTP API's own limit, whose press is made again after a second.
    pub(crate) throttled: usize,
}

/// So many sign-ups begin within so many seconds, every process cold; `start` is what a new one takes, and the HTTP API
/// answers `steady` requests a second and `burst` at once. Between two pages people take `thinking` seconds on average.
pub(crate) fn burst(seed: u64, sign_ups: usize, within: f64, start: f64, limit: (f64, f64), thinking: f64) -> Burst {
    let mut random = StdRng::seed_from_u64(seed);
    let mut waiting: BTreeMap<(u64, usize), usize> = BTreeMap::new();
    for number in 0..sign_ups {
        waiting.insert((nanoseconds(one(&mut random) * within), number), 0);
    }
    // When each environment is free again, by function.
    let mut free: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let (mut tokens, mut filled_at) = (limit.1, 0.0);
    let (mut own, mut throttled, mut started) = (Vec::new(), 0, 0);
    while let Some(((at, number), step)) = waiting.pop_first() {
        let now = seconds(at);
        tokens = f64::min(tokens + (now - filled_at) * limit.0, limit.1);
        filled_at = now;
        if tokens < 1.0 {
            throttled += 1;
            waiting.insert((at + nanoseconds(1.0), number), step);
            continue;
        }
        tokens -= 1.0;
        let (name, ours, theirs) = WALK[step];
        let environments = free.entry(name).or_default();
        let cold = if let Some(idle) = environments.iter_mut().find(|until| **until <= now) {
            *idle = now + ours + theirs;
            0.0
        } else {
            environments.push(now + start + ours + theirs);
            started += 1;
            start
        };
        own.push(cold + ours);
        if step + 1 < WALK.len() {
            let next = now + cold + ours + theirs - thinking * one(&mut random).ln();
            waiting.insert((nanoseconds(next), number), step + 1);
        }
    }
    own.sort_by(f64::total_cmp);
    Burst { median: own[own.len() / 2], ninety_nine: own[own.len() * 99 / 100], started, answers: own.len(), throttled }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "minutes")]
fn nanoseconds(seconds: f64) -> u64 {
    (seconds * 1e9).round() as u64
}

#[expect(clippy::cast_precision_loss, reason = "minutes in nanoseconds are far below two to the power of 52")]
fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_answered_a_cold_process_costs_its_start_and_the_limit_refuses() {
        let calm = burst(1, 1, 60.0, 0.5, (100.0, 200.0), 1.0);
        assert_eq!((calm.answers, calm.started, calm.throttled), (WALK.len(), 3, 0), "one process of each function");
        let crowd = burst(1, 500, 60.0, 0.5, (1_000.0, 2_000.0), 1.0);
        assert_eq!((crowd.answers, crowd.throttled), (500 * WALK.len(), 0));
        assert!(crowd.started > 3 && crowd.ninety_nine < 1.0, "{crowd:?}");
        let limited = burst(1, 500, 60.0, 0.5, (20.0, 20.0), 1.0);
        assert!(limited.throttled > 0 && limited.answers == crowd.answers, "{limited:?}");
    }
}
