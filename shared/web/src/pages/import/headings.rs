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
            return "This import was taken back".to_owned();
        }
        let Progress { people, done, partly, .. } = self.progress;
        let some_are_in = || format!("{} of {} are in", thousands(done), count_of(people, "person", "people"));
        match self.status {
            ImportStatus::Accepting => "Your import is being prepared".to_owned(),
            ImportStatus::Running => self.hold_up().unwrap_or("Your people are on their way").to_owned(),
            ImportStatus::PartlyDone | ImportStatus::Failed if self.stopped => {
                format!("Stopped: {}", some_are_in())
            }
            ImportStatus::Done if people == 1 => "Everybody is in: 1 person".to_owned(),
            ImportStatus::Done => format!("Everybody is in: {} people", thousands(people)),
            ImportStatus::PartlyDone if done == 0 => {
                let have = if partly == 1 { "has" } else { "have" };
                format!(
                    "{} of {} {have} an account, but not every course",
                    thousands(partly),
                    count_of(people, "person", "people")
                )
            }
            ImportStatus::PartlyDone => some_are_in(),
            ImportStatus::Failed => "Nobody could be imported".to_owned(),
        }
    }

    fn heading_of_undo(&self) -> String {
        let Progress { people, done, removed, deactivated, .. } = self.progress;
        let some = || format!("{} of {} taken back", thousands(done), count_of(people, "person", "people"));
        match self.status {
            ImportStatus::Accepting => "The undo is being prepared".to_owned(),
            ImportStatus::Running => {
                self.hold_up().map_or_else(|| format!("Taking it back: {}", self.so_far()), ToOwned::to_owned)
            }
            ImportStatus::PartlyDone | ImportStatus::Failed if self.stopped => format!("Stopped: {}", some()),
            ImportStatus::Done => format!(
                "Taken back: {}, {}, {} deactivated",
                count_of(people, "person", "people"),
                count_of(removed, "course", "courses"),
                count_of(deactivated, "account", "accounts")
            ),
            ImportStatus::PartlyDone => some(),
            ImportStatus::Failed => "Nothing could be taken back".to_owned(),
        }
    }

    fn so_far(&self) -> String {
        let Progress { people, done, .. } = self.progress;
        format!("{} of {}", thousands(done), count_of(people, "person", "people"))
    }

    /// What the import waits for, in a sentence.
    fn hold_up(&self) -> Option<&'static str> {
        if self.stopped {
            return Some("Stopping");
        }
        self.wait.map(|wait| match wait.why {
            WaitReason::RetryAfter => "GO1 asks us to wait",
            WaitReason::Failing => "GO1 does not answer",
            WaitReason::OwnFault => "Something is wrong on our side",
            WaitReason::NoCourses { .. } => "GO1 assigns no courses in your portal yet",
            WaitReason::Login { .. } => "GO1 wants you to log in",
        })
    }
}
