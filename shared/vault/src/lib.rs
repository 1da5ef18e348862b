#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod insist;
mod invocation;
mod refresh;
mod renewal;
mod resealing;
mod seal;
mod sealed_grants;
mod vault;

pub use insist::{Passing, insist};
pub use invocation::{OutOfTime, has_time, invocation, unbroken};
pub use refresh::{NotReady, Refresh, RefreshFailure};
pub use resealing::{Resealed, Resealer};
pub use seal::{SealError, SealingKeys};
pub use sealed_grants::{AccessToken, GrantState, VaultError};
pub use vault::Vault;

use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use state::LONGEST_GRANT_STORE;

/// How long one call to an upstream takes at the longest: the time-out of the clients' transport, `HttpSettings::timeout`.
/// A shorter one for the token endpoints would lose more answers, and with them pairs that work once.
pub const LONGEST_CALL: Duration = Duration::from_secs(10);

/// How much of the invocation must be left before an upstream is asked for what it says once: a slow call, and a slow store
/// after it. A function whose time-out is shorter can never renew a token; the worker does not start with such a setting.
pub const CALL_AND_STORE: Duration = LONGEST_CALL.saturating_add(LONGEST_GRANT_STORE);

/// An access token and its refresh token. Their values do not appear in debug output.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// The bearer token for calls (RFC 6750).
    pub access_token: SecretString,
    /// The token with which the next pair is requested (RFC 6749, section 6).
    pub refresh_token: SecretString,
    /// When the access token expires: the time of receipt plus `expires_in`.
    pub access_expires_at: Timestamp,
}
