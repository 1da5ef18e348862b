#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod refresh;
mod seal;
mod vault;

pub use refresh::{LostAnswer, Refresh, RefreshFailure};
pub use seal::{SealError, SealingKeys};
pub use vault::{AccessToken, Vault, VaultError};

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
