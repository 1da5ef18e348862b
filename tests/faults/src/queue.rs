//! The simulated queue: the queue of the rig, with injection points where the product sends and returns messages.

use std::time::Duration;

use async_trait::async_trait;
use domain::import::BatchMessage;
use importing::queue::{BatchQueue, QueueError};
use rig::Queue;
use worker::{ReturnPath, ReturnPathError, Unhandled};

use crate::fault::Fault;
use crate::injection_points::InjectionPoint;
use crate::simulator::Simulator;

/// For how long a received message is hidden, as in `infra/template.yaml`.
pub(crate) const VISIBILITY_TIMEOUT: Duration = Duration::from_mins(6);

#[derive(Clone)]
pub(crate) struct SimulatedQueue {
    pub(crate) simulator: Simulator,
    pub(crate) queue: Queue,
    /// Whether messages are written as the release before this one wrote them.
    pub(crate) writes_previous_version: bool,
}

impl SimulatedQueue {
    async fn put(&self, batches: &[BatchMessage]) -> Result<Vec<u32>, QueueError> {
        // The queue delivers what it has taken, whatever the sender does meanwhile.
        self.simulator.triggered.notify_one();
        if !self.writes_previous_version {
            return self.queue.send(batches).await;
        }
        for message in batches {
            let mut body: serde_json::Value = serde_json::from_str(&message.to_json()).unwrap_or_default();
            body["version"] = 1.into();
            if let Some(fields) = body.as_object_mut() {
                fields.remove("send");
            }
            self.queue.put(message.portal().as_str(), &message.deduplication_id(), &body.to_string());
        }
        Ok(batches.iter().map(BatchMessage::batch).collect())
    }

    async fn return_message(
        &self,
        work: impl Future<Output = Result<(), ReturnPathError>>,
    ) -> Result<(), ReturnPathError> {
        let failed = || ReturnPathError("an injected fault".into());
        match self.simulator.step(InjectionPoint::QueueReturn).await {
            Some(Fault::CrashBefore) => self.simulator.crash().await,
            Some(Fault::FailBefore) => Err(failed()),
            Some(Fault::CrashAfter) => {
                work.await?;
                self.simulator.crash().await
            }
            Some(Fault::CancelAfter) => {
                work.await?;
                self.simulator.cancel().await;
                Ok(())
            }
            Some(Fault::FailAfter) => {
                work.await?;
                Err(failed())
            }
            _ => work.await,
        }
    }
}

#[async_trait]
impl BatchQueue for SimulatedQueue {
    async fn send(&self, batches: &[BatchMessage]) -> Result<Vec<u32>, QueueError> {
        let failed = || QueueError("an injected fault".into());
        match self.simulator.step(InjectionPoint::QueueSend).await {
            Some(Fault::CrashBefore) => self.simulator.crash().await,
            Some(Fault::FailBefore) => Err(failed()),
            Some(Fault::CrashAfter) => {
                self.put(batches).await?;
                self.simulator.crash().await
            }
            Some(Fault::CancelAfter) => {
                let taken = self.put(batches).await?;
                self.simulator.cancel().await;
                Ok(taken)
            }
            Some(Fault::FailAfter) => {
                self.put(batches).await?;
                Err(failed())
            }
            Some(Fault::PartialSend) => self.put(&batches[1.min(batches.len())..]).await,
            _ => self.put(batches).await,
        }
    }
}

#[async_trait]
impl ReturnPath for SimulatedQueue {
    async fn hide_for(&self, receipt_handle: &str, wait: Duration) -> Result<(), ReturnPathError> {
        self.return_message(self.queue.hide_for(receipt_handle, wait)).await
    }

    async fn to_dead_letters(&self, message: Unhandled<'_>, reason: &str) -> Result<(), ReturnPathError> {
        self.return_message(self.queue.to_dead_letters(message, reason)).await
    }
}
