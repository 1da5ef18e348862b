//! One time for many runtimes: each episode's paused clock goes on where the one before ended.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The time of a universe. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct UniverseClock(Arc<Mutex<Time>>);

#[derive(Debug)]
struct Time {
    base: Timestamp,
    /// When the running episode began, by its runtime's clock.
    begun: Option<Instant>,
}

impl UniverseClock {
    /// A clock that shows `base`.
    pub(crate) fn at(base: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(Time { base, begun: None })))
    }

    fn time(&self) -> MutexGuard<'_, Time> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time.
    pub(crate) fn read(&self) -> Timestamp {
        let time = self.time();
        let elapsed = time.begun.map_or(SignedDuration::ZERO, |begun| {
            SignedDuration::try_from(begun.elapsed()).unwrap_or(SignedDuration::ZERO)
        });
        time.base + elapsed
    }

    /// An episode begins. Called in its runtime.
    pub(crate) fn begin(&self) {
        self.time().begun = Some(Instant::now());
    }

    /// An episode ends. Called in its runtime.
    pub(crate) fn end(&self) {
        let now = self.read();
        *self.time() = Time { base: now, begun: None };
    }

    /// Between episodes: nothing happens until `then`, unless it has passed.
    pub(crate) fn jump(&self, then: Timestamp) {
        let mut time = self.time();
        time.base = time.base.max(then);
    }
}

impl domain::clock::Clock for UniverseClock {
    fn now(&self) -> Timestamp {
        self.read()
    }
}

impl stand_ins::Clock for UniverseClock {
    fn now(&self) -> Timestamp {
        self.read()
    }
}
