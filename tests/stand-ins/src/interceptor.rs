//! The interceptor of a fake upstream. It keeps the request log, and decides for each call how long it waits and which scripted
//! fault it meets.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::faults::{self, Fault, FaultKind};
use crate::random::Random;
use crate::request_log::RequestLog;

#[derive(Debug)]
struct InterceptorState {
    log: RequestLog,
    faults: Vec<Fault>,
    random: Random,
    latency: Duration,
    calls_per_second: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct Interceptor {
    seed: u64,
    purpose: u64,
    latency: Duration,
    calls_per_second: Option<u32>,
    state: Mutex<InterceptorState>,
}

/// What happens to one call.
pub(crate) struct Decision {
    /// The position of the call in the log.
    pub(crate) position: usize,
    pub(crate) delay: Duration,
    pub(crate) latency: Duration,
    pub(crate) fault: Option<FaultKind>,
}

impl Interceptor {
    pub(crate) fn new(seed: u64, purpose: u64, latency: Duration, calls_per_second: Option<u32>) -> Self {
        let state = InterceptorState {
            log: RequestLog::default(),
            faults: Vec::new(),
            random: Random::new(seed, purpose),
            latency,
            calls_per_second,
        };
        Self { seed, purpose, latency, calls_per_second, state: Mutex::new(state) }
    }

    pub(crate) fn reset(&self) {
        let fresh = Self::new(self.seed, self.purpose, self.latency, self.calls_per_second);
        *self.lock() = fresh.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    }

    /// Reads or changes the scripted faults.
    pub(crate) fn with_faults<T>(&self, work: impl FnOnce(&mut Vec<Fault>) -> T) -> T {
        work(&mut self.lock().faults)
    }

    /// Reads the request log.
    pub(crate) fn with_log<T>(&self, work: impl FnOnce(&RequestLog) -> T) -> T {
        work(&self.lock().log)
    }

    fn lock(&self) -> MutexGuard<'_, InterceptorState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a call into the log, and says how long it waits and how it fails. `text` is the whole request.
    pub(crate) fn start(&self, now: Timestamp, endpoint: &'static str, tenant: Option<String>, text: &str) -> Decision {
        let mut state = self.lock();
        let state = &mut *state;
        let position = state.log.start(now, endpoint, tenant);
        let (delay, fault) = faults::next_fault(&mut state.faults, &mut state.random, endpoint, text);
        Decision { position, delay, latency: state.latency, fault }
    }

    pub(crate) fn end(&self, tenant: Option<&str>, position: usize, status: Option<u16>) {
        self.lock().log.end(tenant, position, status);
    }

    pub(crate) fn set_latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    pub(crate) fn calls_per_second(&self) -> Option<u32> {
        self.lock().calls_per_second
    }

    pub(crate) fn set_calls_per_second(&self, calls: Option<u32>) {
        self.lock().calls_per_second = calls;
    }
}
