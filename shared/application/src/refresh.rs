//! How the vault renews a token at each upstream.

use async_trait::async_trait;
use go1::Go1Client;
use jiff::{SignedDuration, Timestamp};
use platform::telemetry::Causes;
use secrecy::SecretString;
use vault::{LostAnswer, Refresh, RefreshFailure, TokenSet};
use xero::XeroClient;

#[async_trait]
impl Refresh for XeroRefresh<'_> {
    async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure> {
        match self.0.refresh(refresh_token, now).await {
            Ok(tokens) => Ok(xero_token_set(tokens)),
            Err(xero::RefreshError::InvalidGrant) => Err(RefreshFailure::Refused),
            Err(xero::RefreshError::OutcomeUnknown) => Err(RefreshFailure::OutcomeUnknown),
            Err(xero::RefreshError::Upstream(error)) => {
                tracing::warn!(error = %Causes(&error), "Xero did not renew a token");
                Err(RefreshFailure::Unavailable)
            }
        }
    }

    fn after_lost_answer(&self) -> LostAnswer {
        LostAnswer::MayRepeat
    }
}

/// Renews at Xero.
#[derive(Debug)]
pub struct XeroRefresh<'client>(pub &'client XeroClient);

/// How long GO1's refresh token lives unused (<https://www.go1.com/developers/partners/concepts/refresh_token>).
pub const GO1_GRANT_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Renews at GO1.
#[derive(Debug)]
pub struct Go1Refresh<'client>(pub &'client Go1Client);

#[async_trait]
impl Refresh for Go1Refresh<'_> {
    async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure> {
        match self.0.refresh(refresh_token, now).await {
            Ok(tokens) => Ok(go1_token_set(tokens)),
            Err(go1::RefreshError::InvalidGrant) => Err(RefreshFailure::Refused),
            Err(go1::RefreshError::OutcomeUnknown) => Err(RefreshFailure::OutcomeUnknown),
            Err(go1::RefreshError::Upstream(error)) => {
                tracing::warn!(error = %Causes(&error), "GO1 did not renew a token");
                Err(RefreshFailure::Unavailable)
            }
        }
    }

    fn after_lost_answer(&self) -> LostAnswer {
        LostAnswer::EndsGrant
    }
}

/// Xero's tokens as the vault keeps them.
pub fn xero_token_set(tokens: xero::XeroTokens) -> TokenSet {
    TokenSet {
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token,
        access_expires_at: tokens.expires_at,
    }
}

/// GO1's tokens as the vault keeps them.
pub fn go1_token_set(tokens: go1::Go1Tokens) -> TokenSet {
    TokenSet {
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token,
        access_expires_at: tokens.expires_at,
    }
}
