//! The one fake world: its settings, its state and the handle to it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, SystemClock};
use crate::gate::Gate;
use crate::go1::{Go1Side, Go1State};
use crate::random::Random;
use crate::xero::{XeroSide, XeroState};

/// When a Xero user was changed, in milliseconds since 1970: all that Xero sends of a user beyond what is needed, but for
/// whether they subscribe.
pub const XERO_USER_CANARY: &str = "1555666555666";

/// Marks that stand in everything which Xero sends and which must not cross to GO1 or stay anywhere: names of the
/// middle, birth dates, phones, tax and bank details of employees; when a Xero user was changed; an organisation's address
/// and tax number. As Xero sends them; [`World::canaries`] has them in every form.
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

/// One of Xero's limits.
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

/// What GO1 makes of a second user account with the email of the first. It does not say, so all of it can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    /// 409, `user_account_exists`.
    Conflict,
    /// 400, without a code.
    BadRequest,
    /// 422, without a code.
    Unprocessable,
    /// It makes another account.
    Accepted,
}

/// What a world is made from. `WorldSettings::default()` is right for tests.
#[derive(Clone)]
pub struct WorldSettings {
    /// Every generated id, name and token follows from it.
    pub seed: u64,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where a browser reaches the Xero stand-in; also the issuer of its tokens.
    pub xero_public_url: String,
    /// Where a browser reaches the GO1 stand-in.
    pub go1_public_url: String,
    /// Where the Xero tile of a portal's Integrations page leads, with `?portal={domain}` behind it.
    pub xero_tile_url: String,
    /// The redirect URIs registered at Xero, compared byte by byte.
    pub xero_redirect_uris: Vec<String>,
    /// The redirect URIs registered at GO1, compared byte by byte.
    pub go1_redirect_uris: Vec<String>,
    /// The calls that Xero allows.
    pub xero_limits: XeroLimits,
    /// Whether one consent may connect several organisations (Xero's "bulk connections").
    pub xero_bulk_connections: bool,
    /// How many connections the Xero app may hold before consent ends on Xero's limit page.
    pub xero_connection_limit: Option<usize>,
    /// The `Detail` of the 401 that tells a user without the payroll role, and everybody at a payroll that refuses. Nobody
    /// has published the real one; `AuthorizationUnsuccessful`, as at a missing scope, is possible.
    pub xero_payroll_refusal: String,
    /// How long each Xero call takes.
    pub xero_latency: Duration,
    /// How long each GO1 call takes.
    pub go1_latency: Duration,
    /// Calls that GO1 allows in any second for one token; none: no limit.
    pub go1_calls_per_second: Option<u32>,
    /// How many user accounts a portal may hold before GO1 answers 406; none: no limit.
    pub go1_portal_user_limit: Option<usize>,
    /// What GO1 makes of a second user account with the same email.
    pub go1_duplicates: Duplicates,
    /// Whether Xero has nobody and nothing, which is made in no time.
    pub xero_is_empty: bool,
    /// Whether the restricted scope `user.login` (one-time login links) is granted.
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
    /// Added to the clock, so that a running stand-in can be sent ahead in time.
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
    xero_gate: Gate,
    go1_gate: Gate,
}

/// A handle to the fake world; clones share it.
#[derive(Clone)]
pub struct World(Arc<Inner>);

impl Default for World {
    fn default() -> Self {
        Self::new(WorldSettings::default())
    }
}

impl World {
    /// A fresh world: nobody connected, nothing imported.
    pub fn new(settings: WorldSettings) -> Self {
        let inner = Inner {
            state: Mutex::new(State::new(&settings)),
            xero_gate: Gate::new(settings.seed, 2, settings.xero_latency, None),
            go1_gate: Gate::new(settings.seed, 3, settings.go1_latency, settings.go1_calls_per_second),
            settings,
        };
        Self(Arc::new(inner))
    }

    /// Puts everything back as it was at the start, with the same seed.
    pub fn reset(&self) {
        *self.state() = State::new(&self.0.settings);
        self.0.xero_gate.reset();
        self.0.go1_gate.reset();
    }

    /// The time in this world.
    pub fn now(&self) -> Timestamp {
        let ahead = self.state().ahead;
        self.0.settings.clock.now().checked_add(ahead).unwrap_or(Timestamp::MAX)
    }

    /// Sends this world ahead in time, on top of its clock.
    pub fn advance(&self, duration: SignedDuration) {
        self.state().ahead += duration;
    }

    /// What this world was made from.
    pub fn settings(&self) -> &WorldSettings {
        &self.0.settings
    }

    /// The Xero side: what it holds, what it was asked, how it shall fail.
    pub fn xero(&self) -> XeroSide {
        XeroSide(self.clone())
    }

    /// The GO1 side: what it holds, what it was asked, how it shall fail.
    pub fn go1(&self) -> Go1Side {
        Go1Side(self.clone())
    }

    /// Everything to hunt for that Xero sends and nobody may keep: [`CANARIES`], and of each moment among them also the
    /// day and the seconds since 1970, as somebody would write it who had read it.
    pub fn canaries() -> Vec<String> {
        let mut canaries: Vec<String> = CANARIES.iter().map(|&canary| canary.to_owned()).collect();
        let moments = CANARIES.iter().filter_map(|canary| Timestamp::from_millisecond(canary.parse().ok()?).ok());
        for moment in moments {
            canaries.push(moment.strftime("%Y-%m-%d").to_string());
            canaries.push(moment.as_second().to_string());
        }
        canaries
    }

    /// Every token, code and one-time token that the two stand-ins have given out, for a test that hunts for secrets.
    pub fn issued_secrets(&self) -> Vec<String> {
        let state = self.state();
        let mut secrets = state.xero.secrets();
        secrets.extend(state.go1.secrets());
        secrets
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn xero_gate(&self) -> &Gate {
        &self.0.xero_gate
    }

    pub(crate) fn go1_gate(&self) -> &Gate {
        &self.0.go1_gate
    }
}
