//! A queue and its clock.

use jiff::{SignedDuration, Timestamp};
use sqs_fifo::{FifoQueue, Message, Received, RedrivePolicy, Settings};

pub(crate) const VISIBILITY: SignedDuration = SignedDuration::from_mins(6);

pub(crate) struct Stage {
    pub(crate) queue: FifoQueue,
    pub(crate) now: Timestamp,
}

pub(crate) fn stage() -> Stage {
    stage_with(settings())
}

pub(crate) fn settings() -> Settings {
    Settings {
        visibility_timeout: VISIBILITY,
        redrive_policy: Some(RedrivePolicy { max_receive_count: 3, retention: SignedDuration::from_hours(14 * 24) }),
        ..Settings::default()
    }
}

pub(crate) fn stage_with(settings: Settings) -> Stage {
    Stage { queue: FifoQueue::new(settings), now: Timestamp::constant(1_795_392_000, 0) }
}

impl Stage {
    pub(crate) fn pass(&mut self, duration: SignedDuration) {
        self.now += duration;
    }

    /// Sends a message to this group whose deduplication id and body are this word.
    pub(crate) fn send(&mut self, group: &str, word: &str) {
        let sent = self.queue.send(self.now, Message::new(group, word, word)).expect("it is taken");
        assert!(!sent.repetition, "{word} was sent before");
    }

    pub(crate) fn receive(&mut self, most: usize) -> Vec<Received> {
        self.queue.receive(self.now, most).expect("from 1 to 10")
    }

    /// The bodies of what is received.
    pub(crate) fn bodies(&mut self, most: usize) -> Vec<String> {
        self.receive(most).into_iter().map(|received| received.message.body).collect()
    }

    pub(crate) fn waiting(&self) -> Vec<String> {
        self.queue.waiting(self.now).map(|waiting| waiting.message.body.clone()).collect()
    }
}
