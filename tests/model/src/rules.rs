//! The rules that can be taken out, and the scenarios that are checked.

use crate::state::Budget;

/// A rule of the engine. Without any one of them the checker finds how a promise is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// `importing::stop::give_up`: a conflict of `drop_batch` is read, and not taken for an attempt that began.
    ConflictIsRead,
    /// `importing::stop::give_up`: where each attempt has ended in order, the members say for whom GO1 was asked.
    EndInOrderIsTold,
    /// `worker::batch`: a stopped batch of which GO1 was asked for nobody is not begun, also at a later attempt.
    StoppedIsNotBegun,
    /// `importing::undo`: the people of an undo are part of what is accepted, and not worked out again.
    UndoKeepsItsPeople,
    /// `worker::person`: after a create, an empty search decides nothing until the late wait is over.
    EmptyIsUnresolved,
    /// `importing::stop::give_up`: `asked_at` covers the attempt that may still be asking (`LONGEST_ATTEMPT`).
    AskedCoversTheAttempt,
    /// `domain::import::undo_failed`: an undo that is given up while its worker may still be at it is waited for, in
    /// `worker::undo`.
    GivenUpUndoIsWaitedFor,
    /// `state::Members::change_member`: the whole row is compared, and not the account alone.
    RevisionIsCompared,
    /// `state::ImportWork::begin_attempt`: an attempt has the condition that no other has begun since the batch was read.
    AttemptIsConditional,
    /// `domain::import::failed`: who may have an account stays a member and keeps the place.
    UnresolvedKeepsItsPlace,
    /// `domain::import::undo_of`: only an account that the import made is deactivated.
    OnlyOursIsDeactivated,
    /// `sweeper`: what a worker writes under an erasure that is over goes with the next sweep.
    ErasureIsSweptAgain,
}

/// What the checker tries: how often each thing may happen. Everything else happens at any time.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub people: usize,
    pub cap: usize,
    /// Whether the first person has an account and a course there before.
    pub was_there: bool,
    /// Whether GO1's lists may be behind.
    pub lag: bool,
    pub budget: Budget,
    /// The rule that is taken out.
    pub without: Option<Rule>,
}

impl Scenario {
    pub fn keeps(&self, rule: Rule) -> bool {
        self.without != Some(rule)
    }

    #[must_use]
    pub fn without(self, rule: Rule) -> Self {
        Self { without: Some(rule), ..self }
    }
}
