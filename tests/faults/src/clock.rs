//! The simulated time: that of the paused clock of the run's runtime.

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The time at which every run starts.
pub(crate) const START: Timestamp = Timestamp::constant(1_795_392_000, 0);

/// The time of a run, or of one process whose clock is wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SimulatedClock {
    began: Instant,
    base: Timestamp,
    off_by: SignedDuration,
}

impl SimulatedClock {
    /// A clock that shows `base` now. It must be made, and read, inside the runtime of the run.
    pub(crate) fn at(base: Timestamp) -> Self {
        Self { began: Instant::now(), base, off_by: SignedDuration::ZERO }
    }

    /// The same clock, off by this much.
    pub(crate) fn off_by(self, off_by: SignedDuration) -> Self {
        Self { off_by, ..self }
    }

    pub(crate) fn read(&self) -> Timestamp {
        self.base + SignedDuration::try_from(self.began.elapsed()).unwrap_or(SignedDuration::ZERO) + self.off_by
    }

    /// The runtime's time for this time.
    pub(crate) fn instant(&self, then: Timestamp) -> Instant {
        self.began + std::time::Duration::try_from(then.duration_since(self.base)).unwrap_or_default()
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
