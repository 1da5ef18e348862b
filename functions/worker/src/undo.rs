//! One person of an undo: their enrollments are removed, then their account is deactivated. Also the reverse, where a
//! later import brings the person in again. An attempt can stop after any step, so each one can be done again.

use domain::ids::{EnrollmentId, UserAccountId};
use domain::import::{AccountAnswer, FailureReason, ImportPerson, Outcome, PersonTask};
use domain::member::Member;
use futures::future::join_all;
use go1::{ChangeError, Doubt, Enrollment, Go1Error, LEARNER_ROLE, UserAccount};
use secrecy::SecretString;
use state::StateError;

use crate::calls::{Kind, Retry, StepError};
use crate::person::{PersonEnd, PersonRun, worst};

impl PersonRun<'_> {
    /// Undoes as much of what the import did for one person as is possible now.
    pub(crate) async fn undo_person(&self, person: &ImportPerson) -> Result<PersonEnd, StateError> {
        match self.undo_outcome(person).await {
            Ok(outcome) => self.end(person, &outcome).await,
            Err(error) => self.conclude_person(person, error, AccountAnswer::NotAsked, 0).await,
        }
    }

    async fn undo_outcome(&self, person: &ImportPerson) -> Result<Outcome, StepError> {
        let PersonTask::Undo { account: id, created, assigned, match_by_time } = &person.task else {
            return Err(StepError::Fail(FailureReason::Internal));
        };
        let member = self.members().find_member(&self.import.portal, &person.employee_id).await?;
        let mut member = member.filter(|member| member.account.as_ref() == Some(id));
        self.no_earlier_request(member.as_ref())?;
        // A person who was given another role since may be needed as such, so their account stays as it is.
        let account = if *created { self.account(id).await?.filter(is_only_learner) } else { None };
        // An account that somebody else deactivated must not count as ours, or a later import would activate it again.
        let was_by_us = member.as_ref().is_some_and(|member| member.deactivated);
        let to_deactivate = account.as_ref().is_some_and(|account| account.active || was_by_us);

        let listed = self.listed_enrollments(id).await?;
        let ours: Vec<_> = listed
            .iter()
            .filter(|one| assigned.contains(&one.id) || *match_by_time && self.is_ours(one, *created))
            .collect();
        // Enrollments that GO1 no longer lists were removed by an earlier attempt.
        let was_removed = |id: &&EnrollmentId| listed.iter().all(|one| one.id != **id);
        let removed_before = if self.batch.attempts > 1 { assigned.iter().filter(was_removed).count() } else { 0 };
        if to_deactivate || !ours.is_empty() || removed_before > 0 {
            member = self.store_intent(member, to_deactivate).await?;
        }
        let removals = join_all(ours.iter().map(|one| self.remove(&one.id))).await;
        if let Some(error) = worst(removals) {
            return Err(error);
        }
        if account.as_ref().is_some_and(|account| account.active) {
            let deactivate = async |token| self.go1().deactivate_user_account(&token, id).await;
            self.change_status(member.as_ref(), deactivate).await?;
        }
        Ok(Outcome::Undone {
            account: id.clone(),
            removed: ours.len() + removed_before,
            deactivated: account.is_some(),
        })
    }

    /// Activates a member's account again if an undo has deactivated it.
    pub(crate) async fn reactivated(&self, member: Member, account: &UserAccountId) -> Result<Member, StepError> {
        if !member.deactivated {
            return Ok(member);
        }
        self.no_earlier_request(Some(&member))?;
        // Stored before GO1 is called: however this import ends, its undo must deactivate the account again.
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

    /// Stores what is about to be undone, so that a later import repairs whatever part of it was done.
    async fn store_intent(&self, member: Option<Member>, to_deactivate: bool) -> Result<Option<Member>, StateError> {
        let Some(member) = member else { return Ok(None) };
        let deactivated = member.deactivated || to_deactivate;
        let after = Member { unfinished: true, deactivated, ..member.clone() };
        if after != member {
            self.members().change_member(&self.import.portal, &member, &after).await?;
        }
        Ok(Some(after))
    }

    /// Refuses any change while GO1 may still be working on an earlier one, of this import or of one that was given up.
    fn no_earlier_request(&self, member: Option<&Member>) -> Result<(), StepError> {
        let rest = member.and_then(|member| self.earlier_request(member));
        rest.map_or(Ok(()), |rest| Err(StepError::Retry(Retry::EarlierRequest(rest))))
    }

    /// Whether the undone import made this enrollment, judged by its time. A course that a person chose themselves
    /// never counts.
    fn is_ours(&self, one: &Enrollment, created: bool) -> bool {
        let Some(undone) = self.undone else { return false };
        let untimed = created && one.created_time.is_none();
        one.assigned && (untimed || undone.was_running_at(one.created_time))
    }

    async fn account(&self, id: &UserAccountId) -> Result<Option<UserAccount>, StepError> {
        let read = async |token| self.go1().user_account(&token, id).await;
        self.calls.call(Kind::Read, read).await?.map_err(|error| refused(self.calls.step_error(&error)))
    }

    /// The account's enrollments in the courses of the undone import.
    async fn listed_enrollments(&self, id: &UserAccountId) -> Result<Vec<Enrollment>, StepError> {
        let undone = self.undone.ok_or(StepError::Fail(FailureReason::Internal))?;
        let list = async |token| self.go1().enrollments(&token, id, &undone.courses).await;
        match self.calls.call(Kind::Read, list).await? {
            // Without an account there is nothing left to undo.
            Err(Go1Error::NotFound { .. }) => Ok(Vec::new()),
            listed => listed.map_err(|error| refused(self.calls.step_error(&error))),
        }
    }

    async fn remove(&self, id: &EnrollmentId) -> Result<(), StepError> {
        let remove = async |token| self.go1().remove_enrollment(&token, id).await;
        self.calls.call(Kind::Write, remove).await?.map_err(|error| self.calls.step_error(&error))
    }

    /// Activates or deactivates the account. Where GO1 does not answer it may still be doing so, and the opposite
    /// change must wait until that has ended.
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
