//! The FIFO queue of batches.

use async_trait::async_trait;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::import::{Batch, BatchMessage};
use platform::telemetry::Causes;

/// The most messages that one `SendMessageBatch` takes.
const MESSAGES_PER_CALL: usize = 10;

/// A batch that is to be put on the queue. Its `sends` was recorded before.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// What is sent.
    pub message: BatchMessage,
    /// The deduplication id: the same batch sent again on purpose has another.
    pub deduplication_id: String,
}

impl Outgoing {
    /// The message for `batch`, as often as it was sent.
    pub fn new(message: BatchMessage, batch: &Batch) -> Self {
        let deduplication_id = message.deduplication_id(batch.sends);
        Self { message, deduplication_id }
    }
}

/// The queue took nothing of a call.
#[derive(Debug, thiserror::Error)]
#[error("the queue does not answer")]
pub struct QueueError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// Takes batches.
#[async_trait]
pub trait BatchQueue: Send + Sync {
    /// Sends all, and returns the numbers of the batches that the queue took. It may take some and not others.
    async fn send(&self, batches: &[Outgoing]) -> Result<Vec<u32>, QueueError>;
}

/// The queue on SQS.
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl SqsQueue {
    /// The queue at `url`.
    pub fn new(client: aws_sdk_sqs::Client, url: String) -> Self {
        Self { client, url }
    }
}

#[async_trait]
impl BatchQueue for SqsQueue {
    async fn send(&self, batches: &[Outgoing]) -> Result<Vec<u32>, QueueError> {
        let mut taken = Vec::with_capacity(batches.len());
        for part in batches.chunks(MESSAGES_PER_CALL) {
            let mut call = self.client.send_message_batch().queue_url(&self.url);
            for outgoing in part {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(outgoing.message.batch().to_string())
                    .message_group_id(outgoing.message.portal().as_str())
                    .message_deduplication_id(&outgoing.deduplication_id)
                    .message_body(outgoing.message.to_json())
                    .build()
                    .map_err(|error| QueueError(Box::new(error)))?;
                call = call.entries(entry);
            }
            // A call that fails whole leaves its batches unmarked; those of the calls before it count.
            match call.send().await {
                Ok(answer) => {
                    for failed in &answer.failed {
                        tracing::warn!(code = failed.code(), batch = failed.id(), "the queue did not take a batch");
                    }
                    taken.extend(answer.successful.iter().filter_map(|entry| entry.id().parse::<u32>().ok()));
                }
                Err(error) if taken.is_empty() => return Err(QueueError(Box::new(error))),
                Err(error) => {
                    tracing::warn!(error = %Causes(&error), "the queue did not take all batches");
                    break;
                }
            }
        }
        Ok(taken)
    }
}
