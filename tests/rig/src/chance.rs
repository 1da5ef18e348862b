//! The time and the randomness that everything in a rig shares.

use std::sync::{Mutex, PoisonError};

use domain::clock::{Clock, Random};
use jiff::Timestamp;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use stand_ins::{Clock as _, TokioClock};

/// When every rig begins.
const BEGINNING: Timestamp = Timestamp::constant(1_795_392_000, 0);

/// The time of the tokio runtime, for the product and for the fake world alike.
#[derive(Clone, Copy, Debug)]
pub struct RigClock(pub(crate) TokioClock);

impl RigClock {
    pub(crate) fn begin() -> Self {
        Self(TokioClock::starting_at(BEGINNING))
    }
}

impl Clock for RigClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// Randomness that follows from a seed.
#[derive(Debug)]
pub struct SeededRandom(Mutex<StdRng>);

impl SeededRandom {
    /// Of this seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}
