//! The sums of an import.

use serde::{Deserialize, Serialize};

use super::{ImportPerson, Outcome, PersonTask};

/// The sums of an import: `people == waiting + done + failed`, always counted from the people, so they cannot drift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// All people who have a row.
    pub people: usize,
    /// People who are not finished yet.
    pub waiting: usize,
    /// People who are imported, or for whom the import is undone.
    pub done: usize,
    /// Of those, people who lack a course that GO1 refused.
    #[serde(default)]
    pub short: usize,
    /// Accounts that the import made, also for people who failed.
    pub created: usize,
    /// Courses that are assigned, over all people.
    pub enrollments: usize,
    /// Enrollments removed, by an undo.
    #[serde(default)]
    pub removed: usize,
    /// Enrollments that an undo left, because the learner has begun or finished them.
    #[serde(default)]
    pub kept: usize,
    /// Accounts deactivated, by an undo.
    #[serde(default)]
    pub deactivated: usize,
    /// People who could not be finished.
    pub failed: usize,
    /// Of those, people who have an account all the same, of an import.
    #[serde(default)]
    pub partly: usize,
    /// Of those, people for whom there is no account; their places are given back.
    pub places_back: usize,
}

impl Progress {
    /// Those who failed and have no account, as far as is known: nothing was done for them.
    pub fn not_imported(&self) -> usize {
        self.failed.saturating_sub(self.partly)
    }

    /// Counts the outcomes of these people.
    pub fn of<'people>(people: impl IntoIterator<Item = &'people ImportPerson>) -> Self {
        let mut progress = Self::default();
        for person in people {
            progress.people += 1;
            match &person.outcome {
                Outcome::Waiting => progress.waiting += 1,
                Outcome::Done { created, enrollments, refused, .. } => {
                    progress.done += 1;
                    progress.short += usize::from(!refused.is_empty());
                    progress.created += usize::from(*created);
                    progress.enrollments += enrollments;
                }
                Outcome::Undone { removed, kept, deactivated, .. } => {
                    progress.done += 1;
                    progress.removed += removed;
                    progress.kept += kept;
                    progress.deactivated += usize::from(*deactivated);
                }
                Outcome::Failed { account, created, enrollments, .. } => {
                    progress.failed += 1;
                    // An undo leaves everybody their account.
                    let is_undo = matches!(person.task, PersonTask::Undo { .. });
                    progress.partly += usize::from(account.is_some() && !is_undo);
                    progress.created += usize::from(*created);
                    progress.enrollments += enrollments;
                    progress.places_back += usize::from(!person.outcome.holds_place());
                }
            }
        }
        progress
    }
}
