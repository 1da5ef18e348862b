//! The simulated time. Each process run has a runtime with a paused clock of its own; this clock goes on from where the
//! run before it ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// Clones share the time.
#[derive(Clone, Debug)]
pub(crate) struct SimulatedClock(Arc<Mutex<Time>>);

#[derive(Debug)]
struct Time {
    base: Timestamp,
    /// When the current process run started, by the clock of its runtime.
    run_started: Option<Instant>,
}

impl SimulatedClock {
    pub(crate) fn at(base: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Time { base, run_started: None })))
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn read(&self) -> Timestamp {
        let time = self.time();
        let elapsed = time.run_started.map_or(SignedDuration::ZERO, |started| {
            SignedDuration::try_from(started.elapsed()).unwrap_or(SignedDuration::ZERO)
        });
        time.base + elapsed
    }

    /// Follows the clock of the runtime from now on. It must be called inside that runtime.
    pub(crate) fn start_run(&self) {
        self.time().run_started = Some(Instant::now());
    }

    /// Keeps the time that the runtime's clock has reached. It must be called inside that runtime.
    pub(crate) fn end_run(&self) {
        let now = self.read();
        *self.time() = Time { base: now, run_started: None };
    }

    /// Moves the time on to `then` between two process runs. A time that has passed changes nothing.
    pub(crate) fn advance_to(&self, then: Timestamp) {
        let mut time = self.time();
        time.base = time.base.max(then);
    }
}

impl domain::clock::Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.read()
    }
}

impl stand_ins::Clock for SimulatedClock {
    fn now(&self) -> Timestamp {
        self.read()
    }
}
