//! One person of an undo: their enrollments go, then their account is made inactive. And the way back, where a later import
//! brings them in once more. Each step can be met half done.

use domain::ids::{EnrollmentId, UserAccountId};
use domain::import::{AccountAnswer, FailureReason, ImportPerson, Outcome, PersonTask};
use domain::member::Member;
use futures::future::join_all;
use go1::{ChangeError, Doubt, Enrollment, Go1Error, LEARNER_ROLE, UserAccount};
use secrecy::SecretString;
use state::StateError;

use crate::calls::{Kind, Retry, StepError};
use crate::person::{PersonEnd, PersonRun, worst};
use crate::waits::UNANSWERED_WAIT;

impl PersonRun<'_> {
    /// Takes back what the import did for one person, as far as it goes.
    pub(crate) async fn take_back(&self, person: &ImportPerson) -> Result<PersonEnd, StateError> {
        match self.taken_back(person).await {
            Ok(outcome) => self.end(person, &outcome).await,
            Err(error) => self.conclude_person(person, error, AccountAnswer::NotAsked, 0).await,
        }
    }

    async fn taken_back(&self, person: &ImportPerson) -> Result<Outcome, StepError> {
        let PersonTask::Undo { account: id, created, assigned, by_time } = &person.task else {
            return Err(StepError::Fail(FailureReason::Internal));
        };
        let member = self.members().find_member(&self.import.portal, &person.employee_id).await?;
        let mut member = member.filter(|member| member.account.as_ref() == Some(id));
        self.no_earlier_request(member.as_ref())?;
        // Somebody who was given another role meanwhile may be needed: the account stays as it is.
        let account = if *created { self.account(id).await?.filter(is_only_learner) } else { None };
        // One that somebody else made inactive is not for us to make active again.
        let was_by_us = member.as_ref().is_some_and(|member| member.deactivated);
        let closes = account.as_ref().is_some_and(|account| account.active || was_by_us);

        let listed = self.listed(id).await?;
        let ours: Vec<_> =
            listed.iter().filter(|one| assigned.contains(&one.id) || *by_time && self.is_ours(one, *created)).collect();
        // What is no longer there, an attempt before this one removed.
        let is_gone = |id: &&EnrollmentId| listed.iter().all(|one| one.id != **id);
        let gone = if self.batch.attempts > 1 { assigned.iter().filter(is_gone).count() } else { 0 };
        if closes || !ours.is_empty() || gone > 0 {
            member = self.intend(member, closes).await?;
        }
        let removals = join_all(ours.iter().map(|one| self.remove(&one.id))).await;
        if let Some(error) = worst(removals) {
            return Err(error);
        }
        if account.as_ref().is_some_and(|account| account.active) {
            let deactivate = async |token| self.go1().deactivate_user_account(&token, id).await;
            self.change_status(member.as_ref(), deactivate).await?;
        }
        Ok(Outcome::Undone { account: id.clone(), removed: ours.len() + gone, deactivated: account.is_some() })
    }

    /// A member whose account an undo has made inactive gets it back.
    pub(crate) async fn reactivated(&self, member: Member, account: &UserAccountId) -> Result<Member, StepError> {
        if !member.deactivated {
            return Ok(member);
        }
        self.no_earlier_request(Some(&member))?;
        // Before it is asked for: whatever becomes of this import, its undo is what makes the account inactive again.
        let reactivated_by = Some(self.import.id.clone());
        let intended = Member { reactivated_by, ..member.clone() };
        if intended != member {
            self.members().change_member(&self.import.portal, &member, &intended).await?;
        }
        let member = intended;
        let reactivate = async |token| self.go1().reactivate_user_account(&token, account).await;
        self.change_status(Some(&member), reactivate).await?;
        let after = Member { deactivated: false, asked_at: None, ..member.clone() };
        self.members().change_member(&self.import.portal, &member, &after).await?;
        Ok(after)
    }

    /// Stores what is about to be done, so that a later import makes good whatever was done of it.
    async fn intend(&self, member: Option<Member>, closes: bool) -> Result<Option<Member>, StateError> {
        let Some(member) = member else { return Ok(None) };
        let deactivated = member.deactivated || closes;
        let after = Member { unfinished: true, deactivated, ..member.clone() };
        if after != member {
            self.members().change_member(&self.import.portal, &member, &after).await?;
        }
        Ok(Some(after))
    }

    /// Nothing is changed while GO1 may still be at an earlier change, of this import or of one that was given up.
    fn no_earlier_request(&self, member: Option<&Member>) -> Result<(), StepError> {
        let rest = member.and_then(|member| self.earlier_request(member));
        rest.map_or(Ok(()), |rest| Err(StepError::Retry(Retry::EarlierRequest(rest))))
    }

    /// Whether the import that is taken back made it, by its time. What somebody chose for themselves never is.
    fn is_ours(&self, one: &Enrollment, created: bool) -> bool {
        let Some(undone) = self.undone else { return false };
        let untimed = created && one.created_time.is_none();
        one.assigned && (untimed || undone.made_at(one.created_time))
    }

    async fn account(&self, id: &UserAccountId) -> Result<Option<UserAccount>, StepError> {
        let read = async |token| self.go1().user_account(&token, id).await;
        self.calls.call(Kind::Read, read).await?.map_err(|error| refused(self.calls.step_error(&error)))
    }

    /// What the account has of the courses of the import that is taken back.
    async fn listed(&self, id: &UserAccountId) -> Result<Vec<Enrollment>, StepError> {
        let undone = self.undone.ok_or(StepError::Fail(FailureReason::Internal))?;
        let list = async |token| self.go1().enrollments(&token, id, &undone.courses).await;
        match self.calls.call(Kind::Read, list).await? {
            // Without an account there is nothing left to take back.
            Err(Go1Error::NotFound { .. }) => Ok(Vec::new()),
            listed => listed.map_err(|error| refused(self.calls.step_error(&error))),
        }
    }

    async fn remove(&self, id: &EnrollmentId) -> Result<(), StepError> {
        let remove = async |token| self.go1().remove_enrollment(&token, id).await;
        self.calls.call(Kind::Write, remove).await?.map_err(|error| self.calls.step_error(&error))
    }

    /// Where GO1 does not answer it may still be at it, and must have ended before somebody wants it the other way round.
    async fn change_status<Answer: Future<Output = Result<(), ChangeError>> + Send>(
        &self,
        member: Option<&Member>,
        change: impl Fn(SecretString) -> Answer + Send + Sync,
    ) -> Result<(), StepError> {
        let Err(failure) = self.calls.call(Kind::Write, change).await? else { return Ok(()) };
        let error = self.calls.step_error(&failure);
        let is_unanswered = matches!(failure, ChangeError::OutcomeUnknown(Doubt::NoAnswer(_) | Doubt::Failed { .. }));
        if is_unanswered {
            self.calls.pace.note_unanswered();
        }
        if let Some(member) = member.filter(|_| is_unanswered) {
            let after = Member { asked_at: Some(self.calls.worker.clock.now()), ..member.clone() };
            self.members().change_member(&self.import.portal, member, &after).await?;
        }
        Err(match error {
            StepError::Retry(Retry::After(asked)) if asked > UNANSWERED_WAIT => error,
            StepError::Retry(_) if is_unanswered => StepError::Retry(Retry::Unanswered),
            error => error,
        })
    }

    fn go1(&self) -> &go1::Go1Client {
        &self.calls.worker.go1.client
    }
}

/// Whether it is certain that the account is nothing but a learner's.
fn is_only_learner(account: &UserAccount) -> bool {
    !account.roles.is_empty() && account.roles.iter().all(|role| role == LEARNER_ROLE)
}

/// A read that is refused means here that nothing can be taken back.
fn refused(error: StepError) -> StepError {
    match error {
        StepError::Fail(FailureReason::AccountRefused) => StepError::Fail(FailureReason::ChangeRefused),
        error => error,
    }
}
