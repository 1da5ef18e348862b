//! The settings of a world: seed, clock and addresses, and how strict the fakes are where the real services differ or do not
//! say.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, SystemClock};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
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
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own, and none follows from another")]
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
    /// How far GO1's lists and searches of people and enrollments are behind what was written, where a portal has no
    /// time of its own (`set_lists_behind`). Its documentation promises nothing.
    pub go1_lists_behind: SignedDuration,
    /// Whether Xero has no sample people and organisations. Making them takes longer than many a test.
    pub xero_is_empty: bool,
    /// Whether GO1 tells the partner whose a portal is where it is asked for that. Its reference says so of one endpoint.
    pub go1_tells_customer_ids: bool,
    /// Whether the pages of GO1's login lose PKCE's challenge on the way to the code, whose exchange is then refused.
    pub go1_loses_challenges: bool,
    /// Whether the keyword of a list of portals is looked for in their addresses too. The reference says in the name; its
    /// example is an address.
    pub go1_keyword_finds_addresses: bool,
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
            go1_lists_behind: SignedDuration::ZERO,
            xero_is_empty: false,
            go1_tells_customer_ids: true,
            go1_loses_challenges: false,
            go1_keyword_finds_addresses: true,
            go1_one_time_login: true,
        }
    }
}
