//! Our access to Xero as a user who gave it: tokens for a call, and the end of it.

use std::sync::Arc;

use domain::ids::{ConnectionId, XeroUserId};
use platform::telemetry::Causes;
use secrecy::SecretString;
use state::GrantOwner;
use vault::{AccessToken, Vault, VaultError};
use xero::{XeroClient, XeroError};

use crate::refresh::{XeroRefresh, xero_token_set};

/// Speaks to Xero as somebody.
#[derive(Clone)]
pub struct XeroAccess {
    /// Xero.
    pub client: Arc<XeroClient>,
    /// Xero's tokens.
    pub vault: Vault,
}

/// Why Xero could not be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum XeroAccessError {
    /// The grant is over: only another consent helps.
    #[error("Xero no longer lets us in")]
    Ended,
    /// Somebody else is renewing the token, or Xero does not renew it now.
    #[error("there is no token at the moment")]
    NoToken,
    /// Xero answered with an error.
    #[error(transparent)]
    Xero(#[from] XeroError),
    /// The table, or what is sealed in it.
    #[error(transparent)]
    Vault(VaultError),
}

impl From<VaultError> for XeroAccessError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NeedsReconnect => Self::Ended,
            VaultError::UpstreamUnavailable | VaultError::Busy => Self::NoToken,
            VaultError::Seal(_) | VaultError::State(_) => Self::Vault(error),
        }
    }
}

/// What was left behind of a user's access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Whether Xero confirmed that the connection is gone; not where it no longer lets us in.
    pub removed_at_xero: bool,
    /// Whether our tokens are gone as well, because it was the user's last connection.
    pub grant_ended: bool,
}

impl XeroAccess {
    /// Keeps the tokens of a new consent.
    pub async fn keep(&self, user: &XeroUserId, tokens: xero::XeroTokens) -> Result<(), VaultError> {
        self.vault.keep(&owner(user), &xero_token_set(tokens)).await
    }

    /// An access token that is good for now.
    pub async fn token(&self, user: &XeroUserId) -> Result<AccessToken, XeroAccessError> {
        Ok(self.vault.access_token(&owner(user), &XeroRefresh(&self.client)).await?)
    }

    /// An access token in place of one that Xero no longer takes.
    pub async fn newer_token(&self, user: &XeroUserId, refused: &AccessToken) -> Result<AccessToken, XeroAccessError> {
        Ok(self.vault.replace_access_token(&owner(user), refused, &XeroRefresh(&self.client)).await?)
    }

    /// Removes one connection of a user at Xero, and with the last one our whole access. Can be repeated at any point.
    pub async fn leave(&self, user: &XeroUserId, connection: &ConnectionId) -> Result<Left, XeroAccessError> {
        match self.remove(user, connection).await {
            Ok(token) => Ok(Left { removed_at_xero: true, grant_ended: self.end_if_unconnected(user, &token).await? }),
            Err(XeroAccessError::Ended) => {
                // Nothing of ours opens Xero any more, so what we hold is worth nothing.
                self.vault.erase(&owner(user)).await?;
                Ok(Left { removed_at_xero: false, grant_ended: true })
            }
            Err(error) => Err(error),
        }
    }

    /// Removes one connection of a user at Xero, and keeps our access. `false` where Xero no longer lets us in.
    pub async fn remove_connection(
        &self,
        user: &XeroUserId,
        connection: &ConnectionId,
    ) -> Result<bool, XeroAccessError> {
        match self.remove(user, connection).await {
            Ok(_) => Ok(true),
            Err(XeroAccessError::Ended) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Ends our access as a user who has no connection left, or as whom Xero no longer lets us in.
    pub async fn end_unless_connected(&self, user: &XeroUserId) -> Result<(), XeroAccessError> {
        match self.end_with_newest_token(user).await {
            Err(XeroAccessError::Ended) => Ok(self.vault.erase(&owner(user)).await?),
            ended => ended.map(drop),
        }
    }

    async fn end_with_newest_token(&self, user: &XeroUserId) -> Result<bool, XeroAccessError> {
        let token = self.token(user).await?;
        match self.end_if_unconnected(user, &token.secret).await {
            Err(XeroAccessError::Xero(error)) if error.token_expired() => {
                let token = self.newer_token(user, &token).await?;
                self.end_if_unconnected(user, &token.secret).await
            }
            ended => ended,
        }
    }

    async fn remove(&self, user: &XeroUserId, connection: &ConnectionId) -> Result<SecretString, XeroAccessError> {
        let mut token = self.token(user).await?;
        let mut answer = self.client.delete_connection(&token.secret, connection).await;
        if answer.as_ref().is_err_and(XeroError::token_expired) {
            token = self.newer_token(user, &token).await?;
            answer = self.client.delete_connection(&token.secret, connection).await;
        }
        answer?;
        Ok(token.secret)
    }

    /// Ends our access where the user has no connection left: revoking takes every connection with it, so it is only done
    /// with none (<https://developer.xero.com/documentation/guides/oauth2/auth-flow/#revoking-tokens>).
    async fn end_if_unconnected(&self, user: &XeroUserId, token: &SecretString) -> Result<bool, XeroAccessError> {
        if self.client.has_connections(token).await? {
            return Ok(false);
        }
        if let Some(refresh_token) = self.vault.refresh_token(&owner(user)).await? {
            self.client.revoke(&refresh_token).await?;
        }
        self.vault.erase(&owner(user)).await?;
        Ok(true)
    }

    /// [`Self::leave`], where nobody waits for it: what fails is logged, and Xero's own list still shows the connection.
    pub async fn leave_quietly(&self, user: &XeroUserId, connection: &ConnectionId) {
        if let Err(error) = self.leave(user, connection).await {
            tracing::warn!(error = %Causes(&error), "a connection that is not used any more could not be removed");
        }
    }
}

fn owner(user: &XeroUserId) -> GrantOwner {
    GrantOwner::XeroUser(user.clone())
}
