//! The queue, as SQS FIFO queues behave: deduplication for five minutes, one holder of a message group at a time,
//! messages that stay hidden until they are deleted or their time is up, and dead letters.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use domain::clock::Clock;
use domain::import::BatchMessage;
use importing::queue::{BatchQueue, QueueError};
use jiff::{SignedDuration, Timestamp};
use worker::{ReturnPath, ReturnPathError};

/// How long SQS recognises a repeated deduplication id.
const DEDUPLICATION: SignedDuration = SignedDuration::from_mins(5);

/// What an event of the event source mapping looks like; its record is filled in for each message.
static EVENT: LazyLock<SqsEvent> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../events/sqs-batch.json")).expect("the file is an event")
});

/// The queue of batches, with its dead letters. Clones share it.
#[derive(Clone)]
pub struct Queue {
    kept: Arc<Mutex<Kept>>,
    clock: Arc<dyn Clock>,
    visibility: SignedDuration,
    most_receives: u32,
}

#[derive(Default)]
struct Kept {
    messages: Vec<Message>,
    dead: Vec<DeadLetter>,
    recent: HashMap<String, Timestamp>,
    bodies: Vec<String>,
    sent: u64,
    refused: Vec<u32>,
}

struct Message {
    id: String,
    group: String,
    deduplication_id: String,
    body: String,
    sequence: u64,
    sent_at: i64,
    receives: u32,
    /// While somebody has it: until when. Then it can be received again.
    hidden_until: Option<Timestamp>,
}

/// A message that nobody will handle any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The body as it was.
    pub body: String,
    /// Why; `None` where it was received too often.
    pub reason: Option<String>,
}

impl Queue {
    /// An empty queue with this visibility time-out, whose messages are dead letters after so many receives.
    ///
    /// # Panics
    /// Where the time-out is longer than a time can be.
    pub fn new(clock: Arc<dyn Clock>, visibility: Duration, most_receives: u32) -> Self {
        let visibility = SignedDuration::try_from(visibility).expect("minutes");
        Self { kept: Arc::default(), clock, visibility, most_receives }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next send does not take the batches with these numbers; the others it does.
    pub fn refuse_once(&self, batches: &[u32]) {
        self.kept().refused = batches.to_vec();
    }

    /// Puts any text on the queue, as an older or a foreign sender would; `false` where SQS takes it for a repetition.
    pub fn put(&self, group: &str, deduplication_id: &str, body: &str) -> bool {
        let now = self.clock.now();
        let mut kept = self.kept();
        kept.recent.retain(|_, sent| now < *sent + DEDUPLICATION);
        if kept.recent.insert(deduplication_id.to_owned(), now).is_some() {
            return false;
        }
        kept.sent += 1;
        kept.bodies.push(body.to_owned());
        let sequence = kept.sent;
        kept.messages.push(Message {
            id: format!("11111111-1111-4111-8111-{sequence:012}"),
            group: group.to_owned(),
            deduplication_id: deduplication_id.to_owned(),
            body: body.to_owned(),
            sequence,
            sent_at: now.as_millisecond(),
            receives: 0,
            hidden_until: None,
        });
        true
    }

    /// How many messages are not done with.
    pub fn len(&self) -> usize {
        self.kept().messages.len()
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Every body that was ever put on it.
    pub fn bodies(&self) -> Vec<String> {
        self.kept().bodies.clone()
    }

    /// The dead letters, oldest first.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.kept().dead.clone()
    }

    /// When the next hidden message shows again, where one is hidden.
    pub fn next_showing(&self) -> Option<Timestamp> {
        self.kept().messages.iter().filter_map(|message| message.hidden_until).min()
    }

    /// Receives up to `most` messages: whole groups in order, none of a group of which somebody holds a message.
    pub fn receive(&self, most: usize) -> Option<SqsEvent> {
        let now = self.clock.now();
        let mut kept = self.kept();
        for message in &mut kept.messages {
            message.hidden_until.take_if(|until| *until <= now);
        }
        self.bury(&mut kept);
        let held: Vec<String> =
            kept.messages.iter().filter(|each| each.hidden_until.is_some()).map(|each| each.group.clone()).collect();
        let mut free: Vec<&mut Message> =
            kept.messages.iter_mut().filter(|message| !held.contains(&message.group)).collect();
        // As many of one group as there are, then of the next: groups in the order of their oldest message.
        let mut oldest: HashMap<String, u64> = HashMap::new();
        for message in &free {
            oldest.entry(message.group.clone()).or_insert(message.sequence);
        }
        free.sort_by_key(|message| (oldest[&message.group], message.sequence));
        let mut records = Vec::new();
        for message in free.into_iter().take(most) {
            message.receives += 1;
            message.hidden_until = Some(now + self.visibility);
            records.push(record(message, now.as_millisecond()));
        }
        if records.is_empty() {
            return None;
        }
        let mut event = EVENT.clone();
        event.records = records;
        Some(event)
    }

    /// Takes what was received too often out of the way, as a redrive policy does.
    fn bury(&self, kept: &mut Kept) {
        let spent = |message: &mut Message| message.hidden_until.is_none() && message.receives >= self.most_receives;
        let dead: Vec<Message> = kept.messages.extract_if(.., spent).collect();
        kept.dead.extend(dead.into_iter().map(|message| DeadLetter { body: message.body, reason: None }));
    }

    /// Deletes a received message.
    pub fn delete(&self, received: &SqsMessage) {
        self.kept().messages.retain(|message| received.message_id.as_deref() != Some(&message.id));
    }
}

/// A record of the event, in the shape of the files in `events/`.
fn record(message: &Message, received_at: i64) -> SqsMessage {
    let mut record = EVENT.records[0].clone();
    record.message_id = Some(message.id.clone());
    record.receipt_handle = Some(format!("{}#{}", message.id, message.receives));
    record.body = Some(message.body.clone());
    for (name, value) in [
        ("ApproximateReceiveCount", message.receives.to_string()),
        ("SentTimestamp", message.sent_at.to_string()),
        ("SequenceNumber", message.sequence.to_string()),
        ("MessageGroupId", message.group.clone()),
        ("MessageDeduplicationId", message.deduplication_id.clone()),
        ("ApproximateFirstReceiveTimestamp", received_at.to_string()),
    ] {
        record.attributes.insert(name.to_owned(), value);
    }
    record
}

#[async_trait]
impl BatchQueue for Queue {
    async fn send(&self, batches: &[BatchMessage]) -> Result<Vec<u32>, QueueError> {
        tokio::task::yield_now().await;
        let refused = std::mem::take(&mut self.kept().refused);
        let mut taken = Vec::new();
        for message in batches.iter().filter(|message| !refused.contains(&message.batch())) {
            // A repetition counts as taken: SQS says so.
            self.put(message.portal().as_str(), &message.deduplication_id(), &message.to_json());
            taken.push(message.batch());
        }
        tokio::task::yield_now().await;
        Ok(taken)
    }
}

#[async_trait]
impl ReturnPath for Queue {
    async fn hide_for(&self, receipt_handle: &str, wait: Duration) -> Result<(), ReturnPathError> {
        tokio::task::yield_now().await;
        let mut kept = self.kept();
        let handle = |message: &Message| format!("{}#{}", message.id, message.receives);
        if let Some(message) = kept.messages.iter_mut().find(|message| handle(message) == receipt_handle) {
            message.hidden_until = self.clock.now().checked_add(wait).ok();
        }
        Ok(())
    }

    async fn to_dead_letters(&self, _: &str, body: &str, reason: &str) -> Result<(), ReturnPathError> {
        tokio::task::yield_now().await;
        self.kept().dead.push(DeadLetter { body: body.to_owned(), reason: Some(reason.to_owned()) });
        Ok(())
    }
}
