//! Imports: accepting them, working on them, ending them.

use async_trait::async_trait;
use domain::ids::{EmployeeId, ImportId, LearningObjectId, PortalId};
use domain::import::{AttemptEnd, Batch, Ending, Import, ImportPerson, Outcome, Wait};
use domain::member::Member;
use jiff::Timestamp;

use crate::StateError;

/// Reads imports, their people and their batches.
#[async_trait]
pub trait ImportReader: Send + Sync {
    /// The import, if the portal has it.
    async fn find_import(&self, portal: &PortalId, import: &ImportId) -> Result<Option<Import>, StateError>;

    /// All imports of the portal, undos among them, the newest first.
    async fn imports_of(&self, portal: &PortalId) -> Result<Vec<Import>, StateError>;

    /// The import's people, sorted by employee id.
    async fn import_people(&self, portal: &PortalId, import: &ImportId) -> Result<Vec<ImportPerson>, StateError>;

    /// The import's people as they were a moment ago, sorted by employee id: some may be missing, or as they were before
    /// their last change, though hardly by more than a second. Half the price of [`Self::import_people`], for what shows how
    /// an import goes and is asked for again; nothing is decided by it. (Amazon DynamoDB, "Read consistency".)
    async fn import_people_lately(&self, portal: &PortalId, import: &ImportId)
    -> Result<Vec<ImportPerson>, StateError>;

    /// The rows of these people, consistently read, in the order asked for; those that are not there are left out.
    async fn people_of(
        &self,
        portal: &PortalId,
        import: &ImportId,
        people: &[EmployeeId],
    ) -> Result<Vec<ImportPerson>, StateError>;

    /// The import's batches that were attempted or dropped, sorted by number.
    async fn batches(&self, portal: &PortalId, import: &ImportId) -> Result<Vec<Batch>, StateError>;

    /// One of the import's batches, if it was attempted or dropped. Reads consistently.
    async fn find_batch(&self, portal: &PortalId, import: &ImportId, number: u32) -> Result<Option<Batch>, StateError>;

    /// All that an attempt at a batch begins with, in one read: the import, the batch of that number, and the rows of these
    /// people, at most [`domain::import::MOST_PEOPLE_IN_A_MESSAGE`]. Each is read consistently, in no order that could be
    /// leaned on: a row may be older than another by as long as the read takes. The people come in the order asked for, each
    /// once; who is not there is left out.
    async fn find_batch_with_people(
        &self,
        portal: &PortalId,
        import: &ImportId,
        number: u32,
        people: &[EmployeeId],
    ) -> Result<BatchRead, StateError>;
}

/// What is stored of a batch, of its import and of its people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchRead {
    /// The import, if the portal has it.
    pub import: Option<Import>,
    /// The batch, if it was attempted or dropped.
    pub batch: Option<Batch>,
    /// Those of the people who are there.
    pub people: Vec<ImportPerson>,
}

/// Why an import was not accepted. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum AcceptRefused {
    /// It was accepted before. Confirming it twice is one import.
    #[error("this import was accepted before")]
    AcceptedBefore(Box<Import>),
    /// This other import of the portal is running.
    #[error("another import is running")]
    AnotherIsActive(ImportId),
    /// Not enough places are left.
    #[error("{left} places are left")]
    NotEnoughPlaces {
        /// How many places are left.
        left: u32,
    },
    /// What is held of the portal was erased, or is being erased.
    #[error("the portal is erased")]
    Erased,
    /// An import was accepted since the plan was made.
    #[error("the plan was made before the last import")]
    PlanOutdated,
    /// The table did not answer.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Accepts imports and records what is put on the queue.
#[async_trait]
pub trait ImportAcceptance: ImportReader {
    /// One transaction: takes the portal's only active-import slot, reserves the import's places,
    /// counts the import, lists it as active, and stores it. `imports_accepted` is the count that the plan was made
    /// with; another count refuses. An undo is linked with the import that it takes back in the same transaction.
    /// [`StateError::Conflict`] where there is no such portal, or no such import to take back.
    async fn accept_import(&self, import: &Import, imports_accepted: u32) -> Result<(), AcceptRefused>;

    /// Stores the people's rows, each on the condition that it is not there: doing it again changes nothing.
    /// They hold names and emails, so they are kept for `keep_until` at the longest, and made in transactions with the
    /// condition that the import is there and has not ended: an erasure begins after that, and must not be followed by a
    /// name that nobody finds any more. [`StateError::Conflict`] otherwise.
    async fn add_people(
        &self,
        import: &Import,
        people: &[ImportPerson],
        keep_until: Timestamp,
    ) -> Result<(), StateError>;

    /// `Accepting -> Running`, with all batches unsent and the first sending as number 1; an undo's list of people goes.
    /// Whether the first sending is still to be made: also `true` where the import was started before and nothing is
    /// marked as sent, because that start may be this very write, whose answer was lost. Two who send it use the same
    /// number, by which the queue knows the messages again. [`StateError::Conflict`] where there is no such import.
    async fn start_import(&self, portal: &PortalId, import: &ImportId) -> Result<bool, StateError>;

    /// Records that batches are about to be put on the queue once more, on the condition that the import is running and
    /// its last sending has the number `was`, or the one after it, which may be this very write; returns that next
    /// number. [`StateError::Conflict`] otherwise.
    async fn record_send(&self, portal: &PortalId, import: &ImportId, was: u32) -> Result<u32, StateError>;

    /// Records which batches the queue has taken in the sending `send`, and which it has left. What others have recorded of
    /// other batches meanwhile stays, such as by [`ImportWork::mark_unsent`]. Where another sending has begun, or the import
    /// has ended, it changes nothing; [`StateError::Conflict`] where there is no such import, or others change the list all the time.
    async fn mark_sent(
        &self,
        portal: &PortalId,
        import: &ImportId,
        send: u32,
        taken: &[u32],
        left: &[u32],
        at: Timestamp,
    ) -> Result<(), StateError>;
}

/// Records attempts, outcomes, waits and the end of imports.
#[async_trait]
pub trait ImportWork: ImportReader {
    /// Records the intent of an attempt at a batch, with its name `batch.attempt`, on the condition that its attempts are
    /// those of `batch` and that it was not dropped; returns it as it is stored now. A first attempt makes the row, in one
    /// transaction with the conditions that it is not there and that the import is running: an erasure begins after every
    /// import has ended, and must not be followed by a row that nobody finds any more.
    /// [`StateError::Conflict`] otherwise. Where the next attempt is stored with this very name, all is well: the answer
    /// to the same write was lost. Without a name nobody can tell, and it is a conflict.
    async fn begin_attempt(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Batch, StateError>;

    /// Records once that the attempt has ended in order, and how, so that others may begin, on the condition that it is
    /// the last one: `batch` as its beginning was stored. Returns the batch as it is stored now.
    /// [`StateError::Conflict`] otherwise. On an attempt that is over it changes nothing.
    async fn end_attempt(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: &Batch,
        end: AttemptEnd,
    ) -> Result<Batch, StateError>;

    /// Takes a batch out, so that no attempt begins any more, on the condition that its attempts are those of `batch` and
    /// have all ended in order. Where none was begun it makes the row, on the conditions of a first attempt.
    /// [`StateError::Conflict`] otherwise. Dropping it again changes nothing.
    async fn drop_batch(&self, portal: &PortalId, import: &ImportId, batch: &Batch) -> Result<(), StateError>;

    /// Stores the outcome of a person, on the condition that they were waiting; [`StateError::Conflict`] otherwise.
    async fn end_person(
        &self,
        portal: &PortalId,
        import: &ImportId,
        employee: &EmployeeId,
        outcome: &Outcome,
    ) -> Result<(), StateError>;

    /// One transaction: the same, and the member that the person is from then on: `after` in place
    /// of `before`, with the next revision, each `None` where they are none, on the condition that `before` is there
    /// with its revision and account. With a batch, also on the condition that no attempt has begun since those that it has:
    /// whoever begins one is at its people.
    /// [`StateError::Conflict`] otherwise.
    async fn end_person_with_member(
        &self,
        portal: &PortalId,
        import: &ImportId,
        employee: &EmployeeId,
        outcome: &Outcome,
        before: Option<&Member>,
        after: Option<&Member>,
        batch: Option<&Batch>,
    ) -> Result<(), StateError>;

    /// Records what the import waits for. Where it waits because GO1 asked for that, and for longer, it changes nothing: two
    /// workers, or two batches of one, may have heard different things. `asked_until`: until when GO1 has asked to be left
    /// alone, not after the wait, where it has asked. Where it is stored that GO1 has asked for longer than that, or than the
    /// wait lasts, nothing is changed either, nor on an import that has ended; [`StateError::Conflict`] where there is no such
    /// import.
    async fn set_wait(
        &self,
        portal: &PortalId,
        import: &ImportId,
        wait: &Wait,
        asked_until: Option<Timestamp>,
    ) -> Result<(), StateError>;

    /// Ends this wait. Where the import waits for something else by now, or has ended, it changes nothing;
    /// [`StateError::Conflict`] where there is no such import.
    async fn end_wait(&self, portal: &PortalId, import: &ImportId, wait: &Wait) -> Result<(), StateError>;

    /// Records the courses that GO1 has been found to assign, with which the import goes on for everybody. On an import
    /// that has ended it changes nothing; [`StateError::Conflict`] where there is no such import.
    async fn set_assignable(
        &self,
        portal: &PortalId,
        import: &ImportId,
        courses: &[LearningObjectId],
    ) -> Result<(), StateError>;

    /// Records from when the import has its whole time again: after a login, the last one that it waited for, or after an
    /// operator's pause; `was` is what is recorded so far. Where somebody has recorded another time since, or the import has
    /// ended, it changes nothing: a login that is found out late ends no pause. [`StateError::Conflict`] where there is no
    /// such import.
    async fn resume_import(
        &self,
        portal: &PortalId,
        import: &ImportId,
        was: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<(), StateError>;

    /// Records that the queue no longer has these batches of a running import, whose messages the sending `send` had brought,
    /// so that they are sent again: on the condition that no other sending and no other change of that list came between,
    /// and again where one did. What is recorded later by [`ImportAcceptance::mark_sent`] of that sending changes nothing,
    /// because it was made with these batches on the queue. Recording it twice changes nothing. Where the import has ended it changes nothing; [`StateError::Conflict`] where there is no
    /// such import, or others change the list all the time.
    async fn mark_unsent(
        &self,
        portal: &PortalId,
        import: &ImportId,
        send: u32,
        batches: &[u32],
    ) -> Result<(), StateError>;

    /// Records that the owner stopped a running import, once. On any other it changes nothing;
    /// [`StateError::Conflict`] where there is no such import.
    async fn stop_import(&self, portal: &PortalId, import: &ImportId, at: Timestamp) -> Result<(), StateError>;

    /// One transaction: stores how the import ended and its sums, frees the portal's slot, gives places back, and takes
    /// it off the active list; on the condition that it is running.
    /// [`StateError::Conflict`] where it is not.
    async fn end_import(
        &self,
        portal: &PortalId,
        import: &ImportId,
        ending: &Ending,
        at: Timestamp,
    ) -> Result<(), StateError>;
}

/// An import that has not ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActiveImport {
    /// The portal that people are imported into.
    pub portal: PortalId,
    /// The id of the import.
    pub import: ImportId,
}

/// Lists what has not ended, for the sweeper, and keeps where a sweep stopped that could not help all of them.
#[async_trait]
pub trait ActiveImports: Send + Sync {
    /// Everything that is accepted or running, over all portals.
    async fn active_imports(&self) -> Result<Vec<ActiveImport>, StateError>;

    /// The last import that the last unfinished sweep helped. It may have ended since.
    async fn sweep_cursor(&self) -> Result<Option<ActiveImport>, StateError>;

    /// Stores it, over whatever is there.
    async fn put_sweep_cursor(&self, last: &ActiveImport) -> Result<(), StateError>;
}
