//! One user whose every step can go wrong: a stop before and after each call of the store and of Xero.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use application::refresh::XeroRefresh;
use async_trait::async_trait;
use jiff::Timestamp;
use secrecy::SecretString;
use state::{GrantOwner, Grants, Lease, StateError, StoredGrant};
use tokio::sync::Notify;
use vault::{LostAnswer, Refresh, RefreshFailure, TokenSet};
use xero::XeroClient;

/// The step between the decision to ask Xero and the call: whoever stands here sends, however late it is.
pub(crate) const BEFORE_XERO: &str = "before Xero";

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// Nothing.
    None,
    /// It stops at this step, counted from 0, until it is let go.
    Stop(usize),
    /// The store fails at so many steps from this one on: before it did what was asked, or after.
    StoreFails { from: usize, times: usize },
}

/// Counts the steps of one user.
pub(crate) struct Steps {
    mishap: Mishap,
    taken: AtomicUsize,
    place: Mutex<&'static str>,
    stopped: Notify,
    let_go: Notify,
}

impl Steps {
    pub(crate) fn with(mishap: Mishap) -> Arc<Self> {
        Arc::new(Self {
            mishap,
            taken: AtomicUsize::new(0),
            place: Mutex::default(),
            stopped: Notify::new(),
            let_go: Notify::new(),
        })
    }

    /// Comes back when the user stands at its stop, and says where that is.
    pub(crate) async fn stopped(&self) -> &'static str {
        self.stopped.notified().await;
        *self.place.lock().expect("no panic inside")
    }

    /// Lets it go on.
    pub(crate) fn let_go(&self) {
        self.let_go.notify_one();
    }

    /// One step; `true` where the store fails at it.
    async fn step(&self, place: &'static str) -> bool {
        let number = self.taken.fetch_add(1, Ordering::SeqCst);
        match self.mishap {
            Mishap::Stop(at) if at == number => {
                *self.place.lock().expect("no panic inside") = place;
                self.stopped.notify_one();
                self.let_go.notified().await;
                false
            }
            Mishap::StoreFails { from, times } => (from..from + times).contains(&number),
            // A place to be killed at where memory has none.
            Mishap::None | Mishap::Stop(_) => {
                tokio::task::yield_now().await;
                false
            }
        }
    }

    async fn of_store<T>(&self, work: impl Future<Output = Result<T, StateError>>) -> Result<T, StateError> {
        if self.step("before the store").await {
            return Err(failure());
        }
        let done = work.await;
        if self.step("after the store").await { Err(failure()) } else { done }
    }
}

fn failure() -> StateError {
    StateError::Unavailable("the table stumbles here".into())
}

/// The store, step by step.
pub(crate) struct SteppedGrants(pub(crate) Arc<dyn Grants>, pub(crate) Arc<Steps>);

#[async_trait]
impl Grants for SteppedGrants {
    async fn find_grant(&self, owner: &GrantOwner) -> Result<Option<StoredGrant>, StateError> {
        self.1.of_store(self.0.find_grant(owner)).await
    }

    async fn put_grant(&self, owner: &GrantOwner, sealed: &str, expires: Timestamp) -> Result<(), StateError> {
        self.1.of_store(self.0.put_grant(owner, sealed, expires)).await
    }

    async fn limit_grant(&self, owner: &GrantOwner, until: Timestamp) -> Result<(), StateError> {
        self.1.of_store(self.0.limit_grant(owner, until)).await
    }

    async fn lease_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<(), StateError> {
        self.1.of_store(self.0.lease_grant(owner, generation, lease, now)).await
    }

    async fn renew_grant(
        &self,
        owner: &GrantOwner,
        generation: u64,
        holder: &str,
        sealed: &str,
        expires: Timestamp,
    ) -> Result<(), StateError> {
        self.1.of_store(self.0.renew_grant(owner, generation, holder, sealed, expires)).await
    }

    async fn release_grant(&self, owner: &GrantOwner, holder: &str) -> Result<(), StateError> {
        self.1.of_store(self.0.release_grant(owner, holder)).await
    }

    async fn erase_grant(&self, owner: &GrantOwner) -> Result<(), StateError> {
        self.1.of_store(self.0.erase_grant(owner)).await
    }
}

/// Xero's token endpoint through the shipped client, step by step.
pub(crate) struct SteppedRefresh(pub(crate) Arc<XeroClient>, pub(crate) Arc<Steps>);

#[async_trait]
impl Refresh for SteppedRefresh {
    async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure> {
        self.1.step(BEFORE_XERO).await;
        let answer = XeroRefresh(&self.0).refresh(refresh_token, now).await;
        self.1.step("after Xero").await;
        answer
    }

    fn after_lost_answer(&self) -> LostAnswer {
        XeroRefresh(&self.0).after_lost_answer()
    }
}
