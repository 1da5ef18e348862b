//! Calls to GO1 with a portal's grant, or with the partner's own token.

use std::sync::Arc;

use async_trait::async_trait;
use domain::fault::Causes;
use domain::ids::PortalId;
use go1::{CallError, Go1Client, Go1Error, Go1Tokens, RefreshError};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use state::GrantOwner;
use tokio::sync::RwLock;
use vault::{AccessToken, NotReady, Refresh, RefreshFailure, TokenSet, Vault, VaultError};

use crate::partner::Partner;

/// Calls GO1 as a portal, or as the partner.
#[derive(Clone)]
pub struct Go1Access {
    pub client: Arc<Go1Client>,
    pub vault: Vault,
    pub(crate) partner: Arc<Partner>,
}

/// Why a call to GO1 as a portal was not possible.
#[derive(Debug, thiserror::Error)]
pub enum Go1AccessError<E> {
    /// GO1 refuses the portal's tokens, so one of its administrators has to log in.
    #[error("GO1 no longer lets us into the portal")]
    LoginNeeded {
        /// The generation of the refused tokens, as [`Vault::generation`] counts.
        generation: u64,
        /// Whether GO1 renewed them a moment ago, so that it may yet take them, or renew them again.
        renewed: bool,
    },
    /// There is no token, and a login would not help: GO1 does not renew it now, another worker is renewing it, or the
    /// fault is ours.
    #[error(transparent)]
    NoToken(VaultError),
    #[error(transparent)]
    Go1(E),
}

impl<E> From<VaultError> for Go1AccessError<E> {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::NeedsReconnect { generation } => Self::LoginNeeded { generation, renewed: false },
            error => Self::NoToken(error),
        }
    }
}

/// Why a call to GO1 as the partner was not possible.
#[derive(Debug, thiserror::Error)]
pub enum PartnerError<E> {
    /// GO1 gives us no token. The call was not made, or was refused without effect.
    #[error("GO1 gives us no partner token")]
    NoToken(#[source] Go1Error),
    #[error(transparent)]
    Go1(E),
}

impl From<PartnerError<Self>> for Go1Error {
    fn from(error: PartnerError<Self>) -> Self {
        match error {
            PartnerError::NoToken(error) | PartnerError::Go1(error) => error,
        }
    }
}

impl Go1Access {
    /// Makes one call as a portal.
    pub async fn as_portal<T, E, Answer>(
        &self,
        portal: &PortalId,
        call: impl Fn(SecretString) -> Answer + Send + Sync,
    ) -> Result<T, Go1AccessError<E>>
    where
        T: Send,
        E: CallError + Send,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        self.open(portal).await?.call(call).await
    }

    /// Begins calls as a portal, which share one token.
    pub async fn open(&self, portal: &PortalId) -> Result<PortalCalls<'_>, VaultError> {
        let owner = GrantOwner::Portal(portal.clone());
        let token = self.vault.access_token(&owner, &self.refresh()).await?;
        Ok(PortalCalls { access: self, owner, token: RwLock::new(token) })
    }

    /// Makes a call as the partner. If GO1 refuses the token, another is requested and the call is repeated once.
    pub async fn as_partner<T, E, Answer>(
        &self,
        call: impl Fn(SecretString) -> Answer + Send + Sync,
    ) -> Result<T, PartnerError<E>>
    where
        T: Send,
        E: CallError + Send,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        let token = self.partner.token().await.map_err(PartnerError::NoToken)?;
        let answer = call(token).await;
        if !answer.as_ref().is_err_and(CallError::is_unauthorized) {
            return answer.map_err(PartnerError::Go1);
        }
        self.partner.forget().await;
        let token = self.partner.token().await.map_err(PartnerError::NoToken)?;
        call(token).await.map_err(PartnerError::Go1)
    }

    /// Has both secrets, or reads them side by side. Whoever makes a portal or exchanges a code asks for this before: the
    /// tokens that come of it exist nowhere else.
    pub async fn ready(&self) -> Result<(), VaultError> {
        let app = async { self.client.app().await.map(drop).map_err(|_| VaultError::OurFault) };
        tokio::try_join!(app, self.vault.ready()).map(drop)
    }

    fn refresh(&self) -> Arc<dyn Refresh> {
        Arc::new(Go1Refresh(self.client.clone()))
    }

    /// Stores the tokens of a portal in place of any earlier ones.
    pub async fn keep(&self, portal: &PortalId, tokens: Go1Tokens) -> Result<(), VaultError> {
        self.vault.keep(&GrantOwner::Portal(portal.clone()), &go1_token_set(tokens)).await
    }

    /// Stores tokens that the table may delete from `until` on, unless they are stored again or renewed before.
    pub async fn keep_until(&self, portal: &PortalId, tokens: Go1Tokens, until: Timestamp) -> Result<(), VaultError> {
        self.vault.keep_until(&GrantOwner::Portal(portal.clone()), &go1_token_set(tokens), until).await
    }
}

/// Calls as one portal, which share a token.
pub struct PortalCalls<'access> {
    access: &'access Go1Access,
    owner: GrantOwner,
    token: RwLock<AccessToken>,
}

impl PortalCalls<'_> {
    /// Makes a call. If GO1 refuses a token that has not expired, it is renewed, once for all calls that share it, and
    /// the call is repeated. If GO1 refuses the new one too, and refuses the next that it makes as well, only a login
    /// helps.
    pub async fn call<T, E, Answer>(
        &self,
        call: impl Fn(SecretString) -> Answer + Send + Sync,
    ) -> Result<T, Go1AccessError<E>>
    where
        T: Send,
        E: CallError + Send,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        let token = self.token.read().await.clone();
        let answer = call(token.secret.clone()).await;
        if !answer.as_ref().is_err_and(CallError::is_unauthorized) {
            return answer.map_err(Go1AccessError::Go1);
        }
        let AccessToken { secret, generation } = self.newer_token(&token).await?;
        match call(secret).await {
            Err(error) if error.is_unauthorized() => Err(Go1AccessError::LoginNeeded { generation, renewed: true }),
            answer => answer.map_err(Go1AccessError::Go1),
        }
    }

    async fn newer_token(&self, refused: &AccessToken) -> Result<AccessToken, VaultError> {
        let mut token = self.token.write().await;
        if token.generation == refused.generation {
            let Go1Access { vault, .. } = self.access;
            *token = vault.replace_access_token(&self.owner, refused, &self.access.refresh()).await?;
        }
        Ok(token.clone())
    }
}

#[derive(Debug)]
pub struct Go1Refresh(pub Arc<Go1Client>);

#[async_trait]
impl Refresh for Go1Refresh {
    async fn ready(&self) -> Result<(), NotReady> {
        self.0.app().await.map(drop).map_err(|_| NotReady)
    }

    async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure> {
        match self.0.refresh(refresh_token, now).await {
            Ok(tokens) => Ok(go1_token_set(tokens)),
            Err(RefreshError::InvalidGrant) => Err(RefreshFailure::Refused),
            Err(RefreshError::OutcomeUnknown) => Err(RefreshFailure::OutcomeUnknown),
            Err(RefreshError::OurFault) => Err(RefreshFailure::OurFault),
            Err(RefreshError::Upstream(error)) => {
                tracing::warn!(error = %Causes(&error), "GO1 did not renew a token");
                // A wait of zero is none: it could be repeated without end.
                let asked = error.retry_after(now).filter(SignedDuration::is_positive);
                Err(asked.map_or(RefreshFailure::Unavailable, RefreshFailure::RetryAfter))
            }
        }
    }
}

/// GO1's tokens as the vault keeps them.
pub fn go1_token_set(tokens: Go1Tokens) -> TokenSet {
    TokenSet {
        access_token: tokens.access_token,
        refresh_token: tokens.refresh_token,
        access_expires_at: tokens.expires_at,
    }
}
