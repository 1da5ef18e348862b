//! What SQS allows, each with the page of AWS that says so.

use jiff::SignedDuration;

/// How many messages one receive returns, and one batch holds, at most. (API reference, `ReceiveMessage`: "up to 10";
/// `SendMessageBatch`: "up to 10 messages".)
pub const MOST_PER_CALL: usize = 10;

/// How long a deduplication id is remembered. (API reference, `SendMessage`, `MessageDeduplicationId`: "aren't delivered
/// during the 5-minute deduplication interval".)
pub const DEDUPLICATION_INTERVAL: SignedDuration = SignedDuration::from_mins(5);

/// How long a message may be invisible in all, counted from its receive. (API reference, `ChangeMessageVisibility`: "The
/// maximum is 12 hours"; Developer Guide, "Visibility timeout": "from the time Amazon SQS receives the `ReceiveMessage`
/// request".)
pub const LONGEST_VISIBILITY: SignedDuration = SignedDuration::from_hours(12);

/// How many bytes a message may have, and the messages of a batch together. (API reference, `SendMessage` and
/// `SendMessageBatch`: "1 MiB or 1,048,576 bytes"; it was 256 KiB until August 2025.)
pub(crate) const LARGEST_MESSAGE: usize = 1_048_576;

/// How many messages of a FIFO queue may be in flight; beyond it nothing is returned and no error either. (API reference,
/// `ChangeMessageVisibility`: "For FIFO queues, there can be a maximum of 120,000 in flight messages ... Amazon SQS returns
/// no error messages". It was 20,000 until November 2024.)
pub(crate) const MOST_IN_FLIGHT: usize = 120_000;

/// How far a FIFO queue looks for groups that are free. (Developer Guide, "Avoid large message backlogs with the same
/// message group ID": "FIFO queues scan the first 120,000 messages to determine available message groups".)
pub(crate) const SCANNED: usize = 120_000;

/// How many characters a group id and a deduplication id may have. (API reference, `SendMessage`: "128 characters".)
pub(crate) const LONGEST_ID: usize = 128;

/// How many characters the id of a batch's entry may have. (API reference, `SendMessageBatchRequestEntry`: "up to 80
/// characters: alphanumeric characters, hyphens(-), and underscores (_)".)
pub(crate) const LONGEST_ENTRY_ID: usize = 80;
