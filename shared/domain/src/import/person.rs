//! One person of an import.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Assignments;
use super::reason::{self, FailureReason};
use crate::email::EmailAddress;
use crate::ids::{EmployeeId, EnrollmentId, LearningObjectId, UserAccountId};
use crate::plan::Decision;

/// One person of an import.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPerson {
    /// Xero's id of the person: a payroll employee's or a user's.
    pub employee_id: EmployeeId,
    /// The first name, as the plan showed it.
    pub given_name: String,
    /// The last name, as the plan showed it.
    pub family_name: String,
    /// The email of the person's GO1 account.
    pub email: EmailAddress,
    /// What is to be done for them.
    #[serde(rename = "start")]
    pub task: PersonTask,
    /// The number of the batch that they are in.
    pub batch: u32,
    /// What happened to the person so far.
    pub outcome: Outcome,
}

/// What is to be done for a person, and with what it begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "start", rename_all = "snake_case")]
pub enum PersonTask {
    /// An account is made.
    Create,
    /// The account that the portal has is used.
    Link {
        /// The account that the plan showed; without one, whichever has the email: the owner's own, and in rows of the
        /// last release.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        account: Option<UserAccountId>,
    },
    /// An earlier import did not finish them: their place is theirs.
    Resume {
        /// The account that the look found.
        account: Option<UserAccountId>,
        /// Whether it is one that we made.
        created: bool,
    },
    /// An import is taken back.
    Undo {
        /// The account that the import used.
        account: UserAccountId,
        /// Whether that import made it, or made it active again: then it is deactivated.
        created: bool,
        /// The enrollments of which GO1 said that that import made them.
        assigned: Vec<EnrollmentId>,
        /// Whether those that came to be while that import ran are its own as well.
        #[serde(default, rename = "by_time")]
        match_by_time: bool,
    },
}

impl PersonTask {
    /// What a plan's decision begins with; `None` for people who cannot be imported.
    pub fn of(decision: &Decision) -> Option<Self> {
        match decision {
            Decision::Create => Some(Self::Create),
            Decision::Link { account, .. } => Some(Self::Link { account: account.clone() }),
            Decision::Resume { account, created, .. } => {
                Some(Self::Resume { account: account.clone(), created: *created })
            }
            Decision::AlreadyMember { .. } | Decision::Blocked { .. } => None,
        }
    }

    /// The account from which an undo with this task takes back.
    pub fn account(&self) -> Option<&UserAccountId> {
        match self {
            Self::Undo { account, .. } => Some(account),
            _ => None,
        }
    }

    /// Whether the import reserved a place for them.
    pub fn takes_place(&self) -> bool {
        matches!(self, Self::Create | Self::Link { .. })
    }
}

/// Somebody from whom an undo takes back. Ids only: the names are in the rows of the import that is undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoPerson {
    /// Xero's id of the person.
    pub employee_id: EmployeeId,
    /// What is taken back from them.
    pub task: PersonTask,
}

impl UndoPerson {
    pub(super) fn of(person: &ImportPerson) -> Self {
        Self { employee_id: person.employee_id.clone(), task: person.task.clone() }
    }
}

/// What happened to one person of an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The person is not finished yet.
    Waiting,
    /// Has an account and all the courses that GO1 assigns in this portal.
    Done {
        /// The person's GO1 account in the portal.
        account: UserAccountId,
        /// Whether this import made the account; otherwise it was there.
        created: bool,
        /// How many courses are assigned.
        enrollments: usize,
        /// The enrollments of which GO1 said that this import made them.
        #[serde(default)]
        assigned: Vec<EnrollmentId>,
        /// Whether it may have made others as well, of which it did not hear: their time tells them.
        #[serde(default, rename = "by_time")]
        match_by_time: bool,
        /// The courses that GO1 refused to assign to them while it assigned others. A later import assigns them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        refused: Vec<LearningObjectId>,
    },
    /// What an import did for them is taken back.
    Undone {
        /// The person's GO1 account in the portal.
        account: UserAccountId,
        /// How many enrollments were removed.
        removed: usize,
        /// How many enrollments stay, because the learner has begun or finished them.
        #[serde(default)]
        kept: usize,
        /// Whether the account is deactivated.
        deactivated: bool,
    },
    /// Could not be finished.
    Failed {
        /// The reason, for which a page has words.
        #[serde(flatten, with = "reason::stored")]
        reason: FailureReason,
        /// The account, where one was made or found before it failed.
        account: Option<UserAccountId>,
        /// Whether this import made the account; otherwise it was there.
        #[serde(default)]
        created: bool,
        /// How many courses were assigned to it before it failed.
        #[serde(default)]
        enrollments: usize,
        /// The enrollments of which GO1 said that this import made them. None in rows from before they were kept.
        #[serde(default)]
        assigned: Vec<EnrollmentId>,
        /// Whether it may have made others as well, of which it did not hear: their time tells them.
        #[serde(default = "is_unknown", rename = "by_time")]
        match_by_time: bool,
        /// The courses that GO1 refused to assign. The others that are missing are so for the reason alone.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        refused: Vec<LearningObjectId>,
    },
}

/// What the rows of the release before say of what their imports made: nothing.
const fn is_unknown() -> bool {
    true
}

impl Outcome {
    /// A failure that left nothing behind.
    pub fn failed(reason: FailureReason) -> Self {
        Self::failed_with(reason, None, Assignments::unknown())
    }

    /// A failure that left this of an account, with whether the import made it, and of the courses.
    pub fn failed_with(
        reason: FailureReason,
        account: Option<(UserAccountId, bool)>,
        Assignments { enrollments, assigned, match_by_time, refused }: Assignments,
    ) -> Self {
        let created = account.as_ref().is_some_and(|(_, created)| *created);
        let account = account.map(|(account, _)| account);
        Self::Failed { reason, account, created, enrollments, assigned, match_by_time, refused }
    }

    /// The courses that GO1 refused to assign.
    pub fn refused(&self) -> &[LearningObjectId] {
        match self {
            Self::Done { refused, .. } | Self::Failed { refused, .. } => refused,
            Self::Waiting | Self::Undone { .. } => &[],
        }
    }

    /// Whether a later import has something left to do for them: they failed, or lack a course.
    pub fn is_short(&self) -> bool {
        match self {
            Self::Failed { .. } => true,
            Self::Done { refused, .. } => !refused.is_empty(),
            Self::Waiting | Self::Undone { .. } => false,
        }
    }

    /// Whether the person has a place of the portal: an account exists, or may exist.
    pub fn holds_place(&self) -> bool {
        match self {
            Self::Waiting | Self::Done { .. } | Self::Undone { .. } | Self::Failed { account: Some(_), .. } => true,
            Self::Failed { reason, account: None, .. } => *reason == FailureReason::Unresolved,
        }
    }
}

impl fmt::Debug for ImportPerson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ImportPerson")
            .field("employee_id", &self.employee_id)
            .field("task", &self.task)
            .field("batch", &self.batch)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
