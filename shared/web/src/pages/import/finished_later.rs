//! Those who failed in an import and whom a later one has finished: nothing is asked for them any more.

use std::collections::HashSet;

use domain::ids::EmployeeId;
use domain::import::{ImportPerson, Outcome};
use domain::member::Member;

use super::ImportPage;
use crate::words::count_of;

impl ImportPage {
    /// The same page, where these are the portal's members now.
    #[must_use]
    pub fn with_members(mut self, members: &[Member]) -> Self {
        if self.undoes.is_none() && self.has_ended() && !self.is_taken_back() {
            let later = finished_later(&self.people, members);
            self.later_import =
                later.iter().map(|member| &member.import).find(|import| **import != self.import).cloned();
            self.finished_later = later.into_iter().map(|member| member.employee_id.clone()).collect();
        }
        self
    }

    /// Whether somebody failed, so that the members may tell more.
    pub fn may_be_finished_later(&self) -> bool {
        self.undoes.is_none() && self.has_ended() && self.progress.failed > 0
    }

    pub(super) fn finished_count(&self) -> usize {
        self.finished_later.len()
    }

    /// How many of those who failed no later import has finished.
    pub(super) fn failed_still(&self) -> usize {
        self.progress.failed.saturating_sub(self.finished_count())
    }

    /// That a later import finished them, in a sentence.
    pub(super) fn finished_since(&self) -> Option<String> {
        let finished = self.finished_count();
        (finished > 0).then(|| format!("{} been imported since.", who_has(finished, self.failed_still())))
    }
}

/// The members of those who failed in an import and whom a later one has finished. An undo of that one is told by its own
/// page, and asks nothing of this.
pub fn finished_later<'members>(people: &[ImportPerson], members: &'members [Member]) -> Vec<&'members Member> {
    let failed = people.iter().filter(|person| matches!(person.outcome, Outcome::Failed { .. }));
    let failed: HashSet<&EmployeeId> = failed.map(|person| &person.employee_id).collect();
    members
        .iter()
        .filter(|member| failed.contains(&member.employee_id) && (member.is_imported() || member.deactivated))
        .collect()
}

/// Who of those who failed: “The other one has”, “All 5 others have”, “2 of the 5 others have”.
pub(crate) fn who_has(finished: usize, still: usize) -> String {
    match (finished, still) {
        (1, 0) => "The person who wasn’t imported has".to_owned(),
        (all, 0) => format!("All {} who weren’t imported have", count_of(all, "person", "people")),
        (some, still) => {
            let have = if some == 1 { "has" } else { "have" };
            format!("{some} of the {} who weren’t imported {have}", count_of(some + still, "person", "people"))
        }
    }
}
