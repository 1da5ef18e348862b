//! One invocation of a function: it can crash, be cancelled, be frozen and thawed, and it ends at its time-out.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

use crate::processes::{Fate, InvocationId};
use crate::queue::VISIBILITY_TIMEOUT;
use crate::simulator::Simulator;

/// How an invocation ended.
#[derive(Debug)]
pub(crate) enum Ended<T> {
    /// It answered.
    Answered(T),
    /// Its future was dropped, and its process lives on.
    Cancelled,
    /// Its process is gone: it crashed, panicked or reached the time-out.
    Gone,
}

impl<T> Ended<T> {
    pub(crate) fn answer(self) -> Option<T> {
        match self {
            Self::Answered(answer) => Some(answer),
            Self::Cancelled | Self::Gone => None,
        }
    }
}

/// The future of one invocation. Whatever ends it early drops the product's future at the step where it stands.
pub(crate) struct Invocation<F> {
    simulator: Simulator,
    id: InvocationId,
    inner: Option<Pin<Box<F>>>,
    time_out: Pin<Box<Sleep>>,
    thaw: Option<Pin<Box<Sleep>>>,
    /// How often it is polled before it is frozen, and for how long.
    freeze_after: Option<(usize, Duration)>,
}

impl<F> Invocation<F> {
    pub(crate) fn new(simulator: Simulator, id: InvocationId, limit: Duration, inner: F) -> Self {
        let time_out = Box::pin(sleep(limit));
        Self { simulator, id, inner: Some(Box::pin(inner)), time_out, thaw: None, freeze_after: None }
    }

    /// Freezes it for so long after so many polls.
    pub(crate) fn frozen_after(self, polls: usize, length: Duration) -> Self {
        Self { freeze_after: Some((polls, length)), ..self }
    }

    fn freeze(&mut self, length: Duration) {
        self.thaw = Some(Box::pin(sleep(length)));
        self.simulator.note_frozen(self.id, true);
        if length >= VISIBILITY_TIMEOUT {
            self.simulator.history().note_stood_still(self.id);
        }
        // Lambda counts the time of an invocation only while it is not frozen.
        let deadline = self.time_out.deadline() + length;
        self.time_out.as_mut().reset(deadline);
    }

    /// Goes on, before the time that it was frozen for is over or after it.
    fn go_on(&mut self) {
        let Some(thaw) = self.thaw.take() else { return };
        let deadline = self.time_out.deadline() - thaw.deadline().saturating_duration_since(Instant::now());
        self.time_out.as_mut().reset(deadline);
        self.simulator.note_frozen(self.id, false);
    }

    fn end<T>(&mut self, ended: Ended<T>) -> Poll<Ended<T>> {
        self.simulator.within(self.id, || self.inner = None);
        self.simulator.end_invocation(self.id, matches!(ended, Ended::Answered(_)));
        Poll::Ready(ended)
    }
}

impl<F: Future> Future for Invocation<F> {
    type Output = Ended<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Some((polls, length)) = this.freeze_after {
            if let Some(left) = polls.checked_sub(1) {
                this.freeze_after = Some((left, length));
            } else {
                this.freeze_after = None;
                this.freeze(length);
            }
        }
        loop {
            this.simulator.waits_for(this.id, context.waker());
            if let Some(thaw) = &mut this.thaw {
                if this.simulator.is_frozen(this.id) && thaw.as_mut().poll(context).is_pending() {
                    return Poll::Pending;
                }
                this.go_on();
            }
            let Some(inner) = &mut this.inner else { return Poll::Pending };
            // A task of the invocation may have ended it.
            match this.simulator.fate(this.id) {
                Fate::Crashed => return this.end(Ended::Gone),
                Fate::Cancelled => return this.end(Ended::Cancelled),
                Fate::Runs => {}
            }
            let polled =
                this.simulator.within(this.id, || catch_unwind(AssertUnwindSafe(|| inner.as_mut().poll(context))));
            match this.simulator.fate(this.id) {
                Fate::Crashed => return this.end(Ended::Gone),
                Fate::Cancelled => return this.end(Ended::Cancelled),
                Fate::Runs => {}
            }
            match polled {
                Ok(Poll::Ready(answer)) => return this.end(Ended::Answered(answer)),
                // The product did not catch the panic, so the invocation has failed.
                Err(_) => return this.end(Ended::Gone),
                Ok(Poll::Pending) => {}
            }
            if let Some(length) = this.simulator.take_freeze(this.id) {
                this.freeze(length);
                continue;
            }
            return match this.time_out.as_mut().poll(context) {
                Poll::Ready(()) => this.end(Ended::Gone),
                Poll::Pending => Poll::Pending,
            };
        }
    }
}
