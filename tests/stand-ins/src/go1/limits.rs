//! A rate limit for each token: so many calls in any second. GO1 documents no limit, so a test has to switch this one on.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    recent: HashMap<String, VecDeque<Timestamp>>,
    refused: usize,
}

impl Limits {
    /// Counts a call of this token, or refuses it by returning false.
    pub(crate) fn start_call(&mut self, token: &str, calls_per_second: u32, now: Timestamp) -> bool {
        let recent = self.recent.entry(token.to_owned()).or_default();
        while recent.front().is_some_and(|first| now.duration_since(*first) >= SignedDuration::from_secs(1)) {
            recent.pop_front();
        }
        if recent.len() >= calls_per_second as usize {
            self.refused += 1;
            return false;
        }
        recent.push_back(now);
        true
    }

    pub(crate) fn refused(&self) -> usize {
        self.refused
    }
}
