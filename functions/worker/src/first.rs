//! The first person of an import goes alone. GO1 may assign none of the courses in this portal, and then nobody else is to
//! be created. Once it has assigned one, that is stored with the import, and later batches know it; a later import finds it
//! out anew, because a licence may have ended. Where others of the portal hold a course, a refusal may be the account's own,
//! and a second person goes alone.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::ids::{LearningObjectId, UserAccountId};
use domain::import::{Import, WaitReason};
use tokio::sync::{Mutex, MutexGuard, watch};

/// What the batches of one portal have found out in one invocation.
#[derive(Debug, Default)]
pub(crate) struct FirstPerson {
    /// Held by the batch whose first person goes alone.
    alone: Mutex<()>,
    /// Whether GO1 has assigned a course to anybody: told at the first answer, so that the others need not wait for the
    /// rest of that person.
    assigns: watch::Sender<bool>,
    /// The courses that it assigned to the first of them, once it has answered for each.
    assigned: OnceLock<Vec<LearningObjectId>>,
    no_courses: AtomicBool,
    /// Whether others of the portal hold one of the courses, once GO1 was asked.
    others_hold: OnceLock<bool>,
    /// The first account of the import's own that was refused every course.
    refused: OnceLock<UserAccountId>,
}

/// How a batch may begin.
pub(crate) enum Beginning<'run> {
    /// All its people side by side.
    Together,
    /// One after the other, until GO1 has assigned a course.
    Alone(MutexGuard<'run, ()>),
    /// Not now: another batch has shown that GO1 assigns nothing, or is to show whether it still does not.
    NotNow,
}

impl FirstPerson {
    /// How this batch of the import may begin. Waits for another batch of this invocation whose first person goes alone.
    pub(crate) async fn beginning(&self, import: &Import, batch: u32) -> Beginning<'_> {
        if !import.begins_with_one() {
            return Beginning::Together;
        }
        let alone = self.alone.lock().await;
        if self.assigns() {
            return Beginning::Together;
        }
        let is_another = |why| matches!(why, WaitReason::NoCourses { batch: shows } if shows != batch);
        if self.has_no_courses() || import.wait.is_some_and(|wait| is_another(wait.why)) {
            return Beginning::NotNow;
        }
        Beginning::Alone(alone)
    }

    /// Notes that GO1 has assigned a course to somebody a moment ago.
    pub(crate) fn note_assigns(&self) {
        self.assigns.send_replace(true);
    }

    /// Whether it has.
    pub(crate) fn assigns(&self) -> bool {
        *self.assigns.borrow()
    }

    /// Returns as soon as it has, which may be never.
    pub(crate) async fn until_it_assigns(&self) {
        // The sender lives as long as `self`, so this waits for nothing else.
        self.assigns.subscribe().wait_for(|assigns| *assigns).await.ok();
    }

    /// Notes which courses GO1 has assigned to somebody, where it has assigned any.
    pub(crate) fn note_assigned(&self, courses: &[LearningObjectId]) {
        if !courses.is_empty() {
            self.assigned.get_or_init(|| courses.to_vec());
        }
    }

    /// The courses that GO1 assigned to the first to whom it assigned any.
    pub(crate) fn assigned(&self) -> Option<&[LearningObjectId]> {
        self.assigned.get().map(Vec::as_slice)
    }

    /// Notes that GO1 refused every course to somebody, and that it assigns any here is not known.
    pub(crate) fn note_no_courses(&self) {
        self.no_courses.store(true, Ordering::Relaxed);
    }

    /// Whether others of the portal hold one of the courses, where that is known.
    pub(crate) fn others_hold(&self) -> Option<bool> {
        self.others_hold.get().copied()
    }

    /// Notes whether it is so.
    pub(crate) fn note_others_hold(&self, hold: bool) {
        self.others_hold.get_or_init(|| hold);
    }

    /// Notes an account of the import's own that was refused every course, and says whether it is the first.
    pub(crate) fn is_first_refused(&self, account: &UserAccountId) -> bool {
        self.refused.get_or_init(|| account.clone()) == account
    }

    /// Whether it is so.
    pub(crate) fn has_no_courses(&self) -> bool {
        self.no_courses.load(Ordering::Relaxed)
    }

    /// Whether those who were refused every course were so for a reason of their accounts, as far as can be seen: others
    /// of the portal hold some.
    pub(crate) fn is_accounts_trouble(&self) -> bool {
        self.others_hold() == Some(true) && !self.has_no_courses()
    }

    /// Whether nobody need go alone any more.
    pub(crate) fn is_known(&self) -> bool {
        self.assigns() || self.has_no_courses()
    }
}
