//! The courses of one person: which GO1 assigns, which it refuses, and what that says of the others.

use domain::ids::{LearningObjectId, UserAccountId};
use domain::import::{Assignments, FailureReason, ImportPerson};
use futures::future::join_all;
use go1::{Doubt, EnrollError, Enrolled};

use crate::calls::{Kind, Retry, StepError};
use crate::person::{CourseAnswers, PersonRun, worst};

/// Why a course was not assigned.
enum Unassigned {
    /// GO1 may assign it to nobody here.
    Refused,
    /// GO1 may still be assigning it.
    Unanswered(StepError),
    Error(StepError),
}

impl PersonRun<'_> {
    /// Assigns all the courses at once. Returns what is known of them then, and why the person is not finished. A course
    /// that GO1 refuses while it assigns others to the same account is the course's trouble, not the person's: they are
    /// finished without it. Where it refuses all, and has never been seen to assign one here, it assigns none.
    pub(crate) async fn assign(&self, person: &ImportPerson, account: &UserAccountId, created: bool) -> CourseAnswers {
        let courses = &self.import.courses;
        let answers = join_all(courses.iter().map(|course| self.enroll(account, course))).await;
        let (mut enrolled, mut fresh, mut refused) = (Vec::new(), Vec::new(), Vec::new());
        let (mut errors, mut unheard, mut is_unanswered) = (Vec::new(), false, false);
        for (course, answer) in courses.iter().zip(answers) {
            match answer {
                Ok(one) => {
                    fresh.extend((!one.already).then(|| course.clone()));
                    enrolled.push(one);
                }
                Err(Unassigned::Refused) => refused.push(course.clone()),
                Err(Unassigned::Unanswered(error)) => {
                    (unheard, is_unanswered) = (true, true);
                    errors.push(Err(error));
                }
                Err(Unassigned::Error(error)) => {
                    match error {
                        StepError::Fail(FailureReason::EnrollmentRefused) => refused.push(course.clone()),
                        _ => unheard = true,
                    }
                    errors.push(Err::<(), _>(error));
                }
            }
        }
        self.first.note_assigned(&fresh);
        let error = match worst(errors) {
            // Whatever GO1 said of each, it assigns none.
            None | Some(StepError::Fail(_)) if enrolled.is_empty() && !refused.is_empty() => {
                Some(self.all_refused(account, created).await)
            }
            error => error,
        };
        // An enrollment that exists already may come from an earlier attempt of this import, but not on the first
        // attempt.
        let was_ours = self.begun_before(person) && enrolled.iter().any(|enrolled| enrolled.already);
        let courses = Assignments {
            enrollments: enrolled.len(),
            match_by_time: created || was_ours || unheard,
            assigned: ours(enrolled, created),
            refused,
        };
        CourseAnswers { courses, error, is_unanswered }
    }

    async fn enroll(&self, account: &UserAccountId, course: &LearningObjectId) -> Result<Enrolled, Unassigned> {
        let enroll = async |token| self.calls.worker.go1.client.enroll(&token, account, course).await;
        match self.calls.call(Kind::Write, enroll).await {
            Ok(Ok(enrolled)) => {
                // What was assigned before shows nothing of today.
                if !enrolled.already {
                    self.calls.pace.note_changed();
                    self.first.note_assigns();
                }
                Ok(enrolled)
            }
            Ok(Err(error)) => Err(self.not_enrolled(course, &error)),
            Err(error) => Err(Unassigned::Error(error)),
        }
    }

    fn not_enrolled(&self, course: &LearningObjectId, error: &EnrollError) -> Unassigned {
        if error.may_be_for_everybody() {
            tracing::warn!(%error, %course, "GO1 refused a course");
            return Unassigned::Refused;
        }
        let is_unanswered = matches!(error, EnrollError::OutcomeUnknown(Doubt::NoAnswer(_) | Doubt::Failed { .. }));
        match self.calls.step_error(error) {
            StepError::Retry(Retry::After(asked)) if is_unanswered && asked > self.calls.worker.unanswered_wait => {
                Unassigned::Unanswered(StepError::Retry(Retry::After(asked)))
            }
            StepError::Retry(_) if is_unanswered => Unassigned::Unanswered(StepError::Retry(Retry::Unanswered)),
            error => Unassigned::Error(error),
        }
    }

    /// GO1 refused somebody every course. Of an account that was there before that may be the account's trouble, and of
    /// one that the import made as well, where others of the portal hold a course: then somebody else shows what GO1
    /// assigns here. Two new accounts that are refused everything are the portal's trouble all the same.
    async fn all_refused(&self, account: &UserAccountId, created: bool) -> StepError {
        if !self.import.begins_with_one() || self.first.assigns() {
            return StepError::Fail(FailureReason::EnrollmentRefused);
        }
        let others_hold = self.others_hold(account).await;
        if created && !(self.first.is_first_refused(account) && others_hold) {
            self.first.note_no_courses();
        }
        StepError::Retry(Retry::NoCourses)
    }

    /// Whether others of the portal hold one of the courses. Where GO1 does not say, nobody does.
    async fn others_hold(&self, account: &UserAccountId) -> bool {
        if let Some(hold) = self.first.others_hold() {
            return hold;
        }
        let courses = &self.import.courses;
        let ask = async |token| self.calls.worker.go1.client.others_hold(&token, account, courses).await;
        let Ok(Ok(hold)) = self.calls.call(Kind::Read, ask).await else { return false };
        self.first.note_others_hold(hold);
        hold
    }
}

/// Which of these enrollments are this import's own.
fn ours(enrolled: Vec<Enrolled>, created: bool) -> Vec<domain::ids::EnrollmentId> {
    let ours = enrolled.into_iter().filter(|enrolled| created || !enrolled.already);
    ours.filter_map(|enrolled| enrolled.id).collect()
}
