//! Stores tokens, and renews a token safely although many workers share it.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::{Clock, Random};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use state::{GrantOwner, Grants, StateError};
use transport::Reread;

use crate::insist::insist;
use crate::invocation::unbroken;
use crate::renewal::Renewal;
use crate::sealed_grants::{AccessToken, GrantState, Sealed, SealedGrants, VaultError};
use crate::{CALL_AND_STORE, Refresh, SealError, SealingKeys, TokenSet};

/// An access token is replaced when it has less than this left.
const REFRESH_BEFORE_EXPIRY: SignedDuration = SignedDuration::from_secs(60);

/// How often a worker that waits for another one's renewal reads the grant again.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How long a worker waits for another one's renewal. Shorter than a lease, because a person waits for the answer.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(8);

/// How long a refused refresh token is not sent again. After that it is tried once more, in case the refusal was a
/// mistake.
const REFUSAL_VALID_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Stores token sets encrypted and renews them.
#[derive(Clone)]
pub struct Vault(SealedGrants);

impl Vault {
    /// A vault that stores its tokens in `grants`.
    pub fn new(
        grants: Arc<dyn Grants>,
        keys: Arc<SealingKeys>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self::reading_keys(grants, Arc::new(Reread::fixed(keys)), clock, random)
    }

    /// A vault that reads its keys when it first meets a grant, and again where it meets a key that it does not know.
    pub fn reading_keys(
        grants: Arc<dyn Grants>,
        keys: Arc<Reread<SealingKeys>>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self(SealedGrants { grants, keys, clock, random })
    }

    /// Has its keys, or reads them. Whoever asks an upstream for tokens that exist nowhere else asks for this before: where
    /// there are no keys, nothing can be stored.
    pub async fn ready(&self) -> Result<(), VaultError> {
        self.0.keys.get().await.map_err(SealError::Unread)?;
        Ok(())
    }

    /// Stores the tokens of a new consent in place of any earlier ones, again where the table fails: they exist nowhere
    /// else. Whoever asks an upstream for them has [`CALL_AND_STORE`] left of the invocation.
    pub async fn keep(&self, owner: &GrantOwner, tokens: &TokenSet) -> Result<(), VaultError> {
        let logged_in_at = Some(self.0.clock.now());
        let sealed = self.0.seal(owner, &Sealed { logged_in_at, ..Sealed::of(tokens) }).await?;
        Ok(insist(|| self.0.grants.put_grant(owner, &sealed, tokens.access_expires_at)).await?)
    }

    /// Stores tokens that the table may delete from `until` on, unless they are stored again or renewed before.
    pub async fn keep_until(&self, owner: &GrantOwner, tokens: &TokenSet, until: Timestamp) -> Result<(), VaultError> {
        self.keep(owner, tokens).await?;
        Ok(insist(|| self.0.grants.limit_grant(owner, until)).await?)
    }

    /// A valid access token. It is renewed where it is about to expire; of many workers that ask at once, one renews
    /// it. The renewal goes on where the caller stops waiting, and needs an [`invocation`](crate::invocation()).
    pub async fn access_token(
        &self,
        owner: &GrantOwner,
        refresh: &Arc<dyn Refresh>,
    ) -> Result<AccessToken, VaultError> {
        self.token_newer_than(owner, None, refresh).await
    }

    /// An access token in place of `refused`, which the upstream refuses although it has not expired.
    pub async fn replace_access_token(
        &self,
        owner: &GrantOwner,
        refused: &AccessToken,
        refresh: &Arc<dyn Refresh>,
    ) -> Result<AccessToken, VaultError> {
        self.token_newer_than(owner, Some(refused.generation), refresh).await
    }

    /// The newest refresh token, to revoke it. `None` where there is no grant.
    pub async fn refresh_token(&self, owner: &GrantOwner) -> Result<Option<SecretString>, VaultError> {
        let Some(grant) = self.0.grants.find_grant(owner).await? else { return Ok(None) };
        Ok(Some(self.0.open(owner, &grant).await?.refresh_token.into()))
    }

    /// The number of what is stored, as in [`GrantState::generation`].
    pub async fn generation(&self, owner: &GrantOwner) -> Result<u64, StateError> {
        Ok(self.0.grants.find_grant(owner).await?.map_or(0, |grant| grant.generation))
    }

    /// What is known of the grant. Tokens that do not open are there all the same.
    pub async fn state_of(&self, owner: &GrantOwner) -> Result<GrantState, StateError> {
        let Some(grant) = self.0.grants.find_grant(owner).await? else { return Ok(GrantState::default()) };
        let logged_in_at = self.0.open(owner, &grant).await.ok().and_then(|tokens| tokens.logged_in_at);
        Ok(GrantState { generation: grant.generation, logged_in_at })
    }

    /// Deletes the stored tokens. They are not revoked at the upstream.
    pub async fn erase(&self, owner: &GrantOwner) -> Result<(), VaultError> {
        Ok(self.0.grants.erase_grant(owner).await?)
    }

    async fn token_newer_than(
        &self,
        owner: &GrantOwner,
        refused: Option<u64>,
        refresh: &Arc<dyn Refresh>,
    ) -> Result<AccessToken, VaultError> {
        let give_up_at = self.0.clock.now() + LONGEST_WAIT;
        loop {
            let grant = self.0.grants.find_grant(owner).await?.ok_or(VaultError::NeedsReconnect { generation: 0 })?;
            let tokens = self.0.open(owner, &grant).await?;
            let now = self.0.clock.now();
            if tokens.refused_at.is_some_and(|refused_at| now.duration_since(refused_at) < REFUSAL_VALID_FOR) {
                return Err(VaultError::NeedsReconnect { generation: grant.generation });
            }
            let usable = grant.access_expires_at.duration_since(now) > REFRESH_BEFORE_EXPIRY;
            if usable && refused.is_none_or(|generation| grant.generation > generation) {
                return Ok(AccessToken { secret: tokens.access_token.into(), generation: grant.generation });
            }
            // A worker that sees a live lease writes nothing, so that a crowd of waiting workers does not load the
            // table.
            if grant.lease.as_ref().is_none_or(|lease| lease.until <= now) {
                // Before the lease, and before the time is reckoned that a call and a store take.
                refresh.ready().await?;
                let (grants, owner, refresh) = (self.0.clone(), owner.clone(), Arc::clone(refresh));
                let renewal = Renewal { grants, owner, grant, tokens, refresh };
                if let Some(token) = unbroken(CALL_AND_STORE, renewal.run()).await?? {
                    return Ok(token);
                }
            }
            if now >= give_up_at {
                return Err(VaultError::Busy);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }
}
