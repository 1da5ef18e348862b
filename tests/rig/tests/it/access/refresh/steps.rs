//! One user whose every step can go wrong: a stop before and after each call of the store and of Xero.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use rig::{Step, StepHook, killed_at};
use secrecy::SecretString;
use state::StateError;
use tokio::sync::Notify;
use vault::{Refresh, RefreshFailure, TokenSet};
use xero::XeroClient;
use xero_access::XeroRefresh;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// Nothing.
    None,
    /// It stops at this step, counted from 0, until it is let go.
    Stop(usize),
    /// Its process dies when its call to Xero has waited so often, counted from 0.
    DieWithinCall(usize),
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
    dead: AtomicBool,
}

impl Steps {
    pub(crate) fn with(mishap: Mishap) -> Arc<Self> {
        Arc::new(Self {
            mishap,
            taken: AtomicUsize::new(0),
            place: Mutex::default(),
            stopped: Notify::new(),
            let_go: Notify::new(),
            dead: AtomicBool::new(false),
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

    /// Its process dies: no further step is taken.
    async fn die<T>(&self) -> T {
        self.dead.store(true, Ordering::SeqCst);
        self.stopped.notify_one();
        pending().await
    }

    /// One step; `true` where the store fails at it.
    async fn step(&self, place: &'static str) -> bool {
        if self.dead.load(Ordering::SeqCst) {
            return pending().await;
        }
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
            Mishap::None | Mishap::Stop(_) | Mishap::DieWithinCall(_) => {
                tokio::task::yield_now().await;
                false
            }
        }
    }
}

/// Each call of the store is two steps, one before it and one after.
pub(crate) struct AroundStore(pub(crate) Arc<Steps>);

impl AroundStore {
    async fn step(&self, place: &'static str) -> Result<(), StateError> {
        let fails = self.0.step(place).await;
        if fails { Err(StateError::Unavailable("the table stumbles here".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl StepHook for AroundStore {
    type Context = ();

    async fn before(&self, _: Step) -> Result<(), StateError> {
        self.step("before the store").await
    }

    async fn after(&self, (): ()) -> Result<(), StateError> {
        self.step("after the store").await
    }
}

/// Xero's token endpoint through the shipped client, step by step.
pub(crate) struct SteppedRefresh(pub(crate) Arc<XeroClient>, pub(crate) Arc<Steps>);

#[async_trait]
impl Refresh for SteppedRefresh {
    async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<TokenSet, RefreshFailure> {
        self.1.step("before Xero").await;
        let xero = XeroRefresh(self.0.clone());
        let call = xero.refresh(refresh_token, now);
        let answer = match self.1.mishap {
            Mishap::DieWithinCall(waits) => match killed_at(waits, call).await {
                Some(answer) => answer,
                None => self.1.die().await,
            },
            _ => call.await,
        };
        self.1.step("after Xero").await;
        answer
    }

    fn takes_tokens_again(&self) -> bool {
        XeroRefresh(self.0.clone()).takes_tokens_again()
    }
}
