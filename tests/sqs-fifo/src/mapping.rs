//! The event source mapping: how Lambda takes messages off the queue, and what it makes of the function's answer.

use std::collections::HashSet;
use std::sync::LazyLock;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage, SqsMessageAttribute};
use jiff::Timestamp;
use serde_json::Value;

use crate::message::Received;
use crate::queue::FifoQueue;

/// What an event looks like; its record is filled in for each message.
static EVENT: LazyLock<SqsEvent> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../events/sqs-batch.json")).expect("the file is an event")
});

/// An event source mapping with `ReportBatchItemFailures`.
#[derive(Clone, Copy, Debug)]
pub struct EventSourceMapping {
    /// `BatchSize`: for a FIFO queue 10 at most.
    pub batch_size: usize,
}

/// How an invocation of the function ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// With this answer.
    Answered(SqsBatchResponse),
    /// With an error, by its time-out, or with an answer that Lambda cannot read.
    Failed,
}

impl Outcome {
    /// What Lambda makes of the answer of a function. (Lambda Developer Guide, "Success and failure conditions": nothing,
    /// an empty object and an empty or missing list are a success of all; invalid JSON, and an identifier that is empty,
    /// missing or of another name, a failure of all.)
    pub fn of_answer(answer: &str) -> Self {
        let answer = match serde_json::from_str(answer) {
            Ok(Value::Null) => return Self::Answered(SqsBatchResponse::default()),
            Ok(Value::Object(answer)) => answer,
            Ok(_) | Err(_) => return Self::Failed,
        };
        let mut response = SqsBatchResponse::default();
        match answer.get("batchItemFailures") {
            None | Some(Value::Null) => {}
            Some(Value::Array(failures)) => {
                for failure in failures {
                    match failure.get("itemIdentifier").and_then(Value::as_str) {
                        None | Some("") => return Self::Failed,
                        Some(id) => response.add_failure(id),
                    }
                }
            }
            Some(_) => return Self::Failed,
        }
        Self::Answered(response)
    }
}

impl EventSourceMapping {
    /// The next event for the function, if there is a message. That no two invocations work on one group follows from the
    /// queue, for as long as the visibility time-out is longer than an invocation.
    ///
    /// # Panics
    /// Where the batch size is not from 1 to 10, which no FIFO queue allows.
    pub fn poll(self, queue: &mut FifoQueue, now: Timestamp) -> Option<SqsEvent> {
        let received = queue.receive(now, self.batch_size).expect("a batch size that a FIFO queue allows");
        if received.is_empty() {
            return None;
        }
        let mut event = EVENT.clone();
        event.records = received.into_iter().map(record).collect();
        Some(event)
    }

    /// Deletes the messages of an event that the function did not report. The others come back when their visibility
    /// time-out is over. An id that the event does not have makes all of them come back. (Lambda Developer Guide, "Success
    /// and failure conditions": "an itemIdentifier value with a message ID that doesn't exist".)
    pub fn settle(self, queue: &mut FifoQueue, now: Timestamp, event: &SqsEvent, outcome: &Outcome) {
        let Outcome::Answered(response) = outcome else { return };
        let failures = response.batch_item_failures.iter();
        let failed: HashSet<&str> = failures.map(|failure| failure.item_identifier.as_str()).collect();
        let ids: HashSet<&str> = event.records.iter().filter_map(|record| record.message_id.as_deref()).collect();
        if !failed.is_subset(&ids) {
            return;
        }
        for record in &event.records {
            if record.message_id.as_deref().is_some_and(|id| !failed.contains(id)) {
                // A handle that has expired is not Lambda's to mend: the message comes back.
                let _ = queue.delete(now, record.receipt_handle.as_deref().unwrap_or_default());
            }
        }
    }
}

/// A record of the event, in the shape of the files in `events/`.
fn record(received: Received) -> SqsMessage {
    let mut record = EVENT.records[0].clone();
    record.message_id = Some(received.message_id);
    record.receipt_handle = Some(received.receipt_handle);
    record.body = Some(received.message.body);
    for (name, value) in [
        ("ApproximateReceiveCount", received.receive_count.to_string()),
        ("SentTimestamp", received.sent_at.as_millisecond().to_string()),
        ("SequenceNumber", received.sequence_number),
        ("MessageGroupId", received.message.group),
        ("MessageDeduplicationId", received.message.deduplication_id),
        ("ApproximateFirstReceiveTimestamp", received.first_received_at.as_millisecond().to_string()),
    ] {
        record.attributes.insert(name.to_owned(), value);
    }
    for (name, value) in received.message.attributes {
        let mut attribute = SqsMessageAttribute::default();
        attribute.string_value = Some(value);
        attribute.data_type = Some("String".to_owned());
        record.message_attributes.insert(name, attribute);
    }
    record
}
