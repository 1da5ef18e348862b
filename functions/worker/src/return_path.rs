//! What happens to a message that is not done with: back to its queue after a wait, or to the dead letters with a reason.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::types::MessageAttributeValue;
use platform::aws::SdkConfig;
use platform::settings::{Environment, SettingError, names};

/// SQS lets a message be hidden for twelve hours from its receipt; the quarter of an hour is for what we did with it
/// before.
const LONGEST_WAIT: Duration = Duration::from_mins(12 * 60 - 15);

/// The queue did not do it.
#[derive(Debug, thiserror::Error)]
#[error("the queue does not answer")]
pub struct ReturnPathError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where messages go that are not done with.
#[async_trait]
pub trait ReturnPath: Send + Sync {
    /// Hides a message for `wait`, before it is reported as a failure and comes back.
    async fn hide_for(&self, receipt_handle: &str, wait: Duration) -> Result<(), ReturnPathError>;

    /// Copies a message that can never be handled to the dead-letter queue, with the reason.
    async fn to_dead_letters(&self, message_id: &str, body: &str, reason: &str) -> Result<(), ReturnPathError>;
}

/// The return path on SQS.
#[derive(Clone, Debug)]
pub struct QueueReturn {
    client: aws_sdk_sqs::Client,
    queue_url: String,
    dead_letter_queue_url: String,
}

impl QueueReturn {
    /// From the queue to itself, or to the dead letters. Reads `QUEUE_URL` and `DEAD_LETTER_QUEUE_URL`.
    pub fn on_aws(aws: &SdkConfig, environment: &Environment) -> Result<Self, SettingError> {
        Ok(Self {
            client: aws_sdk_sqs::Client::new(aws),
            queue_url: environment.text(names::QUEUE_URL)?,
            dead_letter_queue_url: environment.text(names::DEAD_LETTER_QUEUE_URL)?,
        })
    }
}

#[async_trait]
impl ReturnPath for QueueReturn {
    async fn hide_for(&self, receipt_handle: &str, wait: Duration) -> Result<(), ReturnPathError> {
        // Rounded up: a message that comes back early would ask GO1 before the time that it named.
        let seconds = wait.min(LONGEST_WAIT).as_millis().div_ceil(1_000);
        let seconds = i32::try_from(seconds).unwrap_or(i32::MAX);
        self.client
            .change_message_visibility()
            .queue_url(&self.queue_url)
            .receipt_handle(receipt_handle)
            .visibility_timeout(seconds)
            .send()
            .await
            .map(drop)
            .map_err(|error| ReturnPathError(Box::new(error)))
    }

    async fn to_dead_letters(&self, message_id: &str, body: &str, reason: &str) -> Result<(), ReturnPathError> {
        let reason = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(reason)
            .build()
            .map_err(|error| ReturnPathError(Box::new(error)))?;
        self.client
            .send_message()
            .queue_url(&self.dead_letter_queue_url)
            .message_group_id("unreadable")
            .message_deduplication_id(message_id)
            .message_body(body)
            .message_attributes("reason", reason)
            .send()
            .await
            .map(drop)
            .map_err(|error| ReturnPathError(Box::new(error)))
    }
}
