//! The FIFO queue of batches.

use async_trait::async_trait;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use domain::fault::Causes;
use domain::import::BatchMessage;
use platform::aws::SdkConfig;
use platform::settings::{Environment, SettingError, names};

/// The most messages that one `SendMessageBatch` takes.
const MESSAGES_PER_CALL: usize = 10;

/// The queue took none of the messages.
#[derive(Debug, thiserror::Error)]
#[error("the queue does not answer")]
pub struct QueueError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

#[async_trait]
pub trait BatchQueue: Send + Sync {
    /// Sends the messages and returns the numbers of the batches that the queue took, which may be only some of them. A
    /// message with a deduplication id of the last five minutes counts as taken and is not delivered again.
    async fn send(&self, messages: &[BatchMessage]) -> Result<Vec<u32>, QueueError>;
}

#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl SqsQueue {
    /// The queue that `QUEUE_URL` names.
    pub fn on_aws(aws: &SdkConfig, environment: &Environment) -> Result<Self, SettingError> {
        Ok(Self { client: aws_sdk_sqs::Client::new(aws), url: environment.text(names::QUEUE_URL)? })
    }
}

#[async_trait]
impl BatchQueue for SqsQueue {
    async fn send(&self, messages: &[BatchMessage]) -> Result<Vec<u32>, QueueError> {
        let mut taken = Vec::with_capacity(messages.len());
        for part in messages.chunks(MESSAGES_PER_CALL) {
            let mut call = self.client.send_message_batch().queue_url(&self.url);
            for message in part {
                let entry = SendMessageBatchRequestEntry::builder()
                    .id(message.batch().to_string())
                    .message_group_id(message.portal().as_str())
                    .message_deduplication_id(message.deduplication_id())
                    .message_body(message.to_json())
                    .build()
                    .map_err(|error| QueueError(Box::new(error)))?;
                call = call.entries(entry);
            }
            // If a whole call fails, the batches of the calls before it still count as sent.
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
