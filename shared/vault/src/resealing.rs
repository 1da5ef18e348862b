//! Seals what is stored with the current key, so that an older key can be taken away. Nobody's token changes.

use std::sync::Arc;

use domain::clock::{Clock, Random, random_hex};
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;
use state::{GrantOwner, Grants, Lease, StateError};

use crate::sealed_grants::{VaultError, owner_text};
use crate::{SealError, SealingKeys};

/// How long nobody else renews the token set: longer than one write takes.
const LEASE: SignedDuration = SignedDuration::from_secs(30);

/// What became of one token set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resealed {
    /// It is sealed with the current key now.
    Now,
    /// It was so before.
    Before,
    /// A worker renews it at this moment, and seals with the key that it knows: look again later.
    InUse,
    /// There is none any more.
    Gone,
}

/// Seals token sets anew, one by one.
#[derive(Clone)]
pub struct Resealer {
    /// Where they are.
    pub grants: Arc<dyn Grants>,
    /// The keys, the current one among them.
    pub keys: Arc<SealingKeys>,
    /// By which a lease ends.
    pub clock: Arc<dyn Clock>,
    /// For nonces, and for the name of the lease.
    pub random: Arc<dyn Random>,
}

impl Resealer {
    /// Seals this owner's token set with the current key. It is read, and stored as the next generation under a lease, so
    /// that no renewal comes between and is lost. What is inside is not looked at, and goes on as it is.
    pub async fn reseal(&self, owner: &GrantOwner) -> Result<Resealed, VaultError> {
        let Some(grant) = self.grants.find_grant(owner).await? else { return Ok(Resealed::Gone) };
        if SealingKeys::key_of(&grant.sealed).ok_or(SealError::Broken)? == self.keys.current() {
            return Ok(Resealed::Before);
        }
        let name = owner_text(owner);
        let plain = self.keys.open(&grant.sealed, &name)?;
        let sealed = self.keys.seal(plain.expose_secret(), &name, &*self.random)?;
        let now = self.clock.now();
        let lease = Lease { holder: random_hex::<16>(&*self.random), until: now + LEASE };
        match self.grants.lease_grant(owner, grant.generation, &lease, now).await {
            Ok(()) => {}
            Err(StateError::Conflict) => return Ok(Resealed::InUse),
            Err(error) => return Err(error.into()),
        }
        match self.grants.reseal_grant(owner, grant.generation, &sealed).await {
            Ok(()) => Ok(Resealed::Now),
            // A consent has come between, whose tokens are sealed by who took them.
            Err(StateError::Conflict) => Ok(Resealed::InUse),
            Err(error) => Err(error.into()),
        }
    }
}
