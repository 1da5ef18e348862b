//! The dead letters on SQS.

use async_trait::async_trait;
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use domain::import::BatchMessage;
use importing::queue::QueueError;
use platform::aws::SdkConfig;
use platform::settings::{Environment, SettingError, names};

/// How long a dead letter that was received is hidden, in seconds: for as long as one command works on ten of them.
const HIDDEN: i32 = 120;

/// A message that nobody handles any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    pub id: String,
    /// By which it is deleted.
    pub receipt: String,
    pub body: String,
}

#[async_trait]
pub trait DeadLetters: Send + Sync {
    /// The next few, hidden for a while; none where there are no more, or where one that is hidden keeps back the rest of its
    /// group.
    async fn receive(&self) -> Result<Vec<DeadLetter>, QueueError>;

    /// Puts a batch on the queue, into its portal's group.
    async fn send_again(&self, message: &BatchMessage, deduplication_id: &str) -> Result<(), QueueError>;

    async fn delete(&self, letter: &DeadLetter) -> Result<(), QueueError>;

    /// Lets one that was received be seen again at once.
    async fn put_back(&self, letter: &DeadLetter) -> Result<(), QueueError>;

    /// About how many there are, hidden ones too.
    async fn depth(&self) -> Result<usize, QueueError>;
}

/// The two queues of a stage.
#[derive(Clone, Debug)]
pub struct SqsDeadLetters {
    client: aws_sdk_sqs::Client,
    queue_url: String,
    dead_letter_queue_url: String,
}

impl SqsDeadLetters {
    /// Reads `QUEUE_URL` and `DEAD_LETTER_QUEUE_URL`.
    pub fn on_aws(aws: &SdkConfig, environment: &Environment) -> Result<Self, SettingError> {
        Ok(Self {
            client: aws_sdk_sqs::Client::new(aws),
            queue_url: environment.text(names::QUEUE_URL)?,
            dead_letter_queue_url: environment.text(names::DEAD_LETTER_QUEUE_URL)?,
        })
    }
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> QueueError {
    QueueError(error.into())
}

#[async_trait]
impl DeadLetters for SqsDeadLetters {
    async fn receive(&self) -> Result<Vec<DeadLetter>, QueueError> {
        let call = self.client.receive_message().queue_url(&self.dead_letter_queue_url);
        let call = call.max_number_of_messages(10).visibility_timeout(HIDDEN).wait_time_seconds(2);
        let call = call.message_system_attribute_names(MessageSystemAttributeName::MessageGroupId);
        let answer = call.send().await.map_err(failed)?;
        let letter = |message: aws_sdk_sqs::types::Message| DeadLetter {
            id: message.message_id.unwrap_or_default(),
            receipt: message.receipt_handle.unwrap_or_default(),
            body: message.body.unwrap_or_default(),
        };
        Ok(answer.messages.unwrap_or_default().into_iter().map(letter).collect())
    }

    async fn send_again(&self, message: &BatchMessage, deduplication_id: &str) -> Result<(), QueueError> {
        let call = self.client.send_message().queue_url(&self.queue_url).message_body(message.to_json());
        let call = call.message_group_id(message.portal().as_str()).message_deduplication_id(deduplication_id);
        call.send().await.map(drop).map_err(failed)
    }

    async fn delete(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        let call = self.client.delete_message().queue_url(&self.dead_letter_queue_url);
        call.receipt_handle(&letter.receipt).send().await.map(drop).map_err(failed)
    }

    async fn put_back(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        let call = self.client.change_message_visibility().queue_url(&self.dead_letter_queue_url);
        call.receipt_handle(&letter.receipt).visibility_timeout(0).send().await.map(drop).map_err(failed)
    }

    async fn depth(&self) -> Result<usize, QueueError> {
        let counts = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let call = self.client.get_queue_attributes().queue_url(&self.dead_letter_queue_url);
        let answer = call.set_attribute_names(Some(counts.to_vec())).send().await.map_err(failed)?;
        let counted = answer.attributes.unwrap_or_default();
        counts.iter().filter_map(|count| counted.get(count)).map(|count| count.parse::<usize>().map_err(failed)).sum()
    }
}
