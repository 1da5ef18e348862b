//! Batches of people, and the message that carries one. A message carries ids only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{EmployeeId, ImportId, PortalId};

/// How many people one message names at most.
pub const PEOPLE_PER_BATCH: usize = 10;

/// How often a batch may reach GO1 and fail before its people are given up.
pub const MOST_ATTEMPTS: u32 = 5;

/// What we know of one batch of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// Its number within the import, from 0.
    pub number: u32,
    /// Who is in it.
    pub people: Vec<EmployeeId>,
    /// How often it was put on the queue. Part of the deduplication id, saved before the send.
    pub sends: u32,
    /// When the queue took it; `None` where it has not yet.
    pub sent_at: Option<Timestamp>,
    /// How many attempts have begun. Recorded before anything is asked of GO1.
    pub attempts: u32,
    /// How many attempts reached GO1 and failed.
    pub failures: u32,
    /// When the last attempt began.
    pub attempted_at: Option<Timestamp>,
    /// When the last of its people ended.
    pub ended_at: Option<Timestamp>,
}

/// Divides people into batches of at most [`PEOPLE_PER_BATCH`], in order.
pub fn batches_of(people: &[EmployeeId]) -> Vec<Batch> {
    (0..)
        .zip(people.chunks(PEOPLE_PER_BATCH))
        .map(|(number, people)| Batch {
            number,
            people: people.to_vec(),
            sends: 0,
            sent_at: None,
            attempts: 0,
            failures: 0,
            attempted_at: None,
            ended_at: None,
        })
        .collect()
}

/// What is on the queue: one batch, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchMessage {
    version: u32,
    portal: PortalId,
    import: ImportId,
    batch: u32,
    people: Vec<EmployeeId>,
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
    /// More people than a batch has, or none.
    #[error("the message names {0} people")]
    WrongSize(usize),
}

impl BatchMessage {
    /// The version that this code writes.
    pub const VERSION: u32 = 1;

    /// The message for `batch`.
    pub fn new(portal: PortalId, import: ImportId, batch: &Batch) -> Self {
        Self { version: Self::VERSION, portal, import, batch: batch.number, people: batch.people.clone() }
    }

    /// Reads a message's body.
    pub fn from_json(body: &str) -> Result<Self, BatchMessageError> {
        let message: Self = serde_json::from_str(body)?;
        if message.version != Self::VERSION {
            return Err(BatchMessageError::UnknownVersion(message.version));
        }
        match message.people.len() {
            1..=PEOPLE_PER_BATCH => Ok(message),
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

    /// The import.
    pub fn import(&self) -> &ImportId {
        &self.import
    }

    /// The batch's number.
    pub fn batch(&self) -> u32 {
        self.batch
    }

    /// The people.
    pub fn people(&self) -> &[EmployeeId] {
        &self.people
    }

    /// What SQS recognises a repeated send by: import, batch and how often it was sent.
    pub fn deduplication_id(&self, sends: u32) -> String {
        format!("{}-{}-{}", self.import, self.batch, sends)
    }
}
