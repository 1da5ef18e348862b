//! Where tokens are kept, and how many workers share one that expires.

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

/// How long one refresher may take. Longer than the clients' time-out for one call, and their one repetition.
const LEASE: SignedDuration = SignedDuration::from_secs(25);

/// What must be left of a lease before an upstream is called: the clients' time-out for one call.
const LONGEST_CALL: SignedDuration = SignedDuration::from_secs(10);

/// How often somebody who waits for the refresher looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// How long somebody waits for the refresher. A person waits for the answer, so it is shorter than a lease.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);

/// How often a pair that was received is tried to be stored: without it the grant is lost.
const STORE_TRIES: u32 = 5;

/// How long a refusal is believed before the upstream is asked once more: one that was a mistake ends no grant for ever.
const REFUSAL_HOLDS: SignedDuration = SignedDuration::from_mins(10);

/// Keeps token sets, sealed, and renews them.
#[derive(Clone)]
pub struct Vault {
    grants: Arc<dyn Grants>,
    keys: Arc<SealingKeys>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// An access token that is good for about a minute at least.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// What a call carries.
    pub secret: SecretString,
    /// Which pair it belongs to; for [`Vault::replace_access_token`].
    pub generation: u64,
}

/// Why there is no access token.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The grant is over, or there never was one: the person must log in again.
    #[error("the grant is over; log in again")]
    NeedsReconnect {
        /// The stored pair that no longer does, as [`Vault::generation`] counts; 0 where there is none. A later one is worth
        /// another try.
        generation: u64,
    },
    /// The upstream does not answer. The grant is kept.
    #[error("the upstream does not renew tokens at the moment")]
    UpstreamUnavailable,
    /// Somebody else is renewing, and does not finish.
    #[error("another worker is renewing this token and does not finish")]
    Busy,
    /// What is stored cannot be opened.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The table failed.
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
    /// A vault over `grants`.
    pub fn new(
        grants: Arc<dyn Grants>,
        keys: Arc<SealingKeys>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { grants, keys, clock, random }
    }

    /// Keeps the tokens of a new consent, in place of any before.
    pub async fn keep(&self, owner: &GrantOwner, tokens: &TokenSet) -> Result<(), VaultError> {
        let sealed = self.seal(owner, &Sealed::of(tokens))?;
        Ok(self.grants.put_grant(owner, &sealed, tokens.access_expires_at).await?)
    }

    /// The same, only for a while: they may be forgotten from `until` on, unless they are kept or renewed before.
    pub async fn keep_until(&self, owner: &GrantOwner, tokens: &TokenSet, until: Timestamp) -> Result<(), VaultError> {
        self.keep(owner, tokens).await?;
        Ok(self.grants.limit_grant(owner, until).await?)
    }

    /// An access token that is good for now. Renews it where it is about to expire; of many who ask at once, one does.
    pub async fn access_token(&self, owner: &GrantOwner, refresh: &dyn Refresh) -> Result<AccessToken, VaultError> {
        self.token_newer_than(owner, None, refresh).await
    }

    /// An access token in place of `refused`, which the upstream no longer takes although it has not expired.
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

    /// Which pair is stored, counted from 1; 0 where there is none. A later one has a higher number.
    pub async fn generation(&self, owner: &GrantOwner) -> Result<u64, StateError> {
        Ok(self.grants.find_grant(owner).await?.map_or(0, |grant| grant.generation))
    }

    /// Forgets the tokens.
    pub async fn erase(&self, owner: &GrantOwner) -> Result<(), VaultError> {
        Ok(self.grants.erase_grant(owner).await?)
    }

    async fn token_newer_than(
        &self,
        owner: &GrantOwner,
        refused: Option<u64>,
        refresh: &dyn Refresh,
    ) -> Result<AccessToken, VaultError> {
        let give_up_at = self.clock.now() + PATIENCE;
        loop {
            let grant = self.grants.find_grant(owner).await?.ok_or(VaultError::NeedsReconnect { generation: 0 })?;
            let tokens = self.open(owner, &grant)?;
            let now = self.clock.now();
            if tokens.refused_at.is_some_and(|refused_at| now.duration_since(refused_at) < REFUSAL_HOLDS) {
                return Err(VaultError::NeedsReconnect { generation: grant.generation });
            }
            let usable = grant.access_expires_at.duration_since(now) > REFRESH_BEFORE_EXPIRY;
            if usable && refused.is_none_or(|generation| grant.generation > generation) {
                return Ok(AccessToken { secret: tokens.access_token.into(), generation: grant.generation });
            }
            // Whoever sees that somebody renews does not write, so a crowd that waits does not wear the table out.
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
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Renews `grant` under `lease`. The lease was given on the condition that `grant` is still the stored one, so its
    /// refresh token is the newest. `None` where this comes to nothing because it is too late: look again.
    async fn renew(
        &self,
        owner: &GrantOwner,
        grant: &StoredGrant,
        tokens: Sealed,
        lease: &Lease,
        refresh: &dyn Refresh,
    ) -> Result<Option<AccessToken>, VaultError> {
        // A call that outlives the lease could overtake the next refresher's, whose pair would be void and kept.
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
                // Kept as refused, so that the others need not ask. A consent that was given meanwhile stays.
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

    /// Stores what comes after `grant` before anybody uses it. It exists nowhere else, so a table that stumbles is tried
    /// again. `false` where `grant` is no longer the stored one, or `lease` no longer the live one.
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
                    tokio::time::sleep(LOOK_AGAIN * tries).await;
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
