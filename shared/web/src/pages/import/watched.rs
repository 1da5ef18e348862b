//! What the page says of an import while somebody watches it: who is being worked on, how long the rest will take, and
//! when to look again.

use domain::import::{ImportPerson, ImportStatus, Outcome, WaitReason};
use jiff::SignedDuration;

use super::under_way::{UnderWay, left};
use super::{ImportPage, state};
use crate::locale::how_long;
use crate::words;

impl ImportPage {
    /// The same page, with what is known of an import that runs.
    #[must_use]
    pub fn under_way(self, under_way: UnderWay) -> Self {
        Self { under_way, ..self }
    }

    /// Whether GO1 is being asked for somebody right now.
    pub(super) fn is_at_work(&self, person: &ImportPerson) -> bool {
        let runs = self.status == ImportStatus::Running && self.wait.is_none();
        runs && person.outcome == Outcome::Waiting && self.under_way.batches.contains(&person.batch)
    }

    /// Whether GO1 was asked for their batch before and will be again: something was refused, or not answered.
    fn is_tried_again(&self, person: &ImportPerson) -> bool {
        let runs = self.status == ImportStatus::Running && !self.stopped;
        runs && person.outcome == Outcome::Waiting && self.under_way.tried.contains(&person.batch)
    }

    /// What a row says of somebody's state, as a class.
    pub(super) fn state_of(&self, person: &ImportPerson) -> &'static str {
        if self.is_at_work(person) {
            "working"
        } else if self.is_tried_again(person) {
            "again"
        } else if self.finished_later.contains(&person.employee_id) {
            "done"
        } else {
            state(&person.outcome)
        }
    }

    /// The same in words.
    pub(super) fn words_of(&self, person: &ImportPerson) -> String {
        if self.is_at_work(person) {
            "In progress".to_owned()
        } else if self.is_tried_again(person) {
            "Trying again soon".to_owned()
        } else if self.finished_later.contains(&person.employee_id) {
            "Not imported here. Imported since.".to_owned()
        } else {
            words::person_result(person, &self.stored)
        }
    }

    /// How long it will take, in words, once that can be told.
    pub(super) fn time_left(&self) -> Option<String> {
        if self.wait.is_some() || self.held_back_until.is_some() || self.stopped {
            return None;
        }
        let left = left(&self.stored, self.progress.people, self.progress.waiting, &self.under_way)?;
        Some(if left < SignedDuration::from_secs(50) {
            "Less than a minute left".to_owned()
        } else {
            format!("About {} left", how_long(left - SignedDuration::from_secs(10)))
        })
    }

    /// After how many seconds a browser without our script loads the page again: at first soon, then more seldom, and
    /// seldom where nothing will happen for a while.
    pub(super) fn seconds_to_reload(&self) -> Option<u32> {
        if self.status.has_ended() {
            return None;
        }
        let running_for = self.under_way.now.duration_since(self.accepted_at);
        Some(match self.wait {
            Some(wait) if matches!(wait.why, WaitReason::Login { .. }) => 60,
            Some(_) => 30,
            None if running_for < SignedDuration::from_mins(1) => 3,
            None if running_for < SignedDuration::from_mins(5) => 8,
            None => 15,
        })
    }
}
