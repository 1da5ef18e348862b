//! The queue of batches as its wire has it, and the mapping that brings its messages to the worker: up to ten messages, one
//! invocation for each group, several groups side by side.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sqs_fifo::{
    BatchEntry, DeduplicationScope, EventSourceMapping, FifoQueue, Message, Outcome, RedrivePolicy, Settings,
};
use stand_ins::{Clock as _, SystemClock};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::function::Function;
use super::runtime_api::Answer;

/// The queue that the functions send to and receive from, by the end of its address.
pub(crate) const BATCHES: &str = "batches.fifo";
/// Where messages go that cannot be read.
pub(crate) const DEAD_LETTERS: &str = "dead-letters.fifo";

/// No message comes back by itself later than this, so the mapping looks again at least so often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

struct Kept {
    queue: FifoQueue,
    /// Groups that an invocation works on.
    running: HashMap<String, usize>,
    /// When a group was last seen to have nothing left.
    done_at: HashMap<String, Instant>,
    dead_letters: usize,
}

/// Clones share it.
#[derive(Clone)]
pub(crate) struct Queue {
    kept: Arc<Mutex<Kept>>,
    changed: Arc<Notify>,
}

impl Queue {
    /// An empty one, as `infra/template.yaml` makes it.
    pub(crate) fn new(visibility: Duration) -> Self {
        let queue = FifoQueue::new(Settings {
            visibility_timeout: SignedDuration::try_from(visibility).unwrap_or(SignedDuration::MAX),
            retention: SignedDuration::from_hours(4 * 24),
            deduplication_scope: DeduplicationScope::MessageGroup,
            redrive_policy: Some(RedrivePolicy {
                max_receive_count: 1_000,
                retention: SignedDuration::from_hours(14 * 24),
            }),
            ..Settings::default()
        });
        let kept = Kept { queue, running: HashMap::new(), done_at: HashMap::new(), dead_letters: 0 };
        Self { kept: Arc::new(Mutex::new(kept)), changed: Arc::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a group came to have nothing left; `None` while it has messages, and before it had any.
    pub(crate) fn done_at(&self, group: &str) -> Option<Instant> {
        self.kept().done_at.get(group).copied()
    }

    /// How many messages became dead letters.
    pub(crate) fn dead_letters(&self) -> usize {
        self.kept().dead_letters
    }

    /// Answers a request of the JSON protocol, or says the code of the refusal.
    pub(crate) fn answer(&self, operation: &str, request: &Value) -> Result<Value, String> {
        let now = SystemClock.now();
        let mut kept = self.kept();
        match operation {
            "SendMessageBatch" => {
                let entries = request["Entries"].as_array().into_iter().flatten();
                let entries: Vec<_> =
                    entries.map(|entry| BatchEntry { id: text(entry, "Id"), message: message(entry) }).collect();
                for entry in &entries {
                    kept.done_at.remove(&entry.message.group);
                }
                let sent = kept.queue.send_batch(now, entries).map_err(|error| error.to_string())?;
                self.changed.notify_one();
                // The client does not compare the digest of a body, so there is none.
                let taken = sent.successful.into_iter().map(|(id, sent)| {
                    json!({ "Id": id, "MessageId": sent.message_id, "SequenceNumber": sent.sequence_number, "MD5OfMessageBody": "" })
                });
                let failed = sent.failed.into_iter().map(|failed| {
                    json!({ "Id": failed.id, "Code": failed.error.code(), "SenderFault": failed.sender_fault })
                });
                Ok(json!({ "Successful": taken.collect::<Value>(), "Failed": failed.collect::<Value>() }))
            }
            "SendMessage" if text(request, "QueueUrl").ends_with(DEAD_LETTERS) => {
                kept.dead_letters += 1;
                Ok(json!({ "MessageId": "dead", "MD5OfMessageBody": "" }))
            }
            "ChangeMessageVisibility" => {
                let seconds = SignedDuration::from_secs(request["VisibilityTimeout"].as_i64().unwrap_or(-1));
                let handle = text(request, "ReceiptHandle");
                kept.queue.change_visibility(now, &handle, seconds).map_err(|error| error.to_string())?;
                self.changed.notify_one();
                Ok(json!({}))
            }
            _ => Err("UnknownOperationException".to_owned()),
        }
    }

    /// The next events: one for each group that a receive brings.
    fn receive(&self, most: usize) -> BTreeMap<String, SqsEvent> {
        let mut kept = self.kept();
        let event = EventSourceMapping { batch_size: most }.poll(&mut kept.queue, SystemClock.now());
        let mut groups: BTreeMap<String, SqsEvent> = BTreeMap::new();
        let Some(mut none) = event else { return groups };
        for record in std::mem::take(&mut none.records) {
            groups.entry(group(&record)).or_insert_with(|| none.clone()).records.push(record);
        }
        for group in groups.keys() {
            *kept.running.entry(group.clone()).or_default() += 1;
        }
        groups
    }

    fn settle(&self, group: &str, event: &SqsEvent, outcome: &Outcome) {
        let now = SystemClock.now();
        let mut kept = self.kept();
        EventSourceMapping { batch_size: sqs_fifo::MOST_PER_CALL }.settle(&mut kept.queue, now, event, outcome);
        let running = kept.running.get_mut(group).map(|running| {
            *running -= 1;
            *running
        });
        let is_left = kept.queue.waiting(now).any(|waiting| waiting.message.group == group);
        if running == Some(0) && !is_left {
            kept.done_at.insert(group.to_owned(), Instant::now());
        }
        drop(kept);
        self.changed.notify_one();
    }

    /// Brings messages to the worker, in at most `concurrency` invocations at a time, until it is dropped.
    pub(crate) async fn map_to(self, worker: Arc<Function>, batch_size: usize, concurrency: usize) {
        let slots = Arc::new(Semaphore::new(concurrency));
        loop {
            // Nothing is received that could not be worked on.
            let Ok(slot) = slots.clone().acquire_owned().await else { return };
            let mut slot = Some(slot);
            let events = self.receive(batch_size);
            if events.is_empty() {
                drop(slot);
                let _ = tokio::time::timeout(self.next_look(), self.changed.notified()).await;
                continue;
            }
            for (group, event) in events {
                let held = match slot.take() {
                    Some(slot) => slot,
                    None => match slots.clone().acquire_owned().await {
                        Ok(slot) => slot,
                        Err(_) => return,
                    },
                };
                tokio::spawn(self.clone().work(worker.clone(), group, event, held));
            }
        }
    }

    /// How long until a hidden message shows.
    fn next_look(&self) -> Duration {
        let now = SystemClock.now();
        let next = self.kept().queue.next_visible_at(now);
        let wait = next.map(|at| at.duration_since(now).max(SignedDuration::from_millis(1)));
        wait.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or(LOOK_AGAIN).min(LOOK_AGAIN)
    }

    /// One invocation, which holds its place among those at the same time.
    async fn work(self, worker: Arc<Function>, group: String, event: SqsEvent, held: OwnedSemaphorePermit) {
        let body = serde_json::to_vec(&event).map(Bytes::from).unwrap_or_default();
        let outcome = match worker.invoke(&group, body).await {
            Answer::Response(answer) => Outcome::of_answer(&String::from_utf8_lossy(&answer)),
            Answer::Error(_) => Outcome::Failed,
        };
        self.settle(&group, &event, &outcome);
        drop(held);
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn message(entry: &Value) -> Message {
    Message::new(text(entry, "MessageGroupId"), text(entry, "MessageDeduplicationId"), text(entry, "MessageBody"))
}

fn group(record: &SqsMessage) -> String {
    record.attributes.get("MessageGroupId").cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(entries: &[(&str, &str)]) -> Value {
        let entries = entries.iter().map(
            |(id, group)| json!({ "Id": id, "MessageGroupId": group, "MessageDeduplicationId": id, "MessageBody": id }),
        );
        json!({ "QueueUrl": BATCHES, "Entries": entries.collect::<Value>() })
    }

    fn bodies(event: &SqsEvent) -> Vec<&str> {
        event.records.iter().filter_map(|record| record.body.as_deref()).collect()
    }

    #[test]
    fn a_receive_becomes_one_event_for_each_group_and_a_group_at_work_gets_no_other() {
        let queue = Queue::new(Duration::from_mins(6));
        let sent = queue.answer("SendMessageBatch", &batch(&[("1", "a"), ("2", "b"), ("3", "a")])).expect("taken");
        assert_eq!(sent["Successful"].as_array().map(Vec::len), Some(3));
        let events = queue.receive(10);
        assert_eq!(events.keys().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(bodies(&events["a"]), ["1", "3"]);
        queue.answer("SendMessageBatch", &batch(&[("4", "a")])).expect("taken");
        assert!(queue.receive(10).is_empty(), "both groups are at work");
        assert_eq!(queue.done_at("b"), None);
        queue.settle("b", &events["b"], &Outcome::of_answer("{}"));
        assert!(queue.done_at("b").is_some());
        queue.settle("a", &events["a"], &Outcome::of_answer("{}"));
        assert_eq!(queue.done_at("a"), None, "a message came meanwhile");
        assert_eq!(bodies(&queue.receive(10)["a"]), ["4"]);
    }

    #[test]
    fn a_failed_message_comes_back_when_its_visibility_is_over() {
        let queue = Queue::new(Duration::from_mins(6));
        queue.answer("SendMessageBatch", &batch(&[("1", "a")])).expect("taken");
        let events = queue.receive(10);
        let handle = events["a"].records[0].receipt_handle.clone();
        let hide = json!({ "QueueUrl": BATCHES, "ReceiptHandle": handle, "VisibilityTimeout": 0 });
        queue.answer("ChangeMessageVisibility", &hide).expect("hidden for no time");
        queue.settle("a", &events["a"], &Outcome::Failed);
        assert_eq!(queue.done_at("a"), None);
        assert_eq!(bodies(&queue.receive(10)["a"]), ["1"]);
        assert!(queue.answer("PurgeQueue", &json!({})).is_err());
    }
}
