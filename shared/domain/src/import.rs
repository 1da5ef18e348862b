//! A confirmed import: who, in which batches, and how each person fared.

mod batch;
mod person;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use batch::{Batch, BatchMessage, BatchMessageError, MOST_ATTEMPTS, PEOPLE_PER_BATCH, batches_of};
pub use person::{FailureReason, ImportPerson, Outcome, Progress};

use crate::ids::{EmployeeId, ImportId, LearningObjectId, PlanDigest, PortalId, TenantId};

/// An import that was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Names it.
    pub id: ImportId,
    /// Into which portal.
    pub portal: PortalId,
    /// From which organisation.
    pub tenant: TenantId,
    /// The plan that it applies.
    pub plan: PlanDigest,
    /// Who was ticked, in the plan's order. Each has a place reserved.
    pub people: Vec<EmployeeId>,
    /// What each of them is assigned.
    pub courses: Vec<LearningObjectId>,
    /// How far it is.
    pub status: ImportStatus,
    /// When it was confirmed.
    pub accepted_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// While GO1 asks us to wait: until when.
    pub wait_until: Option<Timestamp>,
}

/// How far an import is. `Accepting -> Running -> Done | PartlyDone | Failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportStatus {
    /// Confirmed; its people and batches are being written.
    Accepting,
    /// Its batches are on the queue.
    Running,
    /// Everybody was imported.
    Done,
    /// Somebody was, somebody was not.
    PartlyDone,
    /// Nobody was.
    Failed,
}

impl ImportStatus {
    /// Whether nothing will change any more.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::PartlyDone | Self::Failed)
    }
}

impl Import {
    /// The name of the import that applies `plan` to `portal`: the same however often it is confirmed.
    pub fn id_for(portal: &PortalId, plan: &PlanDigest) -> ImportId {
        let mut digest = crate::clock::sha256_hex(&format!("import|{portal}|{plan}"));
        digest.truncate(32);
        ImportId::new(digest)
    }
}

/// How an import whose people have all ended has ended itself, and how many places it gives back: those of people
/// for whom no account was made or found.
pub fn ending(progress: Progress) -> Option<(ImportStatus, u32)> {
    if progress.waiting > 0 {
        return None;
    }
    let status = match (progress.done, progress.failed) {
        (_, 0) => ImportStatus::Done,
        (0, _) => ImportStatus::Failed,
        _ => ImportStatus::PartlyDone,
    };
    Some((status, u32::try_from(progress.failed_without_account).unwrap_or(u32::MAX)))
}
