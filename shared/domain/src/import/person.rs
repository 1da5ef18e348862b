//! One person of an import.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;
use crate::ids::{EmployeeId, UserAccountId};

/// One person of an import.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportPerson {
    /// Who.
    pub employee_id: EmployeeId,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// Email.
    pub email: EmailAddress,
    /// Whether the plan said that the portal has an account for them.
    pub link: bool,
    /// How they fared.
    pub outcome: Outcome,
}

/// How one person fared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Not finished.
    Waiting,
    /// Has an account and all the courses.
    Done {
        /// Which account.
        account: UserAccountId,
        /// Whether this import made the account; otherwise it was there.
        created: bool,
        /// How many courses are assigned.
        enrollments: usize,
    },
    /// Could not be finished.
    Failed {
        /// Why.
        reason: FailureReason,
        /// The account, where one was made or found before it failed.
        account: Option<UserAccountId>,
    },
}

/// Why a person could not be imported, in kinds that a page has words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    /// GO1 refused the account's data.
    AccountRefused,
    /// The account that the plan meant to use is no longer in the portal. A new one was not shown, so none is made.
    AccountNotFound,
    /// GO1 refused to assign a course.
    EnrollmentRefused,
    /// The portal has as many users as GO1 allows it.
    PortalFull,
    /// We may no longer act for the portal; "Log in with GO1" is needed.
    AccessLost,
    /// GO1 failed too often.
    Unavailable,
    /// An error of ours.
    Internal,
}

/// The sums of an import: `people == waiting + done + failed`, always counted from the people, so they cannot drift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Everybody.
    pub people: usize,
    /// Not finished.
    pub waiting: usize,
    /// Finished.
    pub done: usize,
    /// Of those, accounts that the import made.
    pub created: usize,
    /// Courses assigned.
    pub enrollments: usize,
    /// Could not be finished.
    pub failed: usize,
    /// Of those, people for whom there is no account; their places are given back.
    pub failed_without_account: usize,
}

impl Progress {
    /// Counts.
    pub fn of<'people>(people: impl IntoIterator<Item = &'people ImportPerson>) -> Self {
        let mut progress = Self::default();
        for person in people {
            progress.people += 1;
            match &person.outcome {
                Outcome::Waiting => progress.waiting += 1,
                Outcome::Done { created, enrollments, .. } => {
                    progress.done += 1;
                    progress.created += usize::from(*created);
                    progress.enrollments += enrollments;
                }
                Outcome::Failed { account, .. } => {
                    progress.failed += 1;
                    progress.failed_without_account += usize::from(account.is_none());
                }
            }
        }
        progress
    }
}

impl fmt::Debug for ImportPerson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ImportPerson")
            .field("employee_id", &self.employee_id)
            .field("link", &self.link)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
