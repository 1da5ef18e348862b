//! One person of an undo: their enrollments are removed, then their account is deactivated. Also the reverse, where a
//! later import brings the person in again. An attempt can stop after any step, so each one can be done again.

use std::time::Duration;

use domain::ids::{EnrollmentId, UserAccountId};
use domain::import::{Assignments, FailureReason, ImportPerson, Outcome, PersonTask, SHOWN_AFTER};
use domain::member::Member;
use futures::future::join_all;
use go1::{ChangeError, Doubt, Enrollment, Go1Error, LEARNER_ROLE, UserAccount};
use secrecy::SecretString;
use state::StateError;

use crate::calls::{Kind, Retry, StepError};
use crate::person::{PersonEnd, PersonRun, answer_to, worst};

/// What became of one enrollment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Removal {
    Removed,
    /// It was not there any more.
    Gone,
    /// The learner has begun or finished it.
    Kept,
}

impl PersonRun<'_> {
    /// Undoes as much of what the import did for one person as is possible now.
    pub(crate) async fn undo_person(&self, person: &ImportPerson) -> Result<PersonEnd, StateError> {
        match self.undo_outcome(person).await {
            Ok(outcome) => self.end(person, &outcome).await,
            Err(error) => {
                let answer = answer_to(&error);
                self.conclude_person(person, error, answer, Assignments::unknown()).await
            }
        }
    }

    async fn undo_outcome(&self, person: &ImportPerson) -> Result<Outcome, StepError> {
        let PersonTask::Undo { account: id, created, assigned, .. } = &person.task else {
            return Err(StepError::Fail(FailureReason::Internal));
        };
        let member = self.members().find_member(&self.import.portal, &person.employee_id).await?;
        let mut member = member.filter(|member| member.account.as_ref() == Some(id));
        self.no_earlier_request(member.as_ref())?;
        // A person who was given another role since may be needed as such, so their account stays as it is.
        let account = if *created { self.account(id).await?.filter(is_only_learner) } else { None };
        let was_reactivated =
            member.as_ref().is_some_and(|member| !member.deactivated && member.reactivated_by.is_some());
        if was_reactivated && account.as_ref().is_some_and(|account| !account.active) {
            // GO1 may show the account as it was before the import activated it again.
            self.not_shown()?;
        }
        // An account that somebody else deactivated must not count as ours, or a later import would activate it again.
        let was_by_us = member.as_ref().is_some_and(|member| member.deactivated);
        let to_deactivate = account.as_ref().is_some_and(|account| account.active || was_by_us);

        let mut ours = assigned.clone();
        ours.extend(self.unheard_enrollments(&person.task).await?);
        if to_deactivate || !ours.is_empty() {
            member = self.store_intent(member, to_deactivate).await?;
        }
        let (removals, errors): (Vec<_>, Vec<_>) =
            join_all(ours.iter().map(|one| self.remove_unless_begun(one))).await.into_iter().partition(Result::is_ok);
        if let Some(error) = worst(errors) {
            return Err(error);
        }
        if account.as_ref().is_some_and(|account| account.active) {
            let deactivate = async |token| self.go1().deactivate_user_account(&token, id).await;
            self.change_status(member.as_ref(), deactivate).await?;
        }
        let count = |wanted| removals.iter().flatten().filter(|removal| **removal == wanted).count();
        // What is gone on a later attempt was removed by an earlier one.
        let removed_before = if self.batch.attempts > 1 { count(Removal::Gone) } else { 0 };
        Ok(Outcome::Undone {
            account: id.clone(),
            removed: count(Removal::Removed) + removed_before,
            kept: count(Removal::Kept),
            deactivated: account.is_some(),
        })
    }

    /// Activates a member's account again if an undo has deactivated it. Whoever an undo may still be at is waited for,
    /// also where their account stays active: it may be about to remove a course.
    pub(crate) async fn reactivated(&self, member: Member, account: &UserAccountId) -> Result<Member, StepError> {
        self.no_earlier_request(Some(&member))?;
        if !member.deactivated {
            return Ok(member);
        }
        // Stored before GO1 is called: however this import ends, its undo must deactivate the account again.
        let reactivated_by = Some(self.import.id.clone());
        let intended = Member { reactivated_by, ..member.clone() };
        let member = if intended == member {
            member
        } else {
            self.members().change_member(&self.import.portal, &member, &intended).await?
        };
        let reactivate = async |token| self.go1().reactivate_user_account(&token, account).await;
        self.change_status(Some(&member), reactivate).await?;
        self.note_active_again(&member, account).await?;
        let after = Member { deactivated: false, asked_at: None, ..member.clone() };
        Ok(self.members().change_member(&self.import.portal, &member, &after).await?)
    }

    /// Another record of the same person has the same account, which is active again for both.
    async fn note_active_again(&self, member: &Member, account: &UserAccountId) -> Result<(), StateError> {
        let members = self.members().members(&self.import.portal).await?;
        let others = members.iter().filter(|other| {
            other.employee_id != member.employee_id && other.deactivated && other.account.as_ref() == Some(account)
        });
        for other in others {
            let after = Member { deactivated: false, ..other.clone() };
            self.members().change_member(&self.import.portal, other, &after).await?;
        }
        Ok(())
    }

    /// Stores what is about to be undone, so that a later import repairs whatever part of it was done.
    async fn store_intent(&self, member: Option<Member>, to_deactivate: bool) -> Result<Option<Member>, StateError> {
        let Some(member) = member else { return Ok(None) };
        let deactivated = member.deactivated || to_deactivate;
        let after = Member { unfinished: true, deactivated, ..member.clone() };
        if after == member {
            return Ok(Some(member));
        }
        self.members().change_member(&self.import.portal, &member, &after).await.map(Some)
    }

    /// Refuses any change while GO1 may still be working on an earlier one, of this import or of one that was given up.
    fn no_earlier_request(&self, member: Option<&Member>) -> Result<(), StepError> {
        let rest = member.and_then(|member| self.earlier_request(member));
        rest.map_or(Ok(()), |rest| Err(StepError::Retry(Retry::EarlierRequest(rest))))
    }

    async fn account(&self, id: &UserAccountId) -> Result<Option<UserAccount>, StepError> {
        let read = async |token| self.go1().user_account(&token, id).await;
        let found = self.calls.call(Kind::Read, read).await?;
        let found = found.map_err(|error| refused(self.calls.step_error(&error)))?;
        if found.is_none() { self.not_shown().map(|()| None) } else { Ok(found) }
    }

    /// What GO1 does not show is gone only once it shows everything that the import did; before that it is asked again.
    fn not_shown(&self) -> Result<(), StepError> {
        let shown_at = self.undone.and_then(|undone| undone.ended_at).map(|ended| ended + SHOWN_AFTER);
        let rest = shown_at.map(|then| then.duration_since(self.calls.worker.clock.now()));
        let rest = rest.and_then(|rest| Duration::try_from(rest).ok()).filter(|rest| !rest.is_zero());
        rest.map_or(Ok(()), |rest| Err(StepError::Retry(Retry::EarlierRequest(rest))))
    }

    /// What the import assigned without hearing of it, which only GO1's list can tell: none where each course is
    /// accounted for. The list adds to what is known and takes nothing from it, and it is not asked before it has had
    /// time to show everything.
    async fn unheard_enrollments(&self, task: &PersonTask) -> Result<Vec<EnrollmentId>, StepError> {
        let PersonTask::Undo { account, assigned, match_by_time: true, .. } = task else { return Ok(Vec::new()) };
        let undone = self.undone.ok_or(StepError::Fail(FailureReason::Internal))?;
        if assigned.len() >= undone.courses.len() {
            return Ok(Vec::new());
        }
        self.not_shown()?;
        let list = async |token| self.go1().enrollments(&token, account, &undone.courses).await;
        let listed = match self.calls.call(Kind::Read, list).await? {
            // Without an account there is nothing left to undo.
            Err(Go1Error::NotFound { .. }) => return Ok(Vec::new()),
            listed => listed.map_err(|error| refused(self.calls.step_error(&error)))?,
        };
        let is_new = |one: &Enrollment| !assigned.contains(&one.id);
        let ours = |one: &Enrollment| task.takes_back(undone, &one.id, one.assigned, one.created_time);
        Ok(listed.into_iter().filter(|one| is_new(one) && ours(one)).map(|one| one.id).collect())
    }

    /// Removes an enrollment, unless the learner has begun or finished it. That is asked of GO1 just before, by the
    /// enrollment's own id, because a list may be behind.
    async fn remove_unless_begun(&self, id: &EnrollmentId) -> Result<Removal, StepError> {
        let read = async |token| self.go1().enrollment(&token, id).await;
        let found = self.calls.call(Kind::Read, read).await?;
        let found = found.map_err(|error| refused(self.calls.step_error(&error)))?;
        match found {
            Some(enrollment) if enrollment.begun => return Ok(Removal::Kept),
            Some(_) => {}
            // One call for each that is gone: with two, people whose turns end with the invocation's time again and
            // again would never get any further.
            None => return self.not_shown().map(|()| Removal::Gone),
        }
        let remove = async |token| self.go1().remove_enrollment(&token, id).await;
        let was_there = self.calls.call(Kind::Write, remove).await?.map_err(|error| self.calls.step_error(&error))?;
        if !was_there {
            return Ok(Removal::Gone);
        }
        self.calls.pace.note_changed();
        Ok(Removal::Removed)
    }

    /// Activates or deactivates the account. Where GO1 does not answer it may still be doing so, and the opposite
    /// change must wait until that has ended.
    async fn change_status<Answer: Future<Output = Result<(), ChangeError>> + Send>(
        &self,
        member: Option<&Member>,
        change: impl Fn(SecretString) -> Answer + Send + Sync,
    ) -> Result<(), StepError> {
        let Err(failure) = self.calls.call(Kind::Write, change).await? else {
            self.calls.pace.note_changed();
            return Ok(());
        };
        let error = self.calls.step_error(&failure);
        let is_unanswered = matches!(failure, ChangeError::OutcomeUnknown(Doubt::NoAnswer(_) | Doubt::Failed { .. }));
        if is_unanswered {
            self.calls.pace.note_unanswered();
        }
        if let Some(member) = member.filter(|_| is_unanswered) {
            self.store_asked_at(member).await?;
        }
        Err(match error {
            StepError::Retry(Retry::After(asked)) if asked > self.calls.worker.unanswered_wait => error,
            StepError::Retry(_) if is_unanswered => StepError::Retry(Retry::Unanswered),
            error => error,
        })
    }

    fn go1(&self) -> &go1::Go1Client {
        &self.calls.worker.go1.client
    }
}

/// Whether the account certainly has no role other than learner.
fn is_only_learner(account: &UserAccount) -> bool {
    !account.roles.is_empty() && account.roles.iter().all(|role| role == LEARNER_ROLE)
}

/// In an undo, a refused read means that the change is refused.
fn refused(error: StepError) -> StepError {
    match error {
        StepError::Fail(FailureReason::AccountRefused) => StepError::Fail(FailureReason::ChangeRefused),
        error => error,
    }
}
