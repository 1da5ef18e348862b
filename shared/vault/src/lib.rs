#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod invocation;
mod refresh;
mod renewal;
mod seal;
mod sealed_grants;
mod vault;

pub use invocation::{OutOfTime, has_time, invocation, unbroken};
pub use refresh::{Refresh, RefreshFailure};
pub use seal::{SealError, SealingKeys};
pub use sealed_grants::{AccessToken, VaultError};
pub use vault::Vault;

use jiff::Timestamp;
use secrecy::SecretString;

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
