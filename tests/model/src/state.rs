//! What the table, the queue and GO1 hold, and where each process is.

/// How many people Xero has. Each is a batch of their own.
pub const PEOPLE: usize = 2;

/// A set of people, one bit each.
pub type People = u8;

/// The people of a set, in order.
pub fn each(people: People) -> impl Iterator<Item = usize> {
    (0..PEOPLE).filter(move |person| people & bit(*person) != 0)
}

/// The set of one person.
pub fn bit(person: usize) -> People {
    1 << person
}

/// `domain::import::PersonTask`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Task {
    Create,
    Link,
    Resume { account: Option<usize>, created: bool },
    Undo { account: usize, created: bool, assigned: bool, by_time: bool },
}

/// `domain::import::Outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    Waiting,
    Done { account: usize, assigned: bool, by_time: bool },
    Undone,
    Failed { account: Option<usize>, unresolved: bool },
}

/// `domain::member::Member`. `asked`: `asked_at` is less than a late wait ago.
#[expect(clippy::struct_excessive_bools, reason = "the rows have them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Member {
    pub account: Option<usize>,
    pub created: bool,
    pub import: usize,
    pub unfinished: bool,
    pub asked: bool,
    pub deactivated: bool,
    pub reactivated_by: Option<usize>,
}

impl Member {
    /// `Member::unresolved`.
    pub fn unresolved(import: usize) -> Self {
        Self {
            account: None,
            created: false,
            import,
            unfinished: true,
            asked: true,
            deactivated: false,
            reactivated_by: None,
        }
    }
}

/// `domain::import::Batch`. `held`: `attempted_at` is set. `unsettled`: GO1 may still be at a create of its attempts.
/// `cut_off`: an attempt before the one that is held has not ended in order.
#[expect(clippy::struct_excessive_bools, reason = "the rows have them")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Batch {
    pub attempts: u8,
    pub failures: u8,
    pub held: bool,
    pub dropped: bool,
    pub unsettled: bool,
    pub cut_off: bool,
    pub asked: bool,
}

impl Batch {
    /// `Batch::is_settled`.
    pub fn is_settled(self) -> bool {
        !self.held && !self.cut_off
    }

    /// `Batch::asked_nobody`.
    pub fn asked_nobody(self) -> bool {
        self.is_settled() && !self.asked
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Accepting,
    Running,
    Ended,
}

/// `domain::import::Import` with its rows, its batches and its messages on the queue.
#[expect(clippy::struct_excessive_bools, reason = "the rows have them")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Import {
    pub status: Status,
    pub undoes: Option<usize>,
    /// What was accepted for each person.
    pub accepted: [Option<Task>; PEOPLE],
    pub stopped: bool,
    /// It is as old as an import may become.
    pub is_overdue: bool,
    pub waits: bool,
    pub unsent: People,
    pub rows: [Option<(Task, Outcome)>; PEOPLE],
    pub batches: [Option<Batch>; PEOPLE],
    pub queue: People,
    /// Messages that are hidden for a late wait.
    pub hidden: People,
    /// Only for the checker: a press on "Stop" has dropped what it found not begun.
    pub stop_answered: bool,
}

impl Import {
    pub fn waiting(&self) -> People {
        let waits = |person: &usize| matches!(self.rows[*person], Some((_, Outcome::Waiting)));
        (0..PEOPLE).filter(waits).map(bit).sum()
    }
}

/// An account at GO1. Who made it and who assigned its course, GO1 does not tell: `None` is somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Account {
    pub person: usize,
    pub made_by: Option<usize>,
    /// Whether GO1's lists and searches have it already.
    pub listed: bool,
    pub active: bool,
    pub course: Option<Option<usize>>,
    pub reactivated_by: Option<usize>,
}

/// What is known of the accounts of people who are given up: `domain::import::AccountAnswer`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Answers {
    pub not_asked: People,
    pub member_tells: People,
    pub has_none: People,
    pub no_answer: People,
}

impl Answers {
    pub fn all(self) -> People {
        self.not_asked | self.member_tells | self.has_none | self.no_answer
    }
}

/// The next step of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum At {
    // The worker.
    Begin { seen: u8 },
    ReadAgain,
    LookUp,
    Create,
    Search { answered: bool },
    LeaveOpen,
    Store { account: usize, created: bool },
    Change { account: usize, created: bool },
    ReactivateIntent,
    Reactivate,
    Reactivated,
    Enroll,
    Finish(Outcome),
    EndPerson(Outcome),
    UndoIntent { remove: bool, deactivate: bool },
    Remove { deactivate: bool },
    Deactivate,
    PutOff { failed: bool, wait: bool },
    Release { failed: bool, hide: bool },
    EndStopped,
    DropStopped { attempts: u8 },
    Acknowledge,
    // All.
    Fail(Answers),
    FailWrite(Answers),
    EndImport,
    // A press, or the sweeper.
    AddRows,
    Start,
    Send(People),
    MarkSent,
    ReadRest { begun: bool },
    Drop { begun: bool, unknown: People, dropped: People },
    ReadConflict { begun: bool, unknown: People, dropped: People },
    EraseRows,
    EraseMembers,
    EndErasure,
}

/// A process at work. `member`: the row as it was read last. `asked`: this attempt has asked GO1 to create. `earlier`:
/// one before may have, and GO1 may still be at it. `changed`: it has asked for any change. `fresh`: none before has.
#[expect(clippy::struct_excessive_bools, reason = "the rows have them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Run {
    /// Whether it has a message to acknowledge.
    pub is_worker: bool,
    /// Whether it ends an import that is a day old, whoever has no row.
    pub is_overdue: bool,
    pub import: usize,
    pub person: usize,
    pub attempt: u8,
    pub earlier: bool,
    pub asked: bool,
    pub changed: bool,
    pub fresh: bool,
    pub member: Option<Member>,
    pub at: At,
}

impl Run {
    pub fn new(import: usize, person: usize, at: At) -> Self {
        Self {
            is_worker: false,
            is_overdue: false,
            import,
            person,
            attempt: 0,
            earlier: false,
            asked: false,
            changed: false,
            fresh: false,
            member: None,
            at,
        }
    }

    pub fn to(self, at: At) -> Option<Self> {
        Some(Self { at, ..self })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Erasure {
    None,
    Begun,
    Ended,
}

/// How many of each are still to come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    pub imports: u8,
    pub stops: u8,
    pub undos: u8,
    pub erasures: u8,
    /// A process dies, or the table fails before its step.
    pub crashes: u8,
    /// A write is made twice, because its first answer was lost.
    pub repeats: u8,
    /// GO1 answers a create with anything else than the account.
    pub trouble: u8,
    /// A message is delivered while another worker is at work in its group.
    pub deliveries: u8,
    /// An import is as old as an import may become.
    pub days: u8,
}

/// Two workers, two presses of the owner, and the sweeper.
pub const WORKERS: std::ops::Range<usize> = 0..2;
pub const PRESSES: std::ops::Range<usize> = 2..4;
pub const SWEEPER: usize = 4;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub imports: Vec<Import>,
    pub members: [Option<Member>; PEOPLE],
    pub used: usize,
    pub active: Option<usize>,
    pub erasure: Erasure,
    pub accounts: Vec<Account>,
    /// Creates whose caller heard nothing and that GO1 may still do: the person, and for which import.
    pub late: Vec<(usize, usize)>,
    pub processes: [Option<Run>; 5],
    pub left: Budget,
    /// Only for the checker: for whom GO1 was asked and may have made an account, or may be asked by an attempt that was at
    /// work or cut off when they were given up; what was begun after a stop; what an undo took that was not its import's.
    pub asked_for: People,
    pub begun_after_stop: bool,
    pub took_too_much: bool,
}

impl State {
    /// The account that a search by email finds.
    pub fn found(&self, person: usize) -> Option<usize> {
        self.accounts.iter().position(|account| account.person == person && account.listed)
    }

    /// An account that we made counts for the import whose member row is the first to have it.
    pub fn count_for(&mut self, account: usize, import: usize) {
        if let Some(made_by) = &mut self.accounts[account].made_by {
            *made_by = import;
        }
    }

    /// Whether a worker that lives has an attempt at this batch.
    pub fn at_work(&self, import: usize, person: usize) -> bool {
        let attempts = self.processes[WORKERS].iter().flatten();
        attempts.filter(|run| run.attempt > 0).any(|run| run.import == import && run.person == person)
    }

    pub fn is_quiet(&self) -> bool {
        self.active.is_none() && self.processes.iter().all(Option::is_none)
    }
}
