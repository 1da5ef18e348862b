//! Token sets in memory.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Memory;
use crate::{GrantList, GrantOwner, Grants, Lease, StateError, StoredGrant};

#[async_trait]
impl GrantList for Memory {
    async fn grant_owners(&self) -> Result<Vec<GrantOwner>, StateError> {
        Ok(self.kept().grants.keys().cloned().collect())
    }
}

#[async_trait]
impl Grants for Memory {
    async fn find_grant(&self, owner: &GrantOwner) -> Result<Option<StoredGrant>, StateError> {
        Ok(self.kept().grants.get(owner).cloned())
    }

    async fn put_grant(
        &self,
        owner: &GrantOwner,
        sealed: &str,
        access_expires_at: Timestamp,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        let generation = kept.grants.get(owner).map_or(0, |stored| stored.generation) + 1;
        let grant = StoredGrant { sealed: sealed.to_owned(), access_expires_at, generation, lease: None };
        kept.grants.insert(owner.clone(), grant);
        Ok(())
    }

    async fn limit_grant(&self, _owner: &GrantOwner, _until: Timestamp) -> Result<(), StateError> {
        // Nothing is forgotten here by itself, as in a table that deletes late.
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
        let grant = kept.grants.get_mut(owner).filter(|grant| {
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
        self.next_grant(owner, generation, None, sealed, access_expires_at)
    }

    async fn refuse_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        holder: &str,
        sealed: &str,
        refused_at: Timestamp,
    ) -> Result<(), StateError> {
        self.next_grant(owner, generation, Some(holder), sealed, refused_at)
    }

    async fn release_grant(&self, owner: &GrantOwner, holder: &str) -> Result<(), StateError> {
        if let Some(grant) = self.kept().grants.get_mut(owner) {
            grant.lease.take_if(|lease| lease.holder == holder);
        }
        Ok(())
    }

    async fn erase_grant(&self, owner: &GrantOwner) -> Result<(), StateError> {
        self.kept().grants.remove(owner);
        Ok(())
    }
}

impl Memory {
    /// Stores the successor of `generation`, where that is the stored one and `holder`, if any, holds the lease on it.
    fn next_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        holder: Option<&str>,
        sealed: &str,
        access_expires_at: Timestamp,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        let grant = kept.grants.get_mut(owner).ok_or(StateError::Conflict)?;
        if grant.generation == generation + 1 && grant.sealed == sealed {
            return Ok(());
        }
        let is_held = |holder: &str| grant.lease.as_ref().is_some_and(|lease| lease.holder == holder);
        if grant.generation != generation || !holder.is_none_or(is_held) {
            return Err(StateError::Conflict);
        }
        *grant = StoredGrant { sealed: sealed.to_owned(), access_expires_at, generation: generation + 1, lease: None };
        Ok(())
    }
}
