//! The heading and the first sentences on the page of an import or an undo.

use domain::import::{ImportStatus, Progress, WaitReason};

use super::ImportPage;
use crate::words::{count_of, thousands};

impl ImportPage {
    pub(super) fn heading(&self) -> String {
        if self.undoes.is_some() {
            return self.heading_of_undo();
        }
        if self.is_taken_back() {
            return "This import was undone".to_owned();
        }
        let Progress { people, done, partly, .. } = self.progress;
        let some_are_in = || format!("{} of {} imported", thousands(done), count_of(people, "person", "people"));
        match self.status {
            ImportStatus::Accepting => "Getting your import ready".to_owned(),
            ImportStatus::Running => self.waiting_for().unwrap_or("Importing your people").to_owned(),
            ImportStatus::PartlyDone | ImportStatus::Failed if self.stopped => {
                format!("Stopped: {}", some_are_in())
            }
            ImportStatus::Done if people == 1 => "All done: 1 person imported".to_owned(),
            ImportStatus::Done => format!("All done: {} people imported", thousands(people)),
            ImportStatus::PartlyDone if done == 0 => {
                let have = if partly == 1 { "has" } else { "have" };
                format!(
                    "{} of {} {have} an account, but not every course",
                    thousands(partly),
                    count_of(people, "person", "people")
                )
            }
            ImportStatus::PartlyDone => some_are_in(),
            ImportStatus::Failed => "No one could be imported".to_owned(),
        }
    }

    fn heading_of_undo(&self) -> String {
        let Progress { people, done, removed, deactivated, .. } = self.progress;
        let some = || format!("{} of {} undone", thousands(done), count_of(people, "person", "people"));
        match self.status {
            ImportStatus::Accepting => "Getting the undo ready".to_owned(),
            ImportStatus::Running => {
                self.waiting_for().map_or_else(|| format!("Undoing the import: {}", self.so_far()), ToOwned::to_owned)
            }
            ImportStatus::PartlyDone | ImportStatus::Failed if self.stopped => format!("Stopped: {}", some()),
            ImportStatus::Done => format!(
                "Undone: {}, {} removed, {} deactivated",
                count_of(people, "person", "people"),
                count_of(removed, "course", "courses"),
                count_of(deactivated, "account", "accounts")
            ),
            ImportStatus::PartlyDone => some(),
            ImportStatus::Failed => "Nothing could be undone".to_owned(),
        }
    }

    fn so_far(&self) -> String {
        let Progress { people, done, .. } = self.progress;
        format!("{} of {}", thousands(done), count_of(people, "person", "people"))
    }

    /// What the import waits for, in a sentence.
    fn waiting_for(&self) -> Option<&'static str> {
        if self.stopped {
            return Some("Stopping");
        }
        self.wait.map(|wait| match wait.why {
            WaitReason::RetryAfter if self.stored.backs_off() => "GO1 is busy",
            WaitReason::RetryAfter => "GO1 asks us to wait",
            WaitReason::Failing => "GO1 isn’t answering as it should",
            WaitReason::OwnFault => "Something’s wrong on our side",
            WaitReason::NoCourses { .. } => "GO1 isn’t assigning courses in your portal yet",
            WaitReason::Login { .. } => "GO1 needs you to sign in",
        })
    }
}
