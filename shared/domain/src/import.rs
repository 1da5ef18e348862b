//! A confirmed import: who, in which batches, and how each person fared.

mod batch;
mod giving_up;
mod person;
mod ticks;
mod undo;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use batch::{AttemptEnd, Batch, BatchMessage, BatchMessageError, MOST_FAILURES, PEOPLE_PER_BATCH, batch_of};
pub use giving_up::{AccountAnswer, GivenUp, failed, undo_failed};
pub use person::{FailureReason, ImportPerson, Outcome, PersonTask, Progress, UndoPerson};
pub use ticks::Ticks;
pub use undo::{LaterImport, UNDO_FOR, UndoPlan, UndoRefused, undo_of};

use crate::ids::{ImportId, LearningObjectId, PlanDigest, PortalId, TenantId};
use crate::plan::{Plan, Selection};

/// The longest that an import may take. Whoever still waits then is given up.
pub const LONGEST_IMPORT: SignedDuration = SignedDuration::from_hours(24);

/// The longest that an import waits for a login: nobody is told of it before they come back to our pages.
pub const LONGEST_WAIT_FOR_LOGIN: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The longest that a message of an import is hidden. In a FIFO queue it keeps back all others of its portal, also those
/// of a later import, so a longer wait stands with the import alone.
pub const LONGEST_HIDDEN: SignedDuration = SignedDuration::from_mins(10);

/// For how long after a person is given up a worker may still ask GO1 for them: one invocation of the worker, which the
/// template keeps to a minute, and what passes between the time that a give-up notes and its last write, which is less
/// than the time-out of a function that answers a browser.
pub const LONGEST_ATTEMPT: SignedDuration = SignedDuration::from_secs(90);

/// For how long GO1 may still be at a request of which its caller has heard nothing.
pub const GO1_WORKS_ON: SignedDuration = SignedDuration::from_mins(1);

/// How far what GO1 shows, in a search, a list or by an id, may be behind what it has done.
pub const GO1_IS_BEHIND: SignedDuration = SignedDuration::from_secs(30);

/// How long after an import's end GO1 may still do what the import asked for: the worker of whoever was given up may ask
/// for [`LONGEST_ATTEMPT`], and nobody hears how long GO1 works on.
pub const LATEST_EFFECT: SignedDuration = SignedDuration::from_secs(LONGEST_ATTEMPT.as_secs() + GO1_WORKS_ON.as_secs());

/// How long after an import's end GO1 shows everything that the import did. Before that, what it does not show may be
/// there.
pub const SHOWN_AFTER: SignedDuration = SignedDuration::from_secs(LATEST_EFFECT.as_secs() + GO1_IS_BEHIND.as_secs());

/// An import that was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The id, which follows from the portal and the plan: see [`Import::id_for`].
    pub id: ImportId,
    /// The portal that people are imported into.
    pub portal: PortalId,
    /// The Xero organisation that people are imported from.
    pub tenant: TenantId,
    /// The plan that it applies.
    pub plan: PlanDigest,
    /// Who of the plan was ticked.
    pub ticks: Ticks,
    /// How many people are ticked.
    pub people: u32,
    /// For how many of them a place was reserved; the others have had theirs since an earlier import.
    pub places: u32,
    /// How many people the plan showed.
    pub read: u32,
    /// What each of them is assigned.
    pub courses: Vec<LearningObjectId>,
    /// How far the import is.
    pub status: ImportStatus,
    /// When it was confirmed.
    pub accepted_at: Timestamp,
    /// When the import ended; `None` while it is active.
    pub ended_at: Option<Timestamp>,
    /// The number of the last sending, saved before it.
    #[serde(default)]
    pub sends: u32,
    /// When the last sending was done with; `None` where none was.
    #[serde(default)]
    pub sent_at: Option<Timestamp>,
    /// The batches that the queue does not have: it has not taken them yet, or their messages had come too often.
    #[serde(default)]
    pub unsent: Vec<u32>,
    /// What it waited for last; over once its time has passed. It stays when the import ends.
    #[serde(default)]
    pub wait: Option<Wait>,
    /// When it went on after a login that it had waited for.
    #[serde(default)]
    pub resumed_at: Option<Timestamp>,
    /// When the owner stopped it.
    #[serde(default)]
    pub stopped_at: Option<Timestamp>,
    /// Its sums, once it has ended: they stay when the people's rows are erased.
    #[serde(default)]
    pub sums: Option<Progress>,
    /// The import that it takes back, where it is an undo.
    #[serde(default)]
    pub undoes: Option<ImportId>,
    /// The last undo of it.
    #[serde(default)]
    pub undone_by: Option<ImportId>,
    /// Of an undo that is being accepted: from whom it takes back, and what, as it was shown. Empty once it runs, when
    /// their rows say so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo_people: Vec<UndoPerson>,
}

/// How far an import is. `Accepting -> Running -> Done | PartlyDone | Failed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportStatus {
    /// Confirmed; its people are being written.
    Accepting,
    /// Its batches are on the queue.
    Running,
    /// All people were imported.
    Done,
    /// Some people were imported, others were not.
    PartlyDone,
    /// Nobody was imported.
    Failed,
}

/// A time before which an import asks nothing of GO1. The first attempt after it shows whether the reason is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// No call to GO1 is made before this time.
    pub until: Timestamp,
    /// The reason, which decides how long the next wait is.
    pub why: WaitReason,
    /// How many waits for the same reason came one after the other.
    pub times: u32,
}

/// What an import waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum WaitReason {
    /// GO1 asked for the wait (`Retry-After`). Stored as `asked`.
    #[serde(rename = "asked")]
    RetryAfter,
    /// GO1 does not answer, or answers with server errors.
    Failing,
    /// A fault of our own, such as a sealing key that does not open a token. Stored as `ours`.
    #[serde(rename = "ours")]
    OwnFault,
    /// GO1 wants a login of the owner.
    Login {
        /// The tokens that it no longer takes; any others are worth another try, whether or not anybody has logged in.
        generation: u64,
    },
}

/// How an import ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The status that the import ends with.
    pub status: ImportStatus,
    /// The sums over the import's people.
    pub sums: Progress,
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

    /// The import of `selection` into `portal` as `plan` shows it, to be accepted at `now`.
    pub fn accepted(portal: &PortalId, plan: &Plan, selection: &Selection, now: Timestamp) -> Self {
        let count = |people: usize| u32::try_from(people).unwrap_or(u32::MAX);
        let digest = plan.digest();
        Self {
            id: Self::id_for(portal, &digest),
            portal: portal.clone(),
            tenant: plan.tenant.clone(),
            plan: digest,
            ticks: Ticks::of(plan, selection.people()),
            people: count(selection.people().len()),
            places: selection.places(),
            read: count(plan.entries.len()),
            courses: plan.courses.clone(),
            status: ImportStatus::Accepting,
            accepted_at: now,
            ended_at: None,
            sends: 0,
            sent_at: None,
            unsent: Vec::new(),
            wait: None,
            resumed_at: None,
            stopped_at: None,
            sums: None,
            undoes: None,
            undone_by: None,
            undo_people: Vec::new(),
        }
    }

    /// The same, which begins with the wait that GO1 has asked the portal for: it outlives the import that met it.
    #[must_use]
    pub fn after(self, earlier: &[Self], now: Timestamp) -> Self {
        let asked = earlier.iter().filter_map(|import| import.wait);
        let asked = asked.filter(|wait| wait.why == WaitReason::RetryAfter && wait.until > now);
        Self { wait: asked.max_by_key(|wait| wait.until), ..self }
    }

    /// How many batches it has.
    pub fn batches(&self) -> u32 {
        self.people.checked_sub(1).map_or(0, |last| batch_of(last as usize) + 1)
    }

    /// When it ends at the latest, as it stands.
    pub fn ends_by(&self) -> Timestamp {
        self.ends_by_waiting_for(self.wait.map(|wait| wait.why))
    }

    /// When it ends at the latest while it waits for this. After a login it has its whole time once more, also where it
    /// waits for another one soon after.
    pub fn ends_by_waiting_for(&self, why: Option<WaitReason>) -> Timestamp {
        let ends_by = self.resumed_at.unwrap_or(self.accepted_at) + LONGEST_IMPORT;
        match why {
            Some(WaitReason::Login { .. }) => ends_by.max(self.accepted_at + LONGEST_WAIT_FOR_LOGIN),
            _ => ends_by,
        }
    }

    /// Until when a message of this import, which has ended, may keep back those of the portal's next: it ended while it
    /// waited, and its message comes back once more.
    pub fn holds_back_until(&self) -> Option<Timestamp> {
        let (wait, ended_at) = (self.wait?, self.ended_at?);
        Some(wait.until.min(ended_at + LONGEST_HIDDEN)).filter(|until| *until > ended_at)
    }

    /// [`Self::unsent`] with these batches.
    pub fn with_unsent(&self, batches: &[u32]) -> Vec<u32> {
        let new = batches.iter().copied().filter(|batch| !self.unsent.contains(batch));
        self.unsent.iter().copied().chain(new).collect()
    }

    /// Whether it can go on only after a login with GO1.
    pub fn waits_for_login(&self) -> bool {
        let is_wanted = matches!(self.wait, Some(Wait { why: WaitReason::Login { .. }, .. }));
        is_wanted && !self.status.has_ended()
    }

    /// Whether it is not yet time to ask GO1 again.
    pub fn is_waiting(&self, now: Timestamp) -> bool {
        self.wait.is_some_and(|wait| wait.until > now)
    }
}

impl Ending {
    /// How `import` ends with these rows; `None` while somebody waits or has no row yet.
    pub fn of(import: &Import, people: &[ImportPerson]) -> Option<Self> {
        let sums = Progress::of(people);
        (sums.waiting == 0 && sums.people >= import.people as usize).then(|| Self::with(sums))
    }

    /// How `import` ends where whoever has no row never will: they fail, and what was reserved for them is given back.
    pub fn overdue(import: &Import, people: &[ImportPerson]) -> Self {
        let mut sums = Progress::of(people);
        let missing = (import.people as usize).saturating_sub(sums.people);
        let reserved = people.iter().filter(|person| person.task.takes_place()).count();
        sums.people += missing;
        sums.failed += missing;
        sums.places_back += (import.places as usize).saturating_sub(reserved);
        Self::with(sums)
    }

    fn with(sums: Progress) -> Self {
        let status = match (sums.done, sums.failed) {
            (_, 0) => ImportStatus::Done,
            (0, _) => ImportStatus::Failed,
            _ => ImportStatus::PartlyDone,
        };
        Self { status, sums }
    }
}
