//! Receiving: which messages a consumer is given, and which become dead letters instead.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use rand::RngExt as _;
use rand::seq::SliceRandom as _;

use crate::error::ReceiveError;
use crate::limits::MOST_PER_CALL;
use crate::message::Received;
use crate::queue::{FifoQueue, InFlight};
use crate::receipt::Receipt;
use crate::sending::sequence_number;
use crate::settings::GroupOrder;

impl FifoQueue {
    /// `ReceiveMessage` with the queue's own visibility time-out: up to `most` messages, as many as there are of one group
    /// before those of the next, each group in its order, and none of a group of which any message is in flight.
    pub fn receive(&mut self, now: Timestamp, most: usize) -> Result<Vec<Received>, ReceiveError> {
        self.receive_for(now, most, self.settings.visibility_timeout)
    }

    /// `ReceiveMessage` with a `VisibilityTimeout` of its own.
    pub fn receive_for(
        &mut self,
        now: Timestamp,
        most: usize,
        visibility_timeout: SignedDuration,
    ) -> Result<Vec<Received>, ReceiveError> {
        if !(1..=MOST_PER_CALL).contains(&most) {
            return Err(ReceiveError::MaxNumberOfMessages(most));
        }
        self.pass(now);
        let in_flight = self.stored.values().filter(|stored| stored.in_flight.is_some()).count();
        let most = most.min(self.settings.most_in_flight.saturating_sub(in_flight));
        let mut received = Vec::new();
        for sequence in self.free_groups().into_iter().flatten() {
            if received.len() == most {
                break;
            }
            if !self.bury(now, sequence) {
                received.extend(self.hand_out(now, sequence, visibility_timeout));
            }
        }
        Ok(received)
    }

    /// The groups of which nothing is in flight, each with its messages in their order.
    fn free_groups(&mut self) -> Vec<Vec<u64>> {
        let held = self.stored.values().filter(|stored| stored.in_flight.is_some());
        let held: HashSet<&str> = held.map(|stored| stored.message.group.as_str()).collect();
        let mut place: BTreeMap<&str, usize> = BTreeMap::new();
        let mut groups: Vec<Vec<u64>> = Vec::new();
        for (sequence, stored) in self.stored.iter().take(self.settings.scanned) {
            let group = stored.message.group.as_str();
            if !held.contains(group) {
                let at = *place.entry(group).or_insert_with(|| {
                    groups.push(Vec::new());
                    groups.len() - 1
                });
                groups[at].push(*sequence);
            }
        }
        if self.settings.group_order == GroupOrder::Drawn {
            groups.shuffle(&mut self.random);
        }
        groups
    }

    /// Moves a message that was received too often to the dead-letter queue, into the same group, as if it had been sent
    /// there now. (Developer Guide, "Setting-up dead-letter queue retention": "For FIFO queues, the enqueue timestamp resets
    /// when the message is moved".)
    fn bury(&mut self, now: Timestamp, sequence: u64) -> bool {
        let Some(policy) = &self.settings.redrive_policy else { return false };
        let Some(dead_letters) = &mut self.dead_letters else { return false };
        if self.stored.get(&sequence).is_none_or(|stored| stored.receives < policy.max_receive_count) {
            return false;
        }
        if let Some(stored) = self.stored.remove(&sequence) {
            dead_letters.store(now, stored.message);
        }
        true
    }

    fn hand_out(&mut self, now: Timestamp, sequence: u64, visibility_timeout: SignedDuration) -> Option<Received> {
        let mark = self.random.random();
        let stored = self.stored.get_mut(&sequence)?;
        stored.receives += 1;
        stored.mark = mark;
        stored.in_flight = Some(InFlight { received_at: now, until: now + visibility_timeout });
        let first_received_at = *stored.first_received_at.get_or_insert(now);
        Some(Received {
            message_id: stored.id.clone(),
            receipt_handle: Receipt { sequence, receive: stored.receives, mark }.to_handle(),
            message: stored.message.clone(),
            sequence_number: sequence_number(sequence),
            receive_count: stored.receives,
            sent_at: stored.sent_at,
            first_received_at,
        })
    }
}
