//! What happens to a message that is not finished: it becomes visible again after a wait, or goes to the dead letters
//! with a reason.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::types::MessageAttributeValue;
use platform::aws::SdkConfig;
use platform::settings::{Environment, SettingError, names};

/// SQS refused the call or did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the queue does not answer")]
pub struct ReturnPathError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A message that can never be handled, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Unhandled<'message> {
    pub message_id: &'message str,
    /// Its group, which is its portal's: it keeps it, so that it can be sent again from there.
    pub group: &'message str,
    pub body: &'message str,
}

/// What happens to messages that are not finished.
#[async_trait]
pub trait ReturnPath: Send + Sync {
    /// Sets a message's visibility timeout, so that it is delivered again after `wait`.
    async fn hide_for(&self, receipt_handle: &str, wait: Duration) -> Result<(), ReturnPathError>;

    /// Copies a message that can never be handled to the dead-letter queue, with the reason.
    async fn to_dead_letters(&self, message: Unhandled<'_>, reason: &str) -> Result<(), ReturnPathError>;
}

#[derive(Clone, Debug)]
pub struct SqsReturnPath {
    client: aws_sdk_sqs::Client,
    queue_url: String,
    dead_letter_queue_url: String,
}

impl SqsReturnPath {
    /// Reads `QUEUE_URL` and `DEAD_LETTER_QUEUE_URL`.
    pub fn on_aws(aws: &SdkConfig, environment: &Environment) -> Result<Self, SettingError> {
        Ok(Self {
            client: aws_sdk_sqs::Client::new(aws),
            queue_url: environment.text(names::QUEUE_URL)?,
            dead_letter_queue_url: environment.text(names::DEAD_LETTER_QUEUE_URL)?,
        })
    }
}

#[async_trait]
impl ReturnPath for SqsReturnPath {
    async fn hide_for(&self, receipt_handle: &str, wait: Duration) -> Result<(), ReturnPathError> {
        // Rounded up, because a message that is delivered too early would call GO1 before the time that GO1 named.
        let seconds = wait.as_millis().div_ceil(1_000);
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

    async fn to_dead_letters(&self, message: Unhandled<'_>, reason: &str) -> Result<(), ReturnPathError> {
        let reason = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(reason)
            .build()
            .map_err(|error| ReturnPathError(Box::new(error)))?;
        self.client
            .send_message()
            .queue_url(&self.dead_letter_queue_url)
            .message_group_id(message.group)
            .message_deduplication_id(message.message_id)
            .message_body(message.body)
            .message_attributes("reason", reason)
            .send()
            .await
            .map(drop)
            .map_err(|error| ReturnPathError(Box::new(error)))
    }
}
