//! The queue of batches, with its dead letters: the shipped traits over SQS FIFO queues in memory, made as
//! `infra/template.yaml` makes them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::clock::Clock;
use domain::import::BatchMessage;
use importing::queue::{BatchQueue, QueueError};
use jiff::{SignedDuration, Timestamp};
use operations::letters::{DeadLetter as Letter, DeadLetters};
use sqs_fifo::{
    BatchEntry, DeduplicationScope, EventSourceMapping, FifoQueue, MOST_PER_CALL, Message, Outcome, Received,
    RedrivePolicy, Settings,
};
use worker::{ReturnPath, ReturnPathError, Unhandled};

/// For how long the shipped return path hides a message at most, so that SQS does not refuse it.
const LONGEST_WAIT: Duration = Duration::from_mins(12 * 60 - 15);

/// The attribute that says why a message is a dead letter.
const REASON: &str = "reason";

/// The queue of batches, with its dead letters. Clones share it.
#[derive(Clone)]
pub struct Queue {
    kept: Arc<Mutex<Kept>>,
    clock: Arc<dyn Clock>,
}

struct Kept {
    queue: FifoQueue,
    /// Every body that was ever taken.
    bodies: Vec<String>,
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
        let queue = FifoQueue::new(Settings {
            visibility_timeout: SignedDuration::try_from(visibility).expect("minutes"),
            retention: SignedDuration::from_hours(4 * 24),
            deduplication_scope: DeduplicationScope::MessageGroup,
            redrive_policy: Some(RedrivePolicy {
                max_receive_count: most_receives,
                retention: SignedDuration::from_hours(14 * 24),
            }),
            ..Settings::default()
        });
        Self { kept: Arc::new(Mutex::new(Kept { queue, bodies: Vec::new() })), clock }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next send does not take the batches with these numbers; the others it does.
    pub fn refuse_once(&self, batches: &[u32]) {
        self.kept().queue.refuse_once(batches.iter().map(u32::to_string));
    }

    /// Puts any text on the queue, as an older or a foreign sender would; `false` where SQS takes it for a repetition.
    ///
    /// # Panics
    /// Where SQS would not take it at all.
    pub fn put(&self, group: &str, deduplication_id: &str, body: &str) -> bool {
        let mut kept = self.kept();
        let sent = kept.queue.send(self.clock.now(), Message::new(group, deduplication_id, body));
        let taken = !sent.expect("a message that SQS takes").repetition;
        if taken {
            kept.bodies.push(body.to_owned());
        }
        taken
    }

    /// How many messages are not done with.
    pub fn len(&self) -> usize {
        self.kept().queue.waiting(self.clock.now()).count()
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
        let kept = self.kept();
        let dead = kept.queue.dead_letters().into_iter().flat_map(|dead| dead.waiting(self.clock.now()));
        dead.map(|letter| DeadLetter {
            body: letter.message.body.clone(),
            reason: letter.message.attributes.get(REASON).cloned(),
        })
        .collect()
    }

    /// The groups of the messages that are not done with, oldest first.
    pub fn groups(&self) -> Vec<String> {
        self.kept().queue.waiting(self.clock.now()).map(|waiting| waiting.message.group.clone()).collect()
    }

    /// The groups of the dead letters, oldest first.
    pub fn dead_letter_groups(&self) -> Vec<String> {
        let kept = self.kept();
        let dead = kept.queue.dead_letters().into_iter().flat_map(|dead| dead.waiting(self.clock.now()));
        dead.map(|letter| letter.message.group.clone()).collect()
    }

    /// When the next hidden message shows again, where one is hidden.
    pub fn next_showing(&self) -> Option<Timestamp> {
        self.kept().queue.next_visible_at(self.clock.now())
    }

    /// The next event for the worker, with up to `most` messages.
    pub fn receive(&self, most: usize) -> Option<SqsEvent> {
        EventSourceMapping { batch_size: most }.poll(&mut self.kept().queue, self.clock.now())
    }

    /// Does with an event's messages what the event source mapping does; `None` stands for a failed invocation.
    pub fn settle(&self, event: &SqsEvent, response: Option<SqsBatchResponse>) {
        let outcome = response.map_or(Outcome::Failed, Outcome::Answered);
        let mapping = EventSourceMapping { batch_size: MOST_PER_CALL };
        mapping.settle(&mut self.kept().queue, self.clock.now(), event, &outcome);
    }

    /// Takes every message off the queue, as an operator can.
    pub fn purge(&self) {
        self.kept().queue.purge();
    }

    /// Deletes a received message.
    ///
    /// # Panics
    /// Where somebody else may have received it since.
    pub fn delete(&self, received: &SqsMessage) {
        let handle = received.receipt_handle.as_deref().unwrap_or_default();
        self.kept().queue.delete(self.clock.now(), handle).expect("the receipt has not expired");
    }
}

#[async_trait]
impl BatchQueue for Queue {
    async fn send(&self, batches: &[BatchMessage]) -> Result<Vec<u32>, QueueError> {
        tokio::task::yield_now().await;
        let mut taken = Vec::new();
        for part in batches.chunks(MOST_PER_CALL) {
            let entries = part.iter().map(|message| BatchEntry {
                id: message.batch().to_string(),
                message: Message::new(message.portal().as_str(), message.deduplication_id(), message.to_json()),
            });
            let mut kept = self.kept();
            let answer = kept.queue.send_batch(self.clock.now(), entries.collect());
            for (id, sent) in answer.map_err(|error| QueueError(error.into()))?.successful {
                let message = part.iter().find(|message| message.batch().to_string() == id);
                let message = message.expect("an entry of this batch");
                if !sent.repetition {
                    kept.bodies.push(message.to_json());
                }
                taken.push(message.batch());
            }
        }
        tokio::task::yield_now().await;
        Ok(taken)
    }
}

#[async_trait]
impl DeadLetters for Queue {
    async fn receive(&self) -> Result<Vec<Letter>, QueueError> {
        let mut kept = self.kept();
        let dead_letters = kept.queue.dead_letters_mut().expect("a redrive policy");
        let received = dead_letters.receive(self.clock.now(), MOST_PER_CALL);
        let received = received.map_err(|error| QueueError(error.into()))?;
        let letter = |received: Received| Letter {
            id: received.message_id,
            receipt: received.receipt_handle,
            body: received.message.body,
        };
        Ok(received.into_iter().map(letter).collect())
    }

    async fn send_again(&self, message: &BatchMessage, deduplication_id: &str) -> Result<(), QueueError> {
        self.put(message.portal().as_str(), deduplication_id, &message.to_json());
        Ok(())
    }

    async fn delete(&self, letter: &Letter) -> Result<(), QueueError> {
        let mut kept = self.kept();
        let dead_letters = kept.queue.dead_letters_mut().expect("a redrive policy");
        dead_letters.delete(self.clock.now(), &letter.receipt).map_err(|error| QueueError(error.into()))
    }

    async fn put_back(&self, letter: &Letter) -> Result<(), QueueError> {
        let mut kept = self.kept();
        let dead_letters = kept.queue.dead_letters_mut().expect("a redrive policy");
        let shown = dead_letters.change_visibility(self.clock.now(), &letter.receipt, SignedDuration::ZERO);
        shown.map_err(|error| QueueError(error.into()))
    }

    async fn depth(&self) -> Result<usize, QueueError> {
        Ok(self.dead_letters().len())
    }
}

#[async_trait]
impl ReturnPath for Queue {
    async fn hide_for(&self, receipt_handle: &str, wait: Duration) -> Result<(), ReturnPathError> {
        tokio::task::yield_now().await;
        // In whole seconds and within what SQS allows, as the shipped return path asks.
        let seconds = wait.min(LONGEST_WAIT).as_millis().div_ceil(1_000);
        let wait = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
        let hidden = self.kept().queue.change_visibility(self.clock.now(), receipt_handle, wait);
        hidden.map_err(|error| ReturnPathError(error.into()))
    }

    async fn to_dead_letters(&self, message: Unhandled<'_>, reason: &str) -> Result<(), ReturnPathError> {
        tokio::task::yield_now().await;
        let letter = Message::new(message.group, message.message_id, message.body).with_attribute(REASON, reason);
        let mut kept = self.kept();
        let dead_letters = kept.queue.dead_letters_mut().expect("a redrive policy");
        let sent = dead_letters.send(self.clock.now(), letter);
        sent.map(drop).map_err(|error| ReturnPathError(error.into()))
    }
}
