//! Calls to upstreams, counted and timed: one line for each kind of call of an invocation, whatever the log's level.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The target of the lines with figures. They are no part of the log that people read: `platform::telemetry` writes them
/// in `CloudWatch`'s embedded metric format.
pub const FIGURES: &str = "figures";

/// The most values that one metric of a line may have in the embedded metric format.
const MOST_VALUES: usize = 100;

tokio::task_local! {
    static CALLS: Calls;
}

/// How a call ended, as far as it is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Well,
    /// The upstream said no.
    Refused,
    /// It answered 429.
    Limited,
    /// It answered with an error of its own, or not at all.
    Failed,
}

/// The calls of one kind.
#[derive(Default)]
struct Figures {
    durations: Vec<u64>,
    limited: usize,
    failed: usize,
}

impl Figures {
    fn add(&mut self, duration_ms: u64, ended: Ended) {
        self.durations.push(duration_ms);
        self.limited += usize::from(ended == Ended::Limited);
        self.failed += usize::from(ended == Ended::Failed);
    }

    /// The counts stand in the first line only, because `CloudWatch` adds those of all lines.
    fn tell(&self, upstream: &'static str, call: &'static str) {
        let (mut limited, mut failed) = (self.limited, self.failed);
        for durations in self.durations.chunks(MOST_VALUES) {
            let durations = durations.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
            tracing::info!(target: FIGURES, upstream, call, durations, limited, failed);
            (limited, failed) = (0, 0);
        }
    }
}

/// The calls of one invocation, told when it is over. Of one that is killed nothing is told.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<BTreeMap<(&'static str, &'static str), Figures>>>);

impl Calls {
    fn tell(&self) {
        for ((upstream, call), figures) in &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            figures.tell(upstream, call);
        }
    }
}

/// Counts the calls of `work`, which is one invocation, and tells of them together when it has ended.
pub async fn counted<T>(work: impl Future<Output = T>) -> T {
    let calls = Calls::default();
    let result = CALLS.scope(calls.clone(), work).await;
    calls.tell();
    result
}

/// Counts a call for the invocation that it is part of. One that belongs to none, such as a renewal in a task of its own,
/// is told at once.
pub(crate) fn count(upstream: &'static str, call: &'static str, duration_ms: u64, ended: Ended) {
    let add = |calls: &Calls| {
        let mut calls = calls.0.lock().unwrap_or_else(PoisonError::into_inner);
        calls.entry((upstream, call)).or_default().add(duration_ms, ended);
    };
    if CALLS.try_with(add).is_err() {
        let mut alone = Figures::default();
        alone.add(duration_ms, ended);
        alone.tell(upstream, call);
    }
}
