//! Batches of people, and the message that carries one. A message carries ids only.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{EmployeeId, ImportId, PortalId};

/// How many people a batch has, but for the last one of an import. A full import is ten batches, as many as one invocation
/// gets of a message group. (AWS Lambda, "Using Lambda with Amazon SQS": a batch of a FIFO queue is ten messages at the most.)
pub const PEOPLE_PER_BATCH: u32 = 20;

/// How many people a message is read with.
pub const MOST_PEOPLE_IN_A_MESSAGE: usize = PEOPLE_PER_BATCH as usize;

/// How often a batch may fail at a GO1 that answers, before the next attempt is its last.
pub const MOST_FAILURES: u32 = 5;

/// What we know of one batch of an import, from its first attempt on. It is over when none of its people waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its number within the import, from 0.
    pub number: u32,
    /// How many attempts have begun. Recorded before anything is asked of GO1.
    pub attempts: u32,
    /// How many attempts failed at a GO1 that answered.
    pub failures: u32,
    /// When the last attempt began, which may be at work still; `None` once it was given back.
    pub attempted_at: Option<Timestamp>,
    /// Whether it was taken out while no attempt could be at work: none will ever begin.
    pub dropped: bool,
    /// A random name of the last attempt, by which whoever began it knows it again; empty where it has none.
    #[serde(default)]
    pub attempt: String,
    /// How many attempts have ended in order: what they asked of GO1 is stored with the members. One that was cut off is
    /// not among them, and its worker may still go on.
    #[serde(default)]
    pub ended: u32,
    /// Whether one that ended in order has asked GO1 to change something.
    #[serde(default)]
    pub asked: bool,
}

/// How an attempt ended in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AttemptEnd {
    /// Whether it failed at a GO1 that answered.
    pub failed: bool,
    /// Whether it asked GO1 to change something, for anybody.
    pub asked: bool,
}

impl Batch {
    /// One that was never attempted.
    pub fn new(number: u32) -> Self {
        let attempt = String::new();
        Self { number, attempts: 0, failures: 0, attempted_at: None, dropped: false, attempt, ended: 0, asked: false }
    }

    /// Whether an attempt may be at work, of a worker that takes `longest` at the most.
    pub fn at_work(&self, now: Timestamp, longest: SignedDuration) -> bool {
        self.attempted_at.is_some_and(|begun| now.duration_since(begun) < longest)
    }

    /// Whether an attempt has begun.
    pub fn was_attempted(&self) -> bool {
        self.attempts > 0
    }

    /// Whether each attempt has ended in order, so that the members say for whom GO1 was asked. Of one that is at work,
    /// was cut off or stands still, nobody knows.
    pub fn is_settled(&self) -> bool {
        self.attempts == self.ended
    }

    /// Whether its next attempt, or the one that is at work, is its last: there everybody is looked up and nobody is created.
    pub fn is_at_last_attempt(&self) -> bool {
        self.failures >= MOST_FAILURES
    }

    /// Whether GO1 was certainly asked to change nothing for anybody of it.
    pub fn asked_nobody(&self) -> bool {
        self.is_settled() && !self.asked
    }
}

/// The batch of the person at this place, from 0, in the order of an import that is begun now.
pub fn batch_of(position: usize) -> u32 {
    in_batches_of(PEOPLE_PER_BATCH, position)
}

/// The same in an import whose batches have so many people.
pub(super) fn in_batches_of(people: u32, position: usize) -> u32 {
    u32::try_from(position / people.max(1) as usize).unwrap_or(u32::MAX)
}

/// How many people the batches of an import have whose row does not say it, because a release before accepted it.
pub(super) const fn people_per_batch_before() -> u32 {
    10
}

/// What is on the queue: one batch, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchMessage {
    version: u32,
    portal: PortalId,
    import: ImportId,
    batch: u32,
    people: Vec<EmployeeId>,
    /// Which sending brought it. Only for the log.
    #[serde(default)]
    send: u32,
    /// The reference of the request for which it was sent, where one was. Only for the log, and no version of its own:
    /// whoever does not know it leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
}

/// Why a message cannot be read. It goes to the dead-letter queue at once, with this.
#[derive(Debug, thiserror::Error)]
pub enum BatchMessageError {
    /// No JSON, or not ours.
    #[error("the message is not a batch")]
    Unreadable(#[from] serde_json::Error),
    /// Written by a newer version of this code.
    #[error("the message has version {0}, which this code does not know")]
    UnknownVersion(u32),
    /// More people than [`MOST_PEOPLE_IN_A_MESSAGE`], or none.
    #[error("the message names {0} people")]
    WrongSize(usize),
}

impl BatchMessage {
    /// The versions that this code reads. 2 is 1 with `send`.
    pub const READS: RangeInclusive<u32> = 1..=2;

    /// The version that this code writes. A later one is written only once a release that reads it is everywhere.
    pub const WRITES: u32 = 2;

    /// The message for a batch, in the sending with this number.
    pub fn new(portal: PortalId, import: ImportId, batch: u32, people: Vec<EmployeeId>, send: u32) -> Self {
        Self { version: Self::WRITES, portal, import, batch, people, send, cause: None }
    }

    /// The same, sent for the request of this reference.
    #[must_use]
    pub fn caused_by(self, cause: Option<String>) -> Self {
        Self { cause, ..self }
    }

    /// Reads a message's body.
    pub fn from_json(body: &str) -> Result<Self, BatchMessageError> {
        let message: Self = serde_json::from_str(body)?;
        if !Self::READS.contains(&message.version) {
            return Err(BatchMessageError::UnknownVersion(message.version));
        }
        match message.people.len() {
            1..=MOST_PEOPLE_IN_A_MESSAGE => Ok(message),
            size => Err(BatchMessageError::WrongSize(size)),
        }
    }

    /// The body to send.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| {
            // Strings and numbers cannot fail to serialise.
            unreachable!("a batch message serialises: {error}")
        })
    }

    /// The portal: the message's group on the queue.
    pub fn portal(&self) -> &PortalId {
        &self.portal
    }

    /// The import that the batch belongs to.
    pub fn import(&self) -> &ImportId {
        &self.import
    }

    /// The number of the batch within its import, from 0.
    pub fn batch(&self) -> u32 {
        self.batch
    }

    /// The batch's people, at most [`MOST_PEOPLE_IN_A_MESSAGE`].
    pub fn people(&self) -> &[EmployeeId] {
        &self.people
    }

    /// The number of the sending that brought the message.
    pub fn send(&self) -> u32 {
        self.send
    }

    /// The reference of the request for which it was sent, in the form that references have: whatever else stands there
    /// goes into no log.
    pub fn cause(&self) -> Option<&str> {
        let is_reference = |cause: &&str| cause.len() <= 64 && cause.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.cause.as_deref().filter(is_reference)
    }

    /// What SQS recognises a repeated send by. The same batch sent again on purpose has another.
    pub fn deduplication_id(&self) -> String {
        format!("{}-{}-{}", self.import, self.batch, self.send)
    }
}
