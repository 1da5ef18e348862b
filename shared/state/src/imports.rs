//! Imports: accepting them, working on them, ending them.

use async_trait::async_trait;
use domain::ids::{EmployeeId, ImportId, PortalId};
use domain::import::{Batch, Import, ImportPerson, ImportStatus, Outcome};
use jiff::Timestamp;

use crate::StateError;

/// Sees imports.
#[async_trait]
pub trait ImportReader: Send + Sync {
    /// The import, if the portal has it.
    async fn find_import(&self, portal: &PortalId, import: &ImportId) -> Result<Option<Import>, StateError>;

    /// Its people, by employee id.
    async fn import_people(&self, portal: &PortalId, import: &ImportId) -> Result<Vec<ImportPerson>, StateError>;

    /// Its batches, by number.
    async fn batches(&self, portal: &PortalId, import: &ImportId) -> Result<Vec<Batch>, StateError>;

    /// One of its batches. Reads consistently.
    async fn find_batch(&self, portal: &PortalId, import: &ImportId, number: u32) -> Result<Option<Batch>, StateError>;
}

/// Why an import was not accepted. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AcceptRefused {
    /// It was accepted before. Confirming it twice is one import.
    #[error("this import was accepted before")]
    AcceptedBefore(Box<Import>),
    /// Another import is running.
    #[error("another import is running")]
    AnotherIsActive(ImportId),
    /// Not enough places are left.
    #[error("{left} places are left")]
    NotEnoughPlaces {
        /// How many are.
        left: u32,
    },
    /// An import was accepted since the plan was made.
    #[error("the plan was made before the last import")]
    PlanOutdated,
    /// The table failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Accepts imports and puts them to work.
#[async_trait]
pub trait ImportAcceptance: ImportReader {
    /// One transaction: takes the portal's only active-import slot, reserves a place for each of the import's people,
    /// counts the import, lists it as active, and stores it. `imports_accepted` is the count that the plan was made
    /// with; another count refuses. [`StateError::Conflict`] where there is no such portal.
    async fn accept_import(&self, import: &Import, imports_accepted: u32) -> Result<(), AcceptRefused>;

    /// Stores the people's rows, each on the condition that it is not there: doing it again changes nothing.
    /// They hold names and emails, so they are kept for `keep_until` at the longest.
    async fn add_people(
        &self,
        import: &Import,
        people: &[ImportPerson],
        keep_until: Timestamp,
    ) -> Result<(), StateError>;

    /// Stores the batches, each on the condition that it is not there: doing it again changes nothing.
    async fn add_batches(&self, import: &Import, batches: &[Batch]) -> Result<(), StateError>;

    /// `Accepting -> Running`. Doing it again, or when it has ended, changes nothing; [`StateError::Conflict`] where
    /// there is no such import.
    async fn start_import(&self, portal: &PortalId, import: &ImportId) -> Result<(), StateError>;

    /// Records that a batch is about to be put on the queue once more, on the condition that its sends are those of
    /// `batch`; returns it as it is stored now, with the next number. [`StateError::Conflict`] otherwise.
    async fn record_send(&self, portal: &PortalId, import: &ImportId, batch: Batch) -> Result<Batch, StateError>;

    /// Records that the queue took it; [`StateError::Conflict`] where there is no such batch.
    async fn mark_sent(
        &self,
        portal: &PortalId,
        import: &ImportId,
        number: u32,
        at: Timestamp,
    ) -> Result<(), StateError>;
}

/// Works on imports.
#[async_trait]
pub trait ImportWork: ImportReader {
    /// Records the intent of an attempt at a batch, on the condition that its attempts are those of `batch` and that
    /// it has not ended; returns it as it is stored now, with the next number. [`StateError::Conflict`] otherwise.
    async fn begin_attempt(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Batch, StateError>;

    /// Records that an attempt reached GO1 and failed; returns how many have. [`StateError::Conflict`] where there is
    /// no such batch. After a lost answer of the table one failure may count as two.
    async fn record_failure(&self, portal: &PortalId, import: &ImportId, number: u32) -> Result<u32, StateError>;

    /// The rows of these people, consistently read, in the order asked for; those that are not there are left out.
    async fn people_of(
        &self,
        portal: &PortalId,
        import: &ImportId,
        people: &[EmployeeId],
    ) -> Result<Vec<ImportPerson>, StateError>;

    /// Stores how a person fared, on the condition that they were waiting; [`StateError::Conflict`] otherwise.
    async fn end_person(
        &self,
        portal: &PortalId,
        import: &ImportId,
        employee: &EmployeeId,
        outcome: &Outcome,
    ) -> Result<(), StateError>;

    /// Records that everybody in the batch has ended. Doing it again changes nothing; [`StateError::Conflict`] where
    /// there is no such batch.
    async fn end_batch(
        &self,
        portal: &PortalId,
        import: &ImportId,
        number: u32,
        at: Timestamp,
    ) -> Result<(), StateError>;

    /// Records until when GO1 asked us to wait; `None` when it is over. On an import that has ended it changes nothing;
    /// [`StateError::Conflict`] where there is no such import.
    async fn set_wait(&self, portal: &PortalId, import: &ImportId, until: Option<Timestamp>) -> Result<(), StateError>;

    /// One transaction: stores how the import ended, frees the portal's slot, gives back `places_back` places, forgets
    /// what it waited for, and takes it off the active list; on the condition that it is running.
    /// [`StateError::Conflict`] where it is not.
    async fn end_import(
        &self,
        portal: &PortalId,
        import: &ImportId,
        status: ImportStatus,
        places_back: u32,
        at: Timestamp,
    ) -> Result<(), StateError>;
}

/// An import that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveImport {
    /// Into which portal.
    pub portal: PortalId,
    /// Which.
    pub import: ImportId,
}

/// Lists what has not ended, for the sweeper.
#[async_trait]
pub trait ActiveImports: Send + Sync {
    /// Everything that is accepted or running, over all portals.
    async fn active_imports(&self) -> Result<Vec<ActiveImport>, StateError>;
}
