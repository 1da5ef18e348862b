//! How a vault asks an upstream for the next pair of tokens. Functions hand it in, so the vault knows no upstream.

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::TokenSet;

/// Exchanges a refresh token.
#[async_trait]
pub trait Refresh: Send + Sync {
    /// Asks for the next pair.
    async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure>;

    /// What a lost answer means at this upstream.
    fn after_lost_answer(&self) -> LostAnswer;
}

/// Why there is no next pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshFailure {
    /// The upstream refused the refresh token (`invalid_grant`).
    #[error("the refresh token was refused")]
    Refused,
    /// The upstream did not do it. The token is still good.
    #[error("the upstream is not available")]
    Unavailable,
    /// The upstream may have done it, and its answer did not arrive.
    #[error("the answer was lost")]
    OutcomeUnknown,
}

/// What a lost answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostAnswer {
    /// The same token may be sent again: Xero takes the previous one for 30 minutes.
    /// (<https://developer.xero.com/faq/oauth2>)
    MayRepeat,
    /// The token is used up: GO1's work once. The grant is over.
    EndsGrant,
}
