//! The world: everything that the fake Xero and the fake GO1 hold, with their common time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::canaries;
use crate::go1::Go1State;
use crate::interceptor::Interceptor;
use crate::random::Random;
use crate::settings::WorldSettings;
use crate::xero::XeroState;

pub use crate::canaries::{CANARIES, XERO_USER_CANARY};

pub(crate) struct State {
    pub(crate) random: Random,
    pub(crate) xero: XeroState,
    pub(crate) go1: Go1State,
    /// How far this world is ahead of its clock.
    ahead: SignedDuration,
}

impl State {
    fn new(settings: &WorldSettings) -> Self {
        let now = settings.clock.now();
        Self {
            random: Random::new(settings.seed, 1),
            xero: XeroState::new(settings),
            go1: Go1State::new(settings, now),
            ahead: SignedDuration::ZERO,
        }
    }
}

struct Inner {
    settings: WorldSettings,
    state: Mutex<State>,
    xero_interceptor: Interceptor,
    go1_interceptor: Interceptor,
}

/// What both upstreams held at a moment.
#[derive(Clone)]
pub struct WorldAsItWas {
    xero: XeroState,
    go1: Go1State,
}

/// A handle to a world. Clones share it.
#[derive(Clone)]
pub struct World(Arc<Inner>);

impl Default for World {
    fn default() -> Self {
        Self::new(WorldSettings::default())
    }
}

impl World {
    /// A world with the sample people and organisations, in which nothing is connected or imported yet.
    pub fn new(settings: WorldSettings) -> Self {
        let inner = Inner {
            state: Mutex::new(State::new(&settings)),
            xero_interceptor: Interceptor::new(settings.seed, 2, settings.xero_latency, None),
            go1_interceptor: Interceptor::new(settings.seed, 3, settings.go1_latency, settings.go1_calls_per_second),
            settings,
        };
        Self(Arc::new(inner))
    }

    /// Puts everything back as it was at the start, with the same seed.
    pub fn reset(&self) {
        *self.state() = State::new(&self.0.settings);
        self.0.xero_interceptor.reset();
        self.0.go1_interceptor.reset();
    }

    /// What both upstreams hold now.
    pub fn as_it_is(&self) -> WorldAsItWas {
        let state = self.state();
        WorldAsItWas { xero: state.xero.clone(), go1: state.go1.clone() }
    }

    /// Lets both upstreams hold what they did. Time goes on, and what is random does not come again.
    pub fn put_back(&self, earlier: &WorldAsItWas) {
        let WorldAsItWas { xero, go1 } = earlier.clone();
        let mut state = self.state();
        (state.xero, state.go1) = (xero, go1);
    }

    pub fn now(&self) -> Timestamp {
        let ahead = self.state().ahead;
        self.0.settings.clock.now().checked_add(ahead).unwrap_or(Timestamp::MAX)
    }

    /// Moves the time of this world on, beside what its clock does.
    pub fn advance(&self, duration: SignedDuration) {
        self.state().ahead += duration;
    }

    pub fn settings(&self) -> &WorldSettings {
        &self.0.settings
    }

    /// Every text that Xero sends and that must not turn up anywhere, in every form in which code could write it.
    pub fn canaries() -> Vec<String> {
        canaries::every_form()
    }

    /// Every token, code and one-time token that the two fakes have issued, for a test that looks for leaked secrets.
    pub fn issued_secrets(&self) -> Vec<String> {
        let state = self.state();
        let mut secrets = state.xero.secrets();
        secrets.extend(state.go1.secrets());
        secrets
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn xero_interceptor(&self) -> &Interceptor {
        &self.0.xero_interceptor
    }

    pub(crate) fn go1_interceptor(&self) -> &Interceptor {
        &self.0.go1_interceptor
    }
}
