//! Token sets in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Dated, Memory};
use crate::{GrantList, GrantOwner, Grants, Lease, StateError, StoredGrant};

#[async_trait]
impl GrantList for Memory {
    async fn grant_owners(&self) -> Result<Vec<GrantOwner>, StateError> {
        let now = self.clock.now();
        let kept = self.kept();
        let there = kept.grants.iter().filter(|(_, grant)| grant.is_there(now));
        Ok(there.map(|(owner, _)| owner.clone()).collect())
    }
}

#[async_trait]
impl Grants for Memory {
    async fn find_grant(&self, owner: &GrantOwner) -> Result<Option<StoredGrant>, StateError> {
        let now = self.clock.now();
        let kept = self.kept();
        Ok(kept.grants.get(owner).filter(|grant| grant.is_there(now)).map(|grant| grant.value.clone()))
    }

    async fn put_grant(
        &self,
        owner: &GrantOwner,
        sealed: &str,
        access_expires_at: Timestamp,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        let generation = kept.grants.get(owner).map_or(0, |stored| stored.value.generation) + 1;
        let grant = StoredGrant { sealed: sealed.to_owned(), access_expires_at, generation, lease: None };
        let until = Some(access_expires_at + owner.kept());
        kept.grants.insert(owner.clone(), Dated { value: grant, until });
        Ok(())
    }

    async fn limit_grant(&self, owner: &GrantOwner, until: Timestamp) -> Result<(), StateError> {
        if let Some(grant) = self.kept().grants.get_mut(owner) {
            grant.until = Some(until);
        }
        Ok(())
    }

    async fn lease_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        let grant = kept.grants.get_mut(owner).map(|grant| &mut grant.value).filter(|grant| {
            let is_free = grant.lease.as_ref().is_none_or(|live| live.until <= now || live.holder == lease.holder);
            grant.generation == generation && is_free
        });
        grant.ok_or(StateError::Conflict)?.lease = Some(lease.clone());
        Ok(())
    }

    async fn renew_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        sealed: &str,
        access_expires_at: Timestamp,
    ) -> Result<(), StateError> {
        self.next_grant(owner, generation, None, sealed, Some(access_expires_at))
    }

    async fn reseal_grant(&self, owner: &GrantOwner, generation: u64, sealed: &str) -> Result<(), StateError> {
        self.next_grant(owner, generation, None, sealed, None)
    }

    async fn refuse_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        holder: &str,
        sealed: &str,
        refused_at: Timestamp,
    ) -> Result<(), StateError> {
        self.next_grant(owner, generation, Some(holder), sealed, Some(refused_at))
    }

    async fn release_grant(&self, owner: &GrantOwner, holder: &str) -> Result<(), StateError> {
        if let Some(grant) = self.kept().grants.get_mut(owner) {
            grant.value.lease.take_if(|lease| lease.holder == holder);
        }
        Ok(())
    }

    async fn erase_grant(&self, owner: &GrantOwner) -> Result<(), StateError> {
        self.kept().grants.remove(owner);
        Ok(())
    }
}

impl Memory {
    /// Stores the successor of `generation`, where that is the stored one and `holder`, if any, holds the lease on it. Without
    /// `access_expires_at` both ends stay as they are.
    fn next_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        holder: Option<&str>,
        sealed: &str,
        access_expires_at: Option<Timestamp>,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        let Dated { value: grant, until } = kept.grants.get_mut(owner).ok_or(StateError::Conflict)?;
        if grant.generation == generation + 1 && grant.sealed == sealed {
            return Ok(());
        }
        let is_held = |holder: &str| grant.lease.as_ref().is_some_and(|lease| lease.holder == holder);
        if grant.generation != generation || !holder.is_none_or(is_held) {
            return Err(StateError::Conflict);
        }
        let expires = access_expires_at.unwrap_or(grant.access_expires_at);
        let next = generation + 1;
        *grant = StoredGrant { sealed: sealed.to_owned(), access_expires_at: expires, generation: next, lease: None };
        if access_expires_at.is_some() {
            *until = Some(expires + owner.kept());
        }
        Ok(())
    }
}
