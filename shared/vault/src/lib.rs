#![doc = include_str!("../README.md")]

mod refresh;
mod seal;
mod vault;

pub use refresh::{LostAnswer, Refresh, RefreshFailure};
pub use seal::{SealError, SealingKeys};
pub use vault::{AccessToken, Vault, VaultError};

use jiff::Timestamp;
use secrecy::SecretString;

/// A pair of tokens. Does not print.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// What a call carries.
    pub access_token: SecretString,
    /// What the next pair is asked for with.
    pub refresh_token: SecretString,
    /// When the access token expires, from `expires_in` at receipt.
    pub access_expires_at: Timestamp,
}
