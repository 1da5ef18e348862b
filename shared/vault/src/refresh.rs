//! How a vault asks an upstream for the next pair of tokens. Callers implement it, so that the vault depends on no
//! upstream.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;

use crate::TokenSet;

/// Exchanges a refresh token for the next pair (RFC 6749, section 6).
#[async_trait]
pub trait Refresh: Send + Sync {
    /// Asks the upstream for the next pair.
    async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure>;

    /// Has what the upstream knows us by, or reads it. Asked before anything of a renewal is begun, because it may take time.
    async fn ready(&self) -> Result<(), NotReady> {
        Ok(())
    }

    /// Whether the upstream takes a refresh token again for a while after it was exchanged, as Xero does for 30 minutes
    /// (<https://developer.xero.com/faq/oauth2>). Then a pair that cannot be stored in time is better got once more.
    fn takes_tokens_again(&self) -> bool {
        false
    }
}

/// What the upstream knows us by cannot be read. Operations have been told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotReady;

/// Why there is no next pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshFailure {
    /// The upstream refused the refresh token. Nothing else ends a grant.
    #[error("the refresh token was refused")]
    Refused,
    /// The upstream renewed nothing. The refresh token is still valid.
    #[error("the upstream is not available")]
    Unavailable,
    /// The upstream renewed nothing, and asks to be left alone for this long. The refresh token is still valid.
    #[error("the upstream asks to be left alone")]
    RetryAfter(SignedDuration),
    /// The upstream refuses this product, and not the refresh token, which is still valid. A login does not help.
    #[error("the upstream refuses this product as a client")]
    OurFault,
    /// The upstream may have renewed the tokens, but its answer did not arrive. Whether the refresh token still works,
    /// only the upstream can say, so it is asked once more: Xero accepts the previous one for 30 minutes
    /// (<https://developer.xero.com/faq/oauth2>), and GO1 where the request never reached it.
    #[error("the answer was lost")]
    OutcomeUnknown,
}
