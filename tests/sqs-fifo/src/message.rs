//! Messages: as they are sent, as they are received, and as they wait.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::error::SendError;

/// A message to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `MessageGroupId`
    pub group: String,
    /// `MessageDeduplicationId`
    pub deduplication_id: String,
    /// `MessageBody`
    pub body: String,
    /// `MessageAttributes`, all of type `String`.
    pub attributes: BTreeMap<String, String>,
}

impl Message {
    /// A message without attributes.
    pub fn new(group: impl Into<String>, deduplication_id: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            group: group.into(),
            deduplication_id: deduplication_id.into(),
            body: body.into(),
            attributes: BTreeMap::new(),
        }
    }

    /// The message with one attribute more.
    #[must_use]
    pub fn with_attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.insert(name.to_owned(), value.to_owned());
        self
    }

    /// How many bytes count for the limit: the body, and each attribute's name, type and value.
    pub fn size(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, value)| name.len() + "String".len() + value.len());
        self.body.len() + attributes.sum::<usize>()
    }
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// `MessageId`; that of the first where this is a repetition.
    pub message_id: String,
    /// `SequenceNumber`; that of the first where this is a repetition.
    pub sequence_number: String,
    /// Whether it was taken for a repetition, and is not delivered. SQS does not say so; a test may want to know.
    pub repetition: bool,
}

/// One message of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchEntry {
    /// `Id`, by which the answer names it.
    pub id: String,
    /// The message.
    pub message: Message,
}

/// What became of a batch, message by message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchSent {
    /// The ids of those that were taken.
    pub successful: Vec<(String, Sent)>,
    /// Those that were not.
    pub failed: Vec<FailedEntry>,
}

/// One message of a batch that was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedEntry {
    /// Which one.
    pub id: String,
    /// Why.
    pub error: SendError,
    /// Whether sending it again is of no use.
    pub sender_fault: bool,
}

/// A message that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// `MessageId`
    pub message_id: String,
    /// `ReceiptHandle`: what to delete it with, or to change its visibility.
    pub receipt_handle: String,
    /// What was sent.
    pub message: Message,
    /// `SequenceNumber`
    pub sequence_number: String,
    /// `ApproximateReceiveCount`, this receive included.
    pub receive_count: u32,
    /// `SentTimestamp`
    pub sent_at: Timestamp,
    /// `ApproximateFirstReceiveTimestamp`
    pub first_received_at: Timestamp,
}

/// A message on the queue, for who looks from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting<'a> {
    /// `MessageId`
    pub message_id: &'a str,
    /// What was sent.
    pub message: &'a Message,
    /// When it was sent, or moved here.
    pub sent_at: Timestamp,
    /// How often it was received.
    pub receive_count: u32,
    /// While it is in flight: until when.
    pub invisible_until: Option<Timestamp>,
}
