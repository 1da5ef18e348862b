//! The queue itself: what waits on it, what is in flight, and what takes a message away again.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::error::ReceiptError;
use crate::limits::LONGEST_VISIBILITY;
use crate::message::{Message, Sent, Waiting};
use crate::receipt::Receipt;
use crate::settings::Settings;

/// An SQS FIFO queue, with its dead-letter queue where it has one.
///
/// Every call is told the time. SQS has one clock, so the times of one queue's calls should not go back.
#[derive(Debug)]
pub struct FifoQueue {
    pub(crate) settings: Settings,
    /// By sequence number, which is the order of sending.
    pub(crate) stored: BTreeMap<u64, Stored>,
    /// The deduplication ids of the last five minutes: when each was first sent, and what was answered.
    pub(crate) recent: HashMap<(Option<String>, String), (Timestamp, Sent)>,
    pub(crate) sequence: u64,
    pub(crate) random: StdRng,
    pub(crate) dead_letters: Option<Box<FifoQueue>>,
    pub(crate) refused: HashSet<String>,
}

/// A message on the queue.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) message: Message,
    pub(crate) sent_at: Timestamp,
    pub(crate) receives: u32,
    pub(crate) first_received_at: Option<Timestamp>,
    /// The mark of the last receipt handle.
    pub(crate) mark: u64,
    pub(crate) in_flight: Option<InFlight>,
}

/// While a consumer has a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InFlight {
    pub(crate) received_at: Timestamp,
    pub(crate) until: Timestamp,
}

impl FifoQueue {
    /// An empty queue.
    pub fn new(settings: Settings) -> Self {
        let dead_letters = settings.redrive_policy.as_ref().map(|policy| {
            let settings = Settings {
                retention: policy.retention,
                redrive_policy: None,
                seed: settings.seed.wrapping_add(1),
                ..settings.clone()
            };
            Box::new(Self::new(settings))
        });
        Self {
            random: StdRng::seed_from_u64(settings.seed),
            settings,
            stored: BTreeMap::new(),
            recent: HashMap::new(),
            sequence: 0,
            dead_letters,
            refused: HashSet::new(),
        }
    }

    /// The dead-letter queue, where there is a redrive policy.
    pub fn dead_letters(&self) -> Option<&Self> {
        self.dead_letters.as_deref()
    }

    /// The dead-letter queue, to receive from it or to send to it.
    pub fn dead_letters_mut(&mut self) -> Option<&mut Self> {
        self.dead_letters.as_deref_mut()
    }

    /// Everything that is on the queue at this time, in flight or not, oldest first.
    pub fn waiting(&self, now: Timestamp) -> impl Iterator<Item = Waiting<'_>> {
        let kept = self.stored.values().filter(move |stored| stored.sent_at + self.settings.retention > now);
        kept.map(move |stored| Waiting {
            message_id: &stored.id,
            message: &stored.message,
            sent_at: stored.sent_at,
            receive_count: stored.receives,
            invisible_until: stored.in_flight.map(|flight| flight.until).filter(|until| *until > now),
        })
    }

    /// When the next message that is in flight becomes visible, if none is deleted before.
    pub fn next_visible_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.waiting(now).filter_map(|waiting| waiting.invisible_until).min()
    }

    /// `DeleteMessage`: takes a received message off the queue. A message that is gone already is no error.
    pub fn delete(&mut self, now: Timestamp, receipt_handle: &str) -> Result<(), ReceiptError> {
        self.pass(now);
        match self.in_flight(receipt_handle) {
            Ok(receipt) => {
                self.stored.remove(&receipt.sequence);
                Ok(())
            }
            Err(ReceiptError::NoMessage) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// `PurgeQueue`: takes every message off the queue, in flight or not. What it knows of deduplication ids stays.
    pub fn purge(&mut self) {
        self.stored.clear();
    }

    /// `ChangeMessageVisibility`: the message becomes visible again after this time, counted from now.
    pub fn change_visibility(
        &mut self,
        now: Timestamp,
        receipt_handle: &str,
        visibility_timeout: SignedDuration,
    ) -> Result<(), ReceiptError> {
        self.pass(now);
        let whole_seconds = visibility_timeout.subsec_nanos() == 0;
        if !whole_seconds || !(SignedDuration::ZERO..=LONGEST_VISIBILITY).contains(&visibility_timeout) {
            return Err(ReceiptError::VisibilityTimeout);
        }
        let receipt = self.in_flight(receipt_handle)?;
        let flight = self.stored.get_mut(&receipt.sequence).and_then(|stored| stored.in_flight.as_mut());
        let flight = flight.ok_or(ReceiptError::NoMessage)?;
        let until = now + visibility_timeout;
        if until > flight.received_at + LONGEST_VISIBILITY {
            return Err(ReceiptError::BeyondTwelveHours);
        }
        flight.until = until;
        Ok(())
    }

    /// The receipt, if its message is in flight since that very receive.
    fn in_flight(&self, receipt_handle: &str) -> Result<Receipt, ReceiptError> {
        let receipt = Receipt::parse(receipt_handle).ok_or(ReceiptError::Invalid)?;
        if receipt.sequence > self.sequence {
            return Err(ReceiptError::Invalid);
        }
        let stored = self.stored.get(&receipt.sequence).ok_or(ReceiptError::NoMessage)?;
        if stored.receives < receipt.receive {
            return Err(ReceiptError::Invalid);
        }
        let newest = stored.receives == receipt.receive && stored.mark == receipt.mark;
        if newest && stored.in_flight.is_some() { Ok(receipt) } else { Err(ReceiptError::Expired) }
    }

    /// What time alone does: messages become visible, messages and deduplication ids are forgotten.
    pub(crate) fn pass(&mut self, now: Timestamp) {
        self.stored.retain(|_, stored| stored.sent_at + self.settings.retention > now);
        for stored in self.stored.values_mut() {
            stored.in_flight.take_if(|flight| flight.until <= now);
        }
        self.recent.retain(|_, (sent_at, _)| *sent_at + crate::limits::DEDUPLICATION_INTERVAL > now);
        if let Some(dead_letters) = &mut self.dead_letters {
            dead_letters.pass(now);
        }
    }

    /// An id as SQS makes them: a random UUID.
    pub(crate) fn draw_id(&mut self) -> String {
        let [high, low]: [u64; 2] = [self.random.random(), self.random.random()];
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0x3fff | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }
}
