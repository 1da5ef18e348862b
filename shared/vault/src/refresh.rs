//! How a vault asks an upstream for the next pair of tokens. Callers implement it, so that the vault depends on no
//! upstream.

use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;

use crate::TokenSet;

/// Exchanges a refresh token for the next pair (RFC 6749, section 6).
#[async_trait]
pub trait Refresh: Send + Sync {
    /// Asks the upstream for the next pair.
    async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure>;

    /// Whether a refresh token still works after its answer was lost, which differs between upstreams.
    fn after_lost_answer(&self) -> LostAnswer;
}

/// Why there is no next pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshFailure {
    /// The upstream refused the refresh token (`invalid_grant`).
    #[error("the refresh token was refused")]
    Refused,
    /// The upstream renewed nothing. The refresh token is still valid.
    #[error("the upstream is not available")]
    Unavailable,
    /// The upstream may have renewed the tokens, but its answer did not arrive.
    #[error("the answer was lost")]
    OutcomeUnknown,
}

/// What a lost answer to a refresh means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LostAnswer {
    /// The same refresh token may be sent again: Xero accepts the previous one for 30 minutes.
    /// (<https://developer.xero.com/faq/oauth2>)
    MayRepeat,
    /// The refresh token is used up and the grant is over: GO1's refresh tokens work once.
    EndsGrant,
}
