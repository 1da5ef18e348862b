//! Kills. Memory answers without ever waiting, so nothing could be cut between two of its steps: here each step of an
//! acceptance is a place to stop, before it and after it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use domain::ids::{ImportId, PortalId};
use domain::import::{Batch, Import, ImportPerson};
use jiff::Timestamp;
use state::{AcceptRefused, ImportAcceptance, ImportReader, StateError};
use tokio::task::yield_now;

/// Runs `future` until it has stopped to wait `stops` times, and drops it there: what a crash leaves of it. `Some` where
/// it ended before.
pub async fn killed_at<F: Future>(stops: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut stopped = 0;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if stopped >= stops => Poll::Ready(None),
        Poll::Pending => {
            stopped += 1;
            Poll::Pending
        }
    })
    .await
}

/// The acceptance of imports, with a stop before and after every step.
pub(crate) struct Steps<S>(pub(crate) Arc<S>);

async fn step<T>(work: impl Future<Output = T>) -> T {
    yield_now().await;
    let done = work.await;
    yield_now().await;
    done
}

#[async_trait]
impl<S: ImportReader> ImportReader for Steps<S> {
    async fn find_import(&self, portal: &PortalId, import: &ImportId) -> Result<Option<Import>, StateError> {
        step(self.0.find_import(portal, import)).await
    }

    async fn import_people(&self, portal: &PortalId, import: &ImportId) -> Result<Vec<ImportPerson>, StateError> {
        step(self.0.import_people(portal, import)).await
    }

    async fn batches(&self, portal: &PortalId, import: &ImportId) -> Result<Vec<Batch>, StateError> {
        step(self.0.batches(portal, import)).await
    }

    async fn find_batch(&self, portal: &PortalId, import: &ImportId, number: u32) -> Result<Option<Batch>, StateError> {
        step(self.0.find_batch(portal, import, number)).await
    }
}

#[async_trait]
impl<S: ImportAcceptance> ImportAcceptance for Steps<S> {
    async fn accept_import(&self, import: &Import, imports_accepted: u32) -> Result<(), AcceptRefused> {
        step(self.0.accept_import(import, imports_accepted)).await
    }

    async fn add_people(&self, import: &Import, people: &[ImportPerson], until: Timestamp) -> Result<(), StateError> {
        step(self.0.add_people(import, people, until)).await
    }

    async fn add_batches(&self, import: &Import, batches: &[Batch]) -> Result<(), StateError> {
        step(self.0.add_batches(import, batches)).await
    }

    async fn start_import(&self, portal: &PortalId, import: &ImportId) -> Result<(), StateError> {
        step(self.0.start_import(portal, import)).await
    }

    async fn record_send(&self, portal: &PortalId, import: &ImportId, batch: Batch) -> Result<Batch, StateError> {
        step(self.0.record_send(portal, import, batch)).await
    }

    async fn mark_sent(
        &self,
        portal: &PortalId,
        import: &ImportId,
        number: u32,
        at: Timestamp,
    ) -> Result<(), StateError> {
        step(self.0.mark_sent(portal, import, number, at)).await
    }
}
