//! Stores tokens, and renews a token safely although many workers share it.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::{Clock, Random, random_hex};
use domain::fault::Fault;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use state::{GrantOwner, Grants, Lease, StateError, StoredGrant};

use crate::{LostAnswer, Refresh, RefreshFailure, SealError, SealingKeys, TokenSet};

/// An access token is replaced when it has less than this left.
const REFRESH_BEFORE_EXPIRY: SignedDuration = SignedDuration::from_secs(60);

/// How long one worker may take for a renewal: longer than two calls at the clients' time-out.
const LEASE: SignedDuration = SignedDuration::from_secs(25);

/// How much of the lease must be left before the upstream is called: the clients' time-out for one call.
const LONGEST_CALL: SignedDuration = SignedDuration::from_secs(10);

/// How often a worker that waits for another one's renewal reads the grant again.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// How long a worker waits for another one's renewal. Shorter than a lease, because a person waits for the answer.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(8);

/// How often storing a new pair is tried, because the grant is lost without it.
const STORE_TRIES: u32 = 5;

/// How long a refused refresh token is not sent again. After that it is tried once more, in case the refusal was a
/// mistake.
const REFUSAL_VALID_FOR: SignedDuration = SignedDuration::from_mins(10);

/// Stores token sets encrypted and renews them.
#[derive(Clone)]
pub struct Vault {
    grants: Arc<dyn Grants>,
    keys: Arc<SealingKeys>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// An access token that is valid for at least about a minute.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// The bearer token for calls to the upstream (RFC 6750).
    pub secret: SecretString,
    /// The generation of the pair that it belongs to, for [`Vault::replace_access_token`].
    pub generation: u64,
}

/// Why there is no access token.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no grant, or the upstream has ended it: the person must log in again.
    #[error("the grant is over; log in again")]
    NeedsReconnect {
        /// The generation of the stored pair that no longer works, 0 where there is none. A later generation is worth
        /// another try.
        generation: u64,
    },
    /// The upstream does not answer. The grant stays as it is.
    #[error("the upstream does not renew tokens at the moment")]
    UpstreamUnavailable,
    /// Another worker holds the lease and does not finish in time.
    #[error("another worker is renewing this token and does not finish")]
    Busy,
    /// The stored tokens cannot be decrypted.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The table did not answer.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Fault for VaultError {}

#[derive(Serialize, Deserialize)]
struct Sealed {
    access_token: String,
    refresh_token: String,
    /// When the upstream refused the refresh token, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refused_at: Option<Timestamp>,
}

impl Sealed {
    fn of(tokens: &TokenSet) -> Self {
        Self {
            access_token: tokens.access_token.expose_secret().to_owned(),
            refresh_token: tokens.refresh_token.expose_secret().to_owned(),
            refused_at: None,
        }
    }
}

impl Vault {
    /// A vault that stores its tokens in `grants`.
    pub fn new(
        grants: Arc<dyn Grants>,
        keys: Arc<SealingKeys>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { grants, keys, clock, random }
    }

    /// Stores the tokens of a new consent in place of any earlier ones.
    pub async fn keep(&self, owner: &GrantOwner, tokens: &TokenSet) -> Result<(), VaultError> {
        let sealed = self.seal(owner, &Sealed::of(tokens))?;
        Ok(self.grants.put_grant(owner, &sealed, tokens.access_expires_at).await?)
    }

    /// Stores tokens that the table may delete from `until` on, unless they are stored again or renewed before.
    pub async fn keep_until(&self, owner: &GrantOwner, tokens: &TokenSet, until: Timestamp) -> Result<(), VaultError> {
        self.keep(owner, tokens).await?;
        Ok(self.grants.limit_grant(owner, until).await?)
    }

    /// A valid access token. It is renewed where it is about to expire; of many workers that ask at once, one renews
    /// it.
    pub async fn access_token(&self, owner: &GrantOwner, refresh: &dyn Refresh) -> Result<AccessToken, VaultError> {
        self.token_newer_than(owner, None, refresh).await
    }

    /// An access token in place of `refused`, which the upstream refuses although it has not expired.
    pub async fn replace_access_token(
        &self,
        owner: &GrantOwner,
        refused: &AccessToken,
        refresh: &dyn Refresh,
    ) -> Result<AccessToken, VaultError> {
        self.token_newer_than(owner, Some(refused.generation), refresh).await
    }

    /// The newest refresh token, to revoke it. `None` where there is no grant.
    pub async fn refresh_token(&self, owner: &GrantOwner) -> Result<Option<SecretString>, VaultError> {
        let Some(grant) = self.grants.find_grant(owner).await? else { return Ok(None) };
        Ok(Some(self.open(owner, &grant)?.refresh_token.into()))
    }

    /// The number of the stored pair: 1 for the first, one more for each later one, 0 where there is none.
    pub async fn generation(&self, owner: &GrantOwner) -> Result<u64, StateError> {
        Ok(self.grants.find_grant(owner).await?.map_or(0, |grant| grant.generation))
    }

    /// Deletes the stored tokens. They are not revoked at the upstream.
    pub async fn erase(&self, owner: &GrantOwner) -> Result<(), VaultError> {
        Ok(self.grants.erase_grant(owner).await?)
    }

    async fn token_newer_than(
        &self,
        owner: &GrantOwner,
        refused: Option<u64>,
        refresh: &dyn Refresh,
    ) -> Result<AccessToken, VaultError> {
        let give_up_at = self.clock.now() + LONGEST_WAIT;
        loop {
            let grant = self.grants.find_grant(owner).await?.ok_or(VaultError::NeedsReconnect { generation: 0 })?;
            let tokens = self.open(owner, &grant)?;
            let now = self.clock.now();
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
                let lease = Lease { holder: random_hex::<16>(&*self.random), until: now + LEASE };
                match self.grants.lease_grant(owner, grant.generation, &lease, now).await {
                    Ok(()) => {
                        if let Some(token) = self.renew(owner, &grant, tokens, &lease, refresh).await? {
                            return Ok(token);
                        }
                    }
                    Err(StateError::Conflict) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if now >= give_up_at {
                return Err(VaultError::Busy);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Renews `grant` under `lease`. The lease was given on the condition that `grant` is still the stored one, so its
    /// refresh token is the newest. `None` where it was too late for that, and the grant must be read again.
    async fn renew(
        &self,
        owner: &GrantOwner,
        grant: &StoredGrant,
        tokens: Sealed,
        lease: &Lease,
        refresh: &dyn Refresh,
    ) -> Result<Option<AccessToken>, VaultError> {
        // A call that outlives the lease could end after the next worker's call, and would make the pair that it stored
        // invalid.
        let in_time = || lease.until.duration_since(self.clock.now()) >= LONGEST_CALL;
        if !in_time() {
            self.grants.release_grant(owner, &lease.holder).await?;
            return Ok(None);
        }
        let refresh_token = SecretString::from(tokens.refresh_token.clone());
        let mut answer = refresh.refresh(&refresh_token, self.clock.now()).await;
        if answer.as_ref().err() == Some(&RefreshFailure::OutcomeUnknown)
            && refresh.after_lost_answer() == LostAnswer::MayRepeat
            && in_time()
        {
            answer = refresh.refresh(&refresh_token, self.clock.now()).await;
        }
        match answer {
            Ok(renewed) => {
                let is_kept =
                    self.store_next(owner, grant, lease, &Sealed::of(&renewed), renewed.access_expires_at).await?;
                let generation = grant.generation + 1;
                Ok(is_kept.then_some(AccessToken { secret: renewed.access_token, generation }))
            }
            Err(RefreshFailure::Refused) => {
                // The refusal is stored, so that other workers need not ask again. A consent that was given meanwhile
                // stays.
                let now = self.clock.now();
                let refused = Sealed { refused_at: Some(now), ..tokens };
                let is_kept = self.store_next(owner, grant, lease, &refused, now).await?;
                let generation = grant.generation + 1;
                if is_kept { Err(VaultError::NeedsReconnect { generation }) } else { Ok(None) }
            }
            Err(failure) => {
                self.grants.release_grant(owner, &lease.holder).await?;
                Err(match (failure, refresh.after_lost_answer()) {
                    (RefreshFailure::OutcomeUnknown, LostAnswer::EndsGrant) => {
                        VaultError::NeedsReconnect { generation: grant.generation }
                    }
                    _ => VaultError::UpstreamUnavailable,
                })
            }
        }
    }

    /// Stores the successor of `grant` before anybody uses it. It exists nowhere else, so it is tried again if the
    /// table fails. `false` where `grant` is no longer the stored one, or `lease` no longer the live one.
    async fn store_next(
        &self,
        owner: &GrantOwner,
        grant: &StoredGrant,
        lease: &Lease,
        next: &Sealed,
        access_expires_at: Timestamp,
    ) -> Result<bool, VaultError> {
        let sealed = self.seal(owner, next)?;
        let mut tries = 1;
        loop {
            let stored =
                self.grants.renew_grant(owner, grant.generation, &lease.holder, &sealed, access_expires_at).await;
            match stored {
                Ok(()) => return Ok(true),
                Err(StateError::Conflict) => return Ok(false),
                Err(StateError::Unavailable(_)) if tries < STORE_TRIES => {
                    tries += 1;
                    tokio::time::sleep(POLL_INTERVAL * tries).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn seal(&self, owner: &GrantOwner, tokens: &Sealed) -> Result<String, VaultError> {
        let plain = serde_json::to_string(tokens).map_err(|_| SealError::Broken)?;
        Ok(self.keys.seal(&plain, &owner_text(owner), &*self.random)?)
    }

    fn open(&self, owner: &GrantOwner, grant: &StoredGrant) -> Result<Sealed, VaultError> {
        let plain = self.keys.open(&grant.sealed, &owner_text(owner))?;
        Ok(serde_json::from_str(plain.expose_secret()).map_err(|_| SealError::Broken)?)
    }
}

fn owner_text(owner: &GrantOwner) -> String {
    match owner {
        GrantOwner::XeroUser(id) => format!("xero-user|{id}"),
        GrantOwner::Portal(id) => format!("go1-portal|{id}"),
    }
}
