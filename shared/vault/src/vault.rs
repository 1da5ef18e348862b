//! Where tokens are kept, and how many workers share one that expires.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::{Clock, Random, random_hex};
use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use state::{GrantOwner, Grants, Lease, StateError, StoredGrant};

use crate::{LostAnswer, Refresh, RefreshFailure, SealError, SealingKeys, TokenSet};

/// An access token is replaced when it has less than this left.
const REFRESH_BEFORE_EXPIRY: SignedDuration = SignedDuration::from_secs(60);

/// How long one refresher may take. Longer than the clients' time-out for one call, and their one repetition.
const LEASE: SignedDuration = SignedDuration::from_secs(25);

/// How often somebody who waits for the refresher looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// How long somebody waits for the refresher. A person waits for the answer, so it is shorter than a lease.
const PATIENCE: SignedDuration = SignedDuration::from_secs(8);

/// How often a pair that was received is tried to be stored: without it the grant is lost.
const STORE_TRIES: u32 = 5;

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
    NeedsReconnect,
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

#[derive(Serialize, Deserialize)]
struct Sealed {
    access_token: String,
    refresh_token: String,
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
        let sealed = self.seal(owner, tokens)?;
        Ok(self.grants.put_grant(owner, &sealed, tokens.access_expires_at).await?)
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
            let grant = self.grants.find_grant(owner).await?.ok_or(VaultError::NeedsReconnect)?;
            let now = self.clock.now();
            let usable = grant.access_expires_at.duration_since(now) > REFRESH_BEFORE_EXPIRY;
            if usable && refused.is_none_or(|generation| grant.generation > generation) {
                let tokens = self.open(owner, &grant)?;
                return Ok(AccessToken { secret: tokens.access_token.into(), generation: grant.generation });
            }
            let lease = Lease { holder: random_hex::<16>(&*self.random), until: now + LEASE };
            match self.grants.lease_grant(owner, grant.generation, &lease, now).await {
                Ok(()) => return self.renew(owner, &grant, &lease, refresh).await,
                Err(StateError::Conflict) if now >= give_up_at => return Err(VaultError::Busy),
                Err(StateError::Conflict) => tokio::time::sleep(LOOK_AGAIN).await,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Renews `grant` under `lease`. The lease was given on the condition that `grant` is still the stored one, so its
    /// refresh token is the newest.
    async fn renew(
        &self,
        owner: &GrantOwner,
        grant: &StoredGrant,
        lease: &Lease,
        refresh: &dyn Refresh,
    ) -> Result<AccessToken, VaultError> {
        let refresh_token = SecretString::from(self.open(owner, grant)?.refresh_token);
        let mut answer = refresh.refresh(&refresh_token, self.clock.now()).await;
        if answer.as_ref().err() == Some(&RefreshFailure::OutcomeUnknown)
            && refresh.after_lost_answer() == LostAnswer::MayRepeat
        {
            answer = refresh.refresh(&refresh_token, self.clock.now()).await;
        }
        let failure = match answer {
            Ok(tokens) => {
                self.store_renewed(owner, grant.generation, lease, &tokens).await?;
                return Ok(AccessToken { secret: tokens.access_token, generation: grant.generation + 1 });
            }
            Err(failure) => failure,
        };
        self.grants.release_grant(owner, &lease.holder).await?;
        match (failure, refresh.after_lost_answer()) {
            (RefreshFailure::Refused, _) => {
                // A consent that was given while we asked has put a newer pair there.
                let newer = self.grants.find_grant(owner).await?.filter(|newer| newer.generation > grant.generation);
                match newer {
                    Some(newer) => {
                        let tokens = self.open(owner, &newer)?;
                        Ok(AccessToken { secret: tokens.access_token.into(), generation: newer.generation })
                    }
                    None => Err(VaultError::NeedsReconnect),
                }
            }
            (RefreshFailure::OutcomeUnknown, LostAnswer::EndsGrant) => Err(VaultError::NeedsReconnect),
            (RefreshFailure::OutcomeUnknown | RefreshFailure::Unavailable, _) => Err(VaultError::UpstreamUnavailable),
        }
    }

    /// Stores the new pair before anybody uses it. It exists nowhere else, so a table that stumbles is tried again.
    async fn store_renewed(
        &self,
        owner: &GrantOwner,
        generation: u64,
        lease: &Lease,
        tokens: &TokenSet,
    ) -> Result<(), VaultError> {
        let sealed = self.seal(owner, tokens)?;
        let mut tries = 1;
        loop {
            let stored =
                self.grants.renew_grant(owner, generation, &lease.holder, &sealed, tokens.access_expires_at).await;
            match stored {
                Err(StateError::Unavailable(_)) if tries < STORE_TRIES => {
                    tries += 1;
                    tokio::time::sleep(LOOK_AGAIN * tries).await;
                }
                // A store whose answer was lost shows as a conflict when it is tried again.
                Err(StateError::Conflict) if tries > 1 => {
                    let kept = self.grants.find_grant(owner).await?;
                    return match kept {
                        Some(kept) if kept.sealed == sealed => Ok(()),
                        _ => Err(StateError::Conflict.into()),
                    };
                }
                stored => return Ok(stored?),
            }
        }
    }

    fn seal(&self, owner: &GrantOwner, tokens: &TokenSet) -> Result<String, VaultError> {
        let plain = Sealed {
            access_token: tokens.access_token.expose_secret().to_owned(),
            refresh_token: tokens.refresh_token.expose_secret().to_owned(),
        };
        let plain = serde_json::to_string(&plain).map_err(|_| SealError::Broken)?;
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
