//! The world: everything that the fake Xero and the fake GO1 hold, with their common time, and its settings.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, SystemClock};
use crate::go1::{FakeGo1, Go1State};
use crate::interceptor::Interceptor;
use crate::random::Random;
use crate::xero::{FakeXero, XeroState};

/// The time at which a Xero user was changed, in milliseconds since 1970. Beside the flag of the subscriber it is the only
/// thing that Xero sends of a user without the product needing it.
pub const XERO_USER_CANARY: &str = "1555666555666";

/// The canaries: marked values in everything that Xero sends and that must neither reach GO1 nor be kept. They stand for
/// middle names, birth dates, phones, tax and bank details of employees, for the time at which a Xero user was changed, and
/// for an organisation's address and tax number. Here they are as Xero sends them; [`World::canaries`] has every form.
pub const CANARIES: &[&str] = &[
    "CANARY-MIDDLE",
    "CANARY-GENDER",
    "CANARY-PHONE",
    "CANARY-MOBILE",
    "CANARY-JOB-TITLE",
    "CANARY-ADDRESS",
    "CANARY-TAX-FILE-NUMBER",
    "CANARY-BANK-ACCOUNT",
    // A birth date and a start date, in milliseconds since 1970.
    "333777333777",
    "1444555444555",
    // The first part of the ids of a pay rate and of a payroll calendar.
    "c0ffeeca",
    XERO_USER_CANARY,
    "CANARY-TAX-NUMBER",
];

/// One of Xero's rate limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum XeroLimit {
    /// Calls at the same time, for one organisation.
    Concurrent,
    /// Calls in a minute, for one organisation.
    Minute,
    /// Calls in a day, for one organisation.
    Day,
    /// Calls in a minute, over all organisations.
    AppMinute,
}

/// The calls that Xero allows, counted in fixed windows
/// (<https://developer.xero.com/documentation/guides/oauth2/limits/>).
#[derive(Clone, Copy, Debug)]
pub struct XeroLimits {
    /// Calls at the same time, for one organisation.
    pub concurrent: u32,
    /// Calls in a minute, for one organisation.
    pub minute: u32,
    /// Calls in a day, for one organisation.
    pub day: u32,
    /// Calls in a minute, over all organisations.
    pub app_minute: u32,
}

impl Default for XeroLimits {
    fn default() -> Self {
        Self { concurrent: 5, minute: 60, day: 5_000, app_minute: 10_000 }
    }
}

/// How GO1 answers the creation of a second user account with the same email. Its documentation does not say, so the
/// product has to cope with all of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// It answers 409 with the code `user_account_exists`.
    Conflict,
    /// It answers 400 without a code.
    BadRequest,
    /// It answers 422 without a code.
    Unprocessable,
    /// It creates another account.
    Accepted,
}

/// The settings of a world. The default is right for most tests.
#[derive(Clone)]
pub struct WorldSettings {
    /// The seed of every generated id, name and token.
    pub seed: u64,
    pub clock: Arc<dyn Clock>,
    /// The address at which a browser reaches the fake Xero. It is also the issuer of its tokens.
    pub xero_public_url: String,
    /// The address at which a browser reaches the fake GO1.
    pub go1_public_url: String,
    /// The address that the Xero tile of a portal's Integrations page opens, with `?portal={domain}` behind it.
    pub xero_tile_url: String,
    /// The redirect URIs registered at Xero, compared byte by byte.
    pub xero_redirect_uris: Vec<String>,
    /// The redirect URIs registered at GO1, compared byte by byte.
    pub go1_redirect_uris: Vec<String>,
    pub xero_limits: XeroLimits,
    /// Whether one consent may connect several organisations (Xero's "bulk connections").
    pub xero_bulk_connections: bool,
    /// How many connections the Xero app may hold before consent ends on Xero's limit page.
    pub xero_connection_limit: Option<usize>,
    /// The `Detail` of the 401 for a user without the payroll role, and for everybody where the payroll is refused. The real
    /// one is not published; it could be `AuthorizationUnsuccessful`, as for a missing scope.
    pub xero_payroll_refusal: String,
    /// How long each Xero call takes.
    pub xero_latency: Duration,
    /// How long each GO1 call takes.
    pub go1_latency: Duration,
    /// How many calls GO1 allows in any second for one token; `None` is no limit.
    pub go1_calls_per_second: Option<u32>,
    /// How many user accounts a portal may hold before GO1 answers 406; `None` is no limit.
    pub go1_portal_user_limit: Option<usize>,
    pub go1_duplicates: Duplicates,
    /// Whether Xero has no sample people and organisations. Making them takes longer than many a test.
    pub xero_is_empty: bool,
    /// Whether GO1 has granted the restricted scope `user.login`, for one-time login links.
    pub go1_one_time_login: bool,
}

impl Default for WorldSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            clock: Arc::new(SystemClock),
            xero_public_url: "http://xero.localhost:8401".to_owned(),
            go1_public_url: "http://go1.localhost:8402".to_owned(),
            xero_tile_url: "http://app.localhost:8400/portal".to_owned(),
            xero_redirect_uris: vec!["http://app.localhost:8400/oauth/xero/callback".to_owned()],
            go1_redirect_uris: vec!["http://app.localhost:8400/oauth/go1/callback".to_owned()],
            xero_limits: XeroLimits::default(),
            xero_bulk_connections: false,
            xero_connection_limit: None,
            xero_payroll_refusal: "You are not permitted to access this resource".to_owned(),
            xero_latency: Duration::ZERO,
            go1_latency: Duration::ZERO,
            go1_calls_per_second: None,
            go1_portal_user_limit: None,
            go1_duplicates: Duplicates::Conflict,
            xero_is_empty: false,
            go1_one_time_login: true,
        }
    }
}

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

    pub fn xero(&self) -> FakeXero {
        FakeXero(self.clone())
    }

    pub fn go1(&self) -> FakeGo1 {
        FakeGo1(self.clone())
    }

    /// Every text that must not turn up anywhere: [`CANARIES`], and for those that are times also the date and the seconds
    /// since 1970, which is how code would write them that has parsed them.
    pub fn canaries() -> Vec<String> {
        let mut canaries: Vec<String> = CANARIES.iter().map(|&canary| canary.to_owned()).collect();
        let moments = CANARIES.iter().filter_map(|canary| Timestamp::from_millisecond(canary.parse().ok()?).ok());
        for moment in moments {
            canaries.push(moment.strftime("%Y-%m-%d").to_string());
            canaries.push(moment.as_second().to_string());
        }
        canaries
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
