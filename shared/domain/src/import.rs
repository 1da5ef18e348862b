//! A confirmed import: its people, its batches, and the outcome of each person.

mod assignments;
mod batch;
mod giving_up;
mod person;
mod progress;
mod reason;
mod ticks;
mod undo;
mod waiting;

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use assignments::Assignments;
pub use batch::{
    AttemptEnd, Batch, BatchMessage, BatchMessageError, MOST_FAILURES, MOST_PEOPLE_IN_A_MESSAGE, PEOPLE_PER_BATCH,
    batch_of,
};
pub use giving_up::{AccountAnswer, GivenUp, failed, undo_failed};
pub use person::{ImportPerson, Outcome, PersonTask, UndoPerson};
pub use progress::Progress;
pub use reason::FailureReason;
pub use ticks::Ticks;
pub use undo::{LaterImport, UNDO_FOR, UndoPlan, UndoRefused, undo_of};
pub use waiting::{Wait, WaitReason};

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
    /// How many people each of its batches has, but for the last one. Rows of before version 6 do not say it.
    #[serde(default = "batch::people_per_batch_before")]
    pub people_per_batch: u32,
    /// For how many of them a place was reserved; the others have had theirs since an earlier import.
    pub places: u32,
    /// How many people the plan showed.
    pub read: u32,
    /// What each of them is assigned.
    pub courses: Vec<LearningObjectId>,
    /// Their titles, in the same order; none in rows from before they were kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub course_titles: Vec<String>,
    /// Those that GO1 has assigned to somebody of this import. While there is none, the first person goes alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assignable: Vec<LearningObjectId>,
    /// How far the import is.
    pub status: ImportStatus,
    /// When it was confirmed.
    pub accepted_at: Timestamp,
    /// When the import ended; `None` while it is active.
    pub ended_at: Option<Timestamp>,
    /// The number of the last sending, saved before it; one more where a worker has left a batch of it to the sweeper.
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
    /// Until when GO1 has asked to be left alone, whatever it waits for. Our own backoff may last for longer, and ends with
    /// the import. Rows of before version 5 have none: see [`Self::asked`].
    #[serde(default)]
    pub asked_until: Option<Timestamp>,
    /// From when it has its whole time again: it went on after a login that it had waited for, or an operator has paused it
    /// until then.
    #[serde(default)]
    pub resumed_at: Option<Timestamp>,
    /// When the owner stopped it.
    #[serde(default)]
    pub stopped_at: Option<Timestamp>,
    /// Its sums, once it has ended: they stay when the people's rows are erased.
    #[serde(default)]
    pub sums: Option<Progress>,
    /// The courses that people who are imported lack, because GO1 refused them. Known once it has ended.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<LearningObjectId>,
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
    /// Something was done for some people, and not everything for everybody.
    PartlyDone,
    /// Nothing was done for anybody.
    Failed,
}

/// How an import ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// The status that the import ends with.
    pub status: ImportStatus,
    /// The sums over the import's people.
    pub sums: Progress,
    /// The courses that people who are imported lack, because GO1 refused them.
    pub refused: Vec<LearningObjectId>,
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
            people_per_batch: PEOPLE_PER_BATCH,
            places: selection.places(),
            read: count(plan.entries.len()),
            courses: plan.courses.clone(),
            course_titles: plan.course_titles.clone(),
            assignable: Vec::new(),
            status: ImportStatus::Accepting,
            accepted_at: now,
            ended_at: None,
            sends: 0,
            sent_at: None,
            unsent: Vec::new(),
            wait: None,
            asked_until: None,
            resumed_at: None,
            stopped_at: None,
            sums: None,
            refused: Vec::new(),
            undoes: None,
            undone_by: None,
            undo_people: Vec::new(),
        }
    }

    /// The same, which begins with the wait that GO1 has asked an earlier import of the portal for, which outlives the import
    /// that met it. Which courses GO1 assigned then says nothing of today: a licence may have ended.
    #[must_use]
    pub fn after(self, earlier: &[Self], now: Timestamp) -> Self {
        let asked_until = earlier.iter().filter_map(Self::asked).max().filter(|until| *until > now);
        let wait = asked_until.map(|until| Wait { until, why: WaitReason::RetryAfter, times: 1 });
        Self { wait, asked_until, ..self }
    }

    /// Whether GO1 has assigned none of the courses to anybody of this import yet. Then the first person goes alone. An undo
    /// assigns nothing.
    pub fn begins_with_one(&self) -> bool {
        self.undoes.is_none() && self.assignable.is_empty()
    }

    /// The courses that people of these lack although they are imported, because GO1 refused to assign them.
    pub fn refused_to(&self, people: &[ImportPerson]) -> Vec<LearningObjectId> {
        let done = people.iter().filter(|person| matches!(person.outcome, Outcome::Done { .. }));
        let refused: HashSet<_> = done.flat_map(|person| person.outcome.refused()).collect();
        let is_refused = |course: &&LearningObjectId| refused.contains(course);
        self.courses.iter().filter(is_refused).cloned().collect()
    }

    /// What a course of it is called; its id where that is not known.
    pub fn title_of<'import>(&'import self, course: &'import LearningObjectId) -> &'import str {
        let position = self.courses.iter().position(|known| known == course);
        position.and_then(|position| self.course_titles.get(position)).map_or(course.as_str(), String::as_str)
    }

    /// How many batches it has.
    pub fn batches(&self) -> u32 {
        self.people.checked_sub(1).map_or(0, |last| self.batch_of(last as usize) + 1)
    }

    /// The batch of the person at this place, from 0, in its order.
    pub fn batch_of(&self, position: usize) -> u32 {
        batch::in_batches_of(self.people_per_batch, position)
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

    /// Until when an operator has paused it. A login lies in the past.
    pub fn paused_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.resumed_at.filter(|at| *at > now && !self.status.has_ended())
    }

    /// Until when a message of this import, which has ended, may keep back those of the portal's next: it ended while it
    /// waited, and its message comes back once more.
    pub fn holds_back_until(&self) -> Option<Timestamp> {
        let (wait, ended_at) = (self.wait?, self.ended_at?);
        Some(wait.until.min(ended_at + LONGEST_HIDDEN)).filter(|until| *until > ended_at)
    }

    /// [`Self::unsent`] and [`Self::sends`] after a worker has left these batches to the sweeper, whose messages the sending
    /// `send` has brought. Whoever sends them may be about to record that they were sent, so that sending is over:
    /// what is recorded of it from now on changes nothing.
    pub fn left_to_sweeper(&self, send: u32, batches: &[u32]) -> (Vec<u32>, u32) {
        let sends = if self.sends == send { send + 1 } else { self.sends };
        (self.with_unsent(batches), sends)
    }

    /// [`Self::unsent`] with these batches.
    fn with_unsent(&self, batches: &[u32]) -> Vec<u32> {
        let new = batches.iter().copied().filter(|batch| !self.unsent.contains(batch));
        self.unsent.iter().copied().chain(new).collect()
    }

    /// [`Self::unsent`] after a sending of which the queue has taken some batches and left others.
    pub fn unsent_after(&self, taken: &[u32], left: &[u32]) -> Vec<u32> {
        self.with_unsent(left).into_iter().filter(|batch| !taken.contains(batch)).collect()
    }

    /// Whether it can go on only after a login with GO1.
    pub fn waits_for_login(&self) -> bool {
        let is_wanted = matches!(self.wait, Some(Wait { why: WaitReason::Login { .. }, .. }));
        is_wanted && !self.status.has_ended()
    }

    /// Whether it waits because GO1 assigns none of its courses in this portal.
    pub fn waits_for_courses(&self) -> bool {
        matches!(self.wait, Some(Wait { why: WaitReason::NoCourses { .. }, .. })) && !self.status.has_ended()
    }

    /// Until when GO1 has asked to be left alone, where it has.
    pub fn asked(&self) -> Option<Timestamp> {
        let waited = self.wait.filter(|wait| wait.why == WaitReason::RetryAfter).map(|wait| wait.until);
        self.asked_until.or(waited)
    }

    /// Whether it waits for longer than GO1 has asked.
    pub fn backs_off(&self) -> bool {
        let waited = self.wait.filter(|wait| wait.why == WaitReason::RetryAfter);
        waited.is_some_and(|wait| self.asked_until.is_some_and(|asked| asked < wait.until))
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
        (sums.waiting == 0 && sums.people >= import.people as usize).then(|| Self::with(import, people, sums))
    }

    /// How `import` ends where whoever has no row never will: they fail, and what was reserved for them is given back.
    pub fn overdue(import: &Import, people: &[ImportPerson]) -> Self {
        let mut sums = Progress::of(people);
        let missing = (import.people as usize).saturating_sub(sums.people);
        let reserved = people.iter().filter(|person| person.task.takes_place()).count();
        sums.people += missing;
        sums.failed += missing;
        sums.places_back += (import.places as usize).saturating_sub(reserved);
        Self::with(import, people, sums)
    }

    fn with(import: &Import, people: &[ImportPerson], sums: Progress) -> Self {
        let status = match (sums.done, sums.partly, sums.failed) {
            (_, _, 0) => ImportStatus::Done,
            (0, 0, _) => ImportStatus::Failed,
            _ => ImportStatus::PartlyDone,
        };
        Self { status, sums, refused: import.refused_to(people) }
    }
}
