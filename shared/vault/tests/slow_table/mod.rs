//! A table that is not as quick as memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use state::conformance::SuiteClock;
use state::memory::Memory;
use state::{GrantOwner, Grants, Lease, StateError, StoredGrant};

/// A table that takes its time, and stumbles.
pub(crate) struct SlowTable {
    pub(crate) memory: Memory,
    pub(crate) lease_takes: Duration,
    pub(crate) store_takes: Duration,
    /// How many reads in a row fail, from the moment at which another worker changes the grant.
    pub(crate) failing_reads: AtomicU64,
    /// How many stores in a row fail.
    pub(crate) failing_stores: AtomicU64,
    /// Whether another worker changes the grant just before the next pair is stored.
    pub(crate) changed_before: AtomicBool,
}

impl Default for SlowTable {
    fn default() -> Self {
        Self {
            memory: Memory::new(Arc::new(SuiteClock)),
            lease_takes: Duration::ZERO,
            store_takes: Duration::ZERO,
            failing_reads: AtomicU64::default(),
            failing_stores: AtomicU64::default(),
            changed_before: AtomicBool::default(),
        }
    }
}

/// Whether one of so many failures is left.
fn fails(left: &AtomicU64) -> Result<(), StateError> {
    match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
        Ok(_) => Err(StateError::Unavailable("the table does not answer".into())),
        Err(_) => Ok(()),
    }
}

#[async_trait]
impl Grants for SlowTable {
    async fn find_grant(&self, owner: &GrantOwner) -> Result<Option<StoredGrant>, StateError> {
        if !self.changed_before.load(Ordering::SeqCst) {
            fails(&self.failing_reads)?;
        }
        self.memory.find_grant(owner).await
    }

    async fn put_grant(&self, owner: &GrantOwner, sealed: &str, expires: Timestamp) -> Result<(), StateError> {
        tokio::time::sleep(self.store_takes).await;
        fails(&self.failing_stores)?;
        self.memory.put_grant(owner, sealed, expires).await
    }

    async fn limit_grant(&self, owner: &GrantOwner, until: Timestamp) -> Result<(), StateError> {
        self.memory.limit_grant(owner, until).await
    }

    async fn lease_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<(), StateError> {
        tokio::time::sleep(self.lease_takes).await;
        self.memory.lease_grant(owner, generation, lease, now).await
    }

    async fn renew_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        sealed: &str,
        expires: Timestamp,
    ) -> Result<(), StateError> {
        tokio::time::sleep(self.store_takes).await;
        fails(&self.failing_stores)?;
        if self.changed_before.swap(false, Ordering::SeqCst) {
            // What another worker made of the same token: the token is the same, and the generation another.
            let stored = self.memory.find_grant(owner).await?.ok_or(StateError::Conflict)?;
            self.memory.put_grant(owner, &stored.sealed, stored.access_expires_at).await?;
        }
        self.memory.renew_grant(owner, generation, sealed, expires).await
    }

    async fn reseal_grant(&self, owner: &GrantOwner, generation: u64, sealed: &str) -> Result<(), StateError> {
        tokio::time::sleep(self.store_takes).await;
        fails(&self.failing_stores)?;
        self.memory.reseal_grant(owner, generation, sealed).await
    }

    async fn refuse_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        holder: &str,
        sealed: &str,
        refused_at: Timestamp,
    ) -> Result<(), StateError> {
        self.memory.refuse_grant(owner, generation, holder, sealed, refused_at).await
    }

    async fn release_grant(&self, owner: &GrantOwner, holder: &str) -> Result<(), StateError> {
        self.memory.release_grant(owner, holder).await
    }

    async fn erase_grant(&self, owner: &GrantOwner) -> Result<(), StateError> {
        self.memory.erase_grant(owner).await
    }
}
