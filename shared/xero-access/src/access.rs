//! Calls to Xero with the grant of a user, and the end of that grant.

use std::sync::Arc;

use async_trait::async_trait;
use domain::fault::Causes;
use domain::ids::{ConnectionId, XeroUserId};
use domain::obstacle::{ConnectionTrouble, PeopleObstacle};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use state::{GrantOwner, StateError, StoredGrant};
use vault::{AccessToken, NotReady, Refresh, RefreshFailure, TokenSet, Vault, VaultError};
use xero::{RefreshError, XeroClient, XeroError, XeroTokens};

/// Calls Xero with a user's grant.
#[derive(Clone)]
pub struct XeroAccess {
    pub client: Arc<XeroClient>,
    pub vault: Vault,
}

/// Why a call to Xero was not possible.
#[derive(Debug, thiserror::Error)]
pub enum XeroAccessError {
    /// The grant is over, and only another consent helps.
    #[error("Xero no longer lets us in")]
    Ended,
    /// Another worker is renewing the token, Xero does not renew it now, or there is no time left to ask it.
    #[error("there is no token at the moment")]
    NoToken,
    #[error(transparent)]
    Xero(#[from] XeroError),
    /// The table failed, or the stored tokens cannot be opened.
    #[error(transparent)]
    Vault(VaultError),
}

impl From<VaultError> for XeroAccessError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NeedsReconnect { .. } => Self::Ended,
            VaultError::UpstreamUnavailable
            | VaultError::RetryAfter(_)
            | VaultError::OurFault
            | VaultError::Busy
            | VaultError::OutOfTime => Self::NoToken,
            VaultError::Seal(_) | VaultError::State(_) => Self::Vault(error),
        }
    }
}

impl XeroAccessError {
    /// Whether nothing is wrong but that others changed the same row at this moment, again and again.
    pub fn is_same_moment(&self) -> bool {
        matches!(self, Self::Vault(VaultError::State(StateError::Conflict)))
    }

    /// The obstacle to show where there is no token; an error where the fault is ours. Answers of Xero itself are told
    /// apart by [`crate::diagnose`].
    pub fn without_token(self) -> Result<PeopleObstacle, VaultError> {
        match self {
            Self::Ended => Ok(PeopleObstacle::Connection(ConnectionTrouble::AccessEnded)),
            Self::NoToken | Self::Xero(_) => Ok(PeopleObstacle::XeroUnavailable { retry_after: None }),
            Self::Vault(error) => Err(error),
        }
    }
}

/// How long a user's grant lasts at Xero that is not used (<https://developer.xero.com/faq/oauth2>).
const UNUSED_GRANT_LASTS: SignedDuration = SignedDuration::from_hours(60 * 24);

/// How long before its access token's end a grant was used last: Xero's access tokens live for half an hour.
const ACCESS_TOKEN_LIVES: SignedDuration = SignedDuration::from_mins(30);

/// Whether Xero has let this grant end because nobody used it. Xero is not asked.
pub fn has_run_out(grant: &StoredGrant, now: Timestamp) -> bool {
    now >= grant.access_expires_at - ACCESS_TOKEN_LIVES + UNUSED_GRANT_LASTS
}

/// The result of removing a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DisconnectResult {
    /// Whether Xero confirmed that the connection is gone; `false` where Xero no longer lets us in.
    pub removed_at_xero: bool,
    /// Whether our tokens were erased as well, because it was the user's last connection.
    pub grant_ended: bool,
}

impl XeroAccess {
    /// Stores the tokens of a new consent.
    pub async fn keep(&self, user: &XeroUserId, tokens: XeroTokens) -> Result<(), VaultError> {
        self.vault.keep(&owner(user), &xero_token_set(tokens)).await
    }

    /// Has both secrets, or reads them side by side. Whoever exchanges a code asks for this before: what comes of it exists
    /// nowhere else.
    pub async fn ready(&self) -> Result<(), VaultError> {
        let app = async { self.client.app().await.map(drop).map_err(|_| VaultError::OurFault) };
        tokio::try_join!(app, self.vault.ready()).map(drop)
    }

    fn refresh(&self) -> Arc<dyn Refresh> {
        Arc::new(XeroRefresh(self.client.clone()))
    }

    /// A valid access token of the user.
    pub async fn token(&self, user: &XeroUserId) -> Result<AccessToken, XeroAccessError> {
        Ok(self.vault.access_token(&owner(user), &self.refresh()).await?)
    }

    /// Makes a call as a user. Where Xero no longer takes the token although it has not expired, it is renewed and the
    /// call made once more.
    pub async fn call<T, Answer>(
        &self,
        user: &XeroUserId,
        call: impl Fn(SecretString) -> Answer + Send + Sync,
    ) -> Result<T, XeroAccessError>
    where
        Answer: Future<Output = Result<T, XeroError>> + Send,
    {
        let token = self.token(user).await?;
        match call(token.secret.clone()).await {
            Err(error) if error.token_expired() => {
                let newer = self.vault.replace_access_token(&owner(user), &token, &self.refresh()).await?;
                Ok(call(newer.secret).await?)
            }
            answer => Ok(answer?),
        }
    }

    /// Removes one connection of a user at Xero, and with the last one our whole access. Can be repeated at any point.
    pub async fn disconnect(
        &self,
        user: &XeroUserId,
        connection: &ConnectionId,
    ) -> Result<DisconnectResult, XeroAccessError> {
        if self.remove_connection(user, connection).await? {
            return Ok(DisconnectResult { removed_at_xero: true, grant_ended: self.end_unless_connected(user).await? });
        }
        // Xero no longer accepts the grant, so the stored tokens are useless.
        self.vault.erase(&owner(user)).await?;
        Ok(DisconnectResult { removed_at_xero: false, grant_ended: true })
    }

    /// Removes one connection of a user at Xero, and keeps our access. `false` where Xero no longer lets us in.
    pub async fn remove_connection(
        &self,
        user: &XeroUserId,
        connection: &ConnectionId,
    ) -> Result<bool, XeroAccessError> {
        let removed = self.call(user, async |token| self.client.delete_connection(&token, connection).await).await;
        match removed {
            Err(XeroAccessError::Ended) => Ok(false),
            removed => removed.map(|()| true),
        }
    }

    /// Ends our access as a user who has no connection left, or as whom Xero no longer lets us in; `false` where there
    /// is another. Revoking takes every connection with it, so it is only done with none
    /// (<https://developer.xero.com/documentation/guides/oauth2/auth-flow/#revoking-tokens>).
    pub async fn end_unless_connected(&self, user: &XeroUserId) -> Result<bool, XeroAccessError> {
        match self.call(user, async |token| self.client.has_connections(&token).await).await {
            Ok(true) => return Ok(false),
            Ok(false) => {
                if let Some(refresh_token) = self.vault.refresh_token(&owner(user)).await? {
                    match self.client.revoke(&refresh_token).await {
                        // The connections are gone, and so are the tokens in a moment. An error of Xero's own that stays must
                        // not keep somebody connected here.
                        Err(error @ XeroError::Unavailable { status, .. }) if status.as_u16() == 500 => {
                            tracing::warn!(error = %Causes(&error), "Xero ended no grant that has no connection left");
                        }
                        answer => answer?,
                    }
                }
            }
            Err(XeroAccessError::Ended) => {}
            Err(error) => return Err(error),
        }
        self.vault.erase(&owner(user)).await?;
        Ok(true)
    }
}

#[derive(Debug)]
pub struct XeroRefresh(pub Arc<XeroClient>);

#[async_trait]
impl Refresh for XeroRefresh {
    async fn ready(&self) -> Result<(), NotReady> {
        self.0.app().await.map(drop).map_err(|_| NotReady)
    }

    async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure> {
        match self.0.refresh(refresh_token, now).await {
            Ok(tokens) => Ok(xero_token_set(tokens)),
            Err(RefreshError::InvalidGrant) => Err(RefreshFailure::Refused),
            Err(RefreshError::OutcomeUnknown) => Err(RefreshFailure::OutcomeUnknown),
            Err(RefreshError::Upstream(error)) => {
                tracing::warn!(error = %Causes(&error), "Xero did not renew a token");
                Err(RefreshFailure::Unavailable)
            }
        }
    }

    fn takes_tokens_again(&self) -> bool {
        true
    }
}

/// Xero's tokens as the vault keeps them.
pub fn xero_token_set(tokens: XeroTokens) -> TokenSet {
    TokenSet {
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token,
        access_expires_at: tokens.expires_at,
    }
}

fn owner(user: &XeroUserId) -> GrantOwner {
    GrantOwner::XeroUser(user.clone())
}
