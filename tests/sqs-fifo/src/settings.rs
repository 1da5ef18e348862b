//! The attributes of a queue, by the names that SQS gives them.

use jiff::SignedDuration;

use crate::limits::{LARGEST_MESSAGE, MOST_IN_FLIGHT, SCANNED};

/// What a queue was made with. [`Settings::default`] has what SQS has where nobody says otherwise.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `VisibilityTimeout`: for how long a received message is in flight.
    pub visibility_timeout: SignedDuration,
    /// `MessageRetentionPeriod`: what is older is gone.
    pub retention: SignedDuration,
    /// `MaximumMessageSize`, in bytes.
    pub largest_message: usize,
    /// `DeduplicationScope`.
    pub deduplication_scope: DeduplicationScope,
    /// `RedrivePolicy`.
    pub redrive_policy: Option<RedrivePolicy>,
    /// The quota of messages in flight.
    pub most_in_flight: usize,
    /// How many of the oldest messages are looked at for groups that are free.
    pub scanned: usize,
    /// In which order groups are returned, about which SQS promises nothing.
    pub group_order: GroupOrder,
    /// What message ids, receipt handles and the order of groups follow from.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            visibility_timeout: SignedDuration::from_secs(30),
            retention: SignedDuration::from_hours(4 * 24),
            largest_message: LARGEST_MESSAGE,
            deduplication_scope: DeduplicationScope::Queue,
            redrive_policy: None,
            most_in_flight: MOST_IN_FLIGHT,
            scanned: SCANNED,
            group_order: GroupOrder::OldestFirst,
            seed: 0,
        }
    }
}

/// Among which messages a deduplication id is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeduplicationScope {
    /// `queue`: all of them.
    Queue,
    /// `messageGroup`: those of the same group.
    MessageGroup,
}

/// When a message becomes a dead letter.
#[derive(Clone, Debug)]
pub struct RedrivePolicy {
    /// `maxReceiveCount`: a message that was received so often is moved instead of being received once more.
    pub max_receive_count: u32,
    /// The `MessageRetentionPeriod` of the dead-letter queue.
    pub retention: SignedDuration,
}

/// Which group comes first where several are free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupOrder {
    /// That of the oldest message.
    OldestFirst,
    /// Any: each receive draws.
    Drawn,
}
