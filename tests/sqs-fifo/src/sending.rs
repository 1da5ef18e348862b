//! Sending: what is taken, what is a repetition, what is refused.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::error::{BatchError, SendError};
use crate::limits::{LARGEST_MESSAGE, LONGEST_ENTRY_ID, LONGEST_ID, MOST_PER_CALL};
use crate::message::{BatchEntry, BatchSent, FailedEntry, Message, Sent};
use crate::queue::{FifoQueue, Stored};
use crate::settings::DeduplicationScope;

/// The first sequence number that SQS's examples have; they only grow.
const FIRST_SEQUENCE_NUMBER: u128 = 18_850_000_000_000_000_000;

/// The sequence number as SQS writes it.
pub(crate) fn sequence_number(sequence: u64) -> String {
    (FIRST_SEQUENCE_NUMBER + u128::from(sequence)).to_string()
}

impl FifoQueue {
    /// `SendMessage`. A message whose deduplication id was sent in the last five minutes is accepted, whether or not the
    /// first is still there, and is not delivered.
    pub fn send(&mut self, now: Timestamp, message: Message) -> Result<Sent, SendError> {
        self.pass(now);
        self.check(&message)?;
        let scope = match self.settings.deduplication_scope {
            DeduplicationScope::Queue => None,
            DeduplicationScope::MessageGroup => Some(message.group.clone()),
        };
        let key = (scope, message.deduplication_id.clone());
        if let Some((_, first)) = self.recent.get(&key) {
            return Ok(Sent { repetition: true, ..first.clone() });
        }
        let sent = self.store(now, message);
        self.recent.insert(key, (now, sent.clone()));
        Ok(sent)
    }

    /// `SendMessageBatch`: each message by itself, in this order. Some may be taken and others not.
    pub fn send_batch(&mut self, now: Timestamp, entries: Vec<BatchEntry>) -> Result<BatchSent, BatchError> {
        if entries.is_empty() {
            return Err(BatchError::EmptyBatchRequest);
        }
        if entries.len() > MOST_PER_CALL {
            return Err(BatchError::TooManyEntriesInBatchRequest);
        }
        if !entries.iter().all(|entry| is_entry_id(&entry.id)) {
            return Err(BatchError::InvalidBatchEntryId);
        }
        let distinct: HashSet<&str> = entries.iter().map(|entry| entry.id.as_str()).collect();
        if distinct.len() != entries.len() {
            return Err(BatchError::BatchEntryIdsNotDistinct);
        }
        if entries.iter().map(|entry| entry.message.size()).sum::<usize>() > LARGEST_MESSAGE {
            return Err(BatchError::BatchRequestTooLong);
        }
        let refused = std::mem::take(&mut self.refused);
        let mut answer = BatchSent::default();
        for BatchEntry { id, message } in entries {
            let sent = if refused.contains(&id) { Err(SendError::InternalError) } else { self.send(now, message) };
            match sent {
                Ok(sent) => answer.successful.push((id, sent)),
                Err(error) => {
                    let sender_fault = error != SendError::InternalError;
                    answer.failed.push(FailedEntry { id, error, sender_fault });
                }
            }
        }
        Ok(answer)
    }

    /// A fault: the next batch fails in part, at the entries with these ids, with `InternalError`.
    pub fn refuse_once(&mut self, entry_ids: impl IntoIterator<Item = String>) {
        self.refused = entry_ids.into_iter().collect();
    }

    pub(crate) fn store(&mut self, now: Timestamp, message: Message) -> Sent {
        self.sequence += 1;
        let id = self.draw_id();
        let sent = Sent { message_id: id.clone(), sequence_number: sequence_number(self.sequence), repetition: false };
        let stored =
            Stored { id, message, sent_at: now, receives: 0, first_received_at: None, mark: 0, in_flight: None };
        self.stored.insert(self.sequence, stored);
        sent
    }

    fn check(&self, message: &Message) -> Result<(), SendError> {
        if !is_id(&message.group) {
            return Err(SendError::InvalidParameterValue("MessageGroupId"));
        }
        if !is_id(&message.deduplication_id) {
            return Err(SendError::InvalidParameterValue("MessageDeduplicationId"));
        }
        if message.body.is_empty() || message.size() > self.settings.largest_message {
            return Err(SendError::InvalidParameterValue("the message's length"));
        }
        let texts = std::iter::once(&message.body).chain(message.attributes.values());
        if texts.flat_map(|text| text.chars()).any(|character| !is_allowed(character)) {
            return Err(SendError::InvalidMessageContents);
        }
        Ok(())
    }
}

/// Alphanumeric characters and punctuation, 1 to 128 of them. (API reference, `SendMessage`.)
fn is_id(id: &str) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_entry_id(id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LONGEST_ENTRY_ID).contains(&id.len()) && id.bytes().all(allowed)
}

/// The characters of a message's text. (API reference, `SendMessage`: those that XML 1.0 allows.)
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}
