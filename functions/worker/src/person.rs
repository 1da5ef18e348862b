//! One person: an account, then the courses. Every step can be met half done, and is looked up before it is done again.

use std::time::Duration;

use domain::ids::{LearningObjectId, UserAccountId};
use domain::import::{AccountAnswer, Batch, FailureReason, GivenUp, Import, ImportPerson, Outcome, PersonTask};
use domain::member::{Member, is_since};
use futures::future::join_all;
use go1::{CreateAccountError, Doubt, Enrolled, NewUserAccount, UserAccount};
use importing::ending::fail_person;
use state::{Members, StateError};

use crate::calls::{Calls, Kind, Retry, StepError};
use crate::waits::UNANSWERED_WAIT;

/// How one person's turn ended.
pub(crate) enum PersonEnd {
    /// Nothing is left to do.
    Ended,
    /// Somebody must take them up again, or give them up with what is known now.
    Retry {
        /// Why.
        retry: Retry,
        /// What GO1 said of their account, where they have none that we know of.
        answer: AccountAnswer,
        /// How many courses are assigned.
        enrollments: usize,
    },
}

/// Why there is no account, and what GO1 said of it.
struct NoAccount(StepError, AccountAnswer);

impl From<StateError> for NoAccount {
    fn from(error: StateError) -> Self {
        Self(error.into(), AccountAnswer::NoAnswer)
    }
}

/// What the people of one attempt share.
pub(crate) struct PersonRun<'run> {
    pub(crate) calls: &'run Calls<'run>,
    pub(crate) import: &'run Import,
    pub(crate) batch: &'run Batch,
    /// The import that is taken back, where this is an undo.
    pub(crate) undone: Option<&'run Import>,
    /// Nobody is created any more: who has an account gets the courses, the others are only looked up.
    pub(crate) is_last: bool,
}

impl PersonRun<'_> {
    /// Takes one person as far as it goes.
    pub(crate) async fn finish(&self, person: &ImportPerson) -> Result<PersonEnd, StateError> {
        if matches!(person.task, PersonTask::Undo { .. }) {
            return self.take_back(person).await;
        }
        let (member, account) = match self.member(person).await {
            Ok(known) => known,
            Err(NoAccount(error, answer)) => return self.conclude_person(person, error, answer, 0).await,
        };
        let member = match self.reactivated(member, &account).await {
            Ok(member) => member,
            Err(error) => return self.conclude_person(person, error, AccountAnswer::NoAnswer, 0).await,
        };
        let courses = self.import.courses.iter().map(|course| self.enroll(&account, course));
        let (assigned, errors): (Vec<_>, Vec<_>) = join_all(courses).await.into_iter().partition(Result::is_ok);
        let enrollments = assigned.len();
        if let Some(error) = worst(errors) {
            return self.conclude_person(person, error, AccountAnswer::NoAnswer, enrollments).await;
        }
        // What an earlier import made is no new account of this one.
        let created = member.created && member.import == self.import.id;
        if member.unfinished {
            let finished = Member { unfinished: false, ..member.clone() };
            self.members().change_member(&self.import.portal, &member, &finished).await?;
        }
        let enrolled: Vec<_> = assigned.into_iter().filter_map(Result::ok).collect();
        // What is there already may be of an attempt before this one. At the first it is not.
        let by_time = created || self.begun_before(person) && enrolled.iter().any(|enrolled| enrolled.already);
        let ours = enrolled.into_iter().filter(|enrolled| created || !enrolled.already);
        let assigned = ours.filter_map(|enrolled| enrolled.id).collect();
        self.end(person, &Outcome::Done { account, created, enrollments, assigned, by_time }).await
    }

    /// Stores how they fared.
    pub(crate) async fn end(&self, person: &ImportPerson, outcome: &Outcome) -> Result<PersonEnd, StateError> {
        let (portal, import) = (&self.import.portal, &self.import.id);
        match self.calls.worker.state.end_person(portal, import, &person.employee_id, outcome).await {
            // Somebody else ended them first.
            Ok(()) | Err(StateError::Conflict) => Ok(PersonEnd::Ended),
            Err(error) => Err(error),
        }
    }

    /// The member that the person is, with their account: the one that we stored, or one that GO1 has, or a new one.
    async fn member(&self, person: &ImportPerson) -> Result<(Member, UserAccountId), NoAccount> {
        let begun_before = self.begun_before(person);
        let stored = if begun_before {
            self.members().find_member(&self.import.portal, &person.employee_id).await?
        } else {
            None
        };
        if let Some(member) = &stored
            && let Some(account) = &member.account
        {
            return Ok((member.clone(), account.clone()));
        }
        let (account, created) = match &person.task {
            PersonTask::Resume { account: Some(account), created } => (account.clone(), *created),
            start => {
                let since = stored.as_ref().map_or(self.import.accepted_at, |member| member.since);
                let earlier_request = stored.as_ref().and_then(|member| self.earlier_request(member));
                match self.look_up(person, begun_before).await? {
                    // The plan knew of it: never ours, however young it is. An owner's is made with the portal, a moment
                    // ago.
                    Some(found) if *start == PersonTask::Link => (found.id, false),
                    Some(found) => adopted(found, since),
                    // What is not there now may come; the look counts that begins when it no longer can.
                    None if let Some(rest) = earlier_request => {
                        return Err(NoAccount(StepError::Retry(Retry::EarlierRequest(rest)), AccountAnswer::NoAnswer));
                    }
                    // An owner's was made with the portal a moment ago, and a list may be behind.
                    None if *start == PersonTask::Link && self.batch.failures == 0 => {
                        return Err(NoAccount(StepError::Retry(Retry::Unanswered), AccountAnswer::HasNone));
                    }
                    None if *start == PersonTask::Link => {
                        let error = StepError::Fail(FailureReason::AccountNotFound);
                        return Err(NoAccount(error, AccountAnswer::HasNone));
                    }
                    None => self.create(person, since).await?,
                }
            }
        };
        Ok((self.store(person, stored, &account, created).await?, account))
    }

    /// Only an earlier attempt or an earlier import can have left a member, or anything of which the answer was lost.
    fn begun_before(&self, person: &ImportPerson) -> bool {
        self.batch.attempts > 1 || matches!(person.task, PersonTask::Resume { .. })
    }

    /// How long GO1 may still be making the account for which an earlier import asked it; `None` where it no longer can.
    pub(crate) fn earlier_request(&self, member: &Member) -> Option<Duration> {
        let asked_for = self.calls.worker.clock.now().duration_since(member.asked_at?);
        let asked_for = Duration::try_from(asked_for).unwrap_or_default();
        UNANSWERED_WAIT.checked_sub(asked_for).filter(|rest| !rest.is_zero())
    }

    /// The account that GO1 has, where it may have one.
    async fn look_up(&self, person: &ImportPerson, begun_before: bool) -> Result<Option<UserAccount>, NoAccount> {
        if !begun_before && person.task == PersonTask::Create {
            return Ok(None);
        }
        let answer = if begun_before { AccountAnswer::NoAnswer } else { AccountAnswer::NotAsked };
        self.find_account(person).await.map_err(|error| NoAccount(error, answer))
    }

    /// Makes the account; also `Ok` where GO1 had it, or turns out to have made it.
    async fn create(&self, person: &ImportPerson, since: jiff::Timestamp) -> Result<(UserAccountId, bool), NoAccount> {
        if self.is_last {
            return Err(NoAccount(StepError::Retry(Retry::Unavailable), AccountAnswer::HasNone));
        }
        if self.calls.pace.creation_is_closed() {
            return Err(NoAccount(StepError::Fail(FailureReason::PortalFull), AccountAnswer::HasNone));
        }
        let new = NewUserAccount {
            given_name: person.given_name.clone(),
            family_name: person.family_name.clone(),
            email: person.email.clone(),
        };
        let create = async |token| self.calls.worker.go1.client.create_user_account(&token, &new).await;
        let failure = match self.calls.call(Kind::Write, create).await {
            Ok(Ok(account)) => return Ok((account, true)),
            Ok(Err(failure)) => failure,
            // No turn, so nothing was sent, or a token that was refused.
            Err(error) => return Err(NoAccount(error, AccountAnswer::HasNone)),
        };
        let may_exist = match &failure {
            CreateAccountError::MaybeExists(_) | CreateAccountError::OutcomeUnknown(_) => true,
            CreateAccountError::PortalFull => {
                self.calls.pace.close_creation();
                false
            }
            _ => false,
        };
        if !may_exist {
            return Err(NoAccount(self.calls.step_error(&failure), AccountAnswer::HasNone));
        }
        // GO1 has the email already, or may have done it before it failed: what is there decides. Where it did not
        // answer, or only something in front of it did, it may still be at it, and what is there now decides nothing.
        let is_unanswered =
            matches!(failure, CreateAccountError::OutcomeUnknown(Doubt::NoAnswer(_) | Doubt::Failed { .. }));
        let error = match self.find_account(person).await {
            Ok(Some(account)) => return Ok(adopted(account, since)),
            Ok(None) if !is_unanswered => {
                return Err(NoAccount(self.calls.step_error(&failure), AccountAnswer::HasNone));
            }
            Ok(None) => self.calls.step_error(&failure),
            Err(error) => error,
        };
        if is_unanswered || matches!(error, StepError::State(_)) {
            self.calls.pace.note_unanswered();
        }
        let error = match error {
            StepError::Retry(Retry::After(asked)) if asked > UNANSWERED_WAIT => error,
            StepError::Retry(_) | StepError::Fail(_) if is_unanswered => StepError::Retry(Retry::Unanswered),
            error => error,
        };
        Err(NoAccount(error, AccountAnswer::NoAnswer))
    }

    async fn find_account(&self, person: &ImportPerson) -> Result<Option<UserAccount>, StepError> {
        let find = async |token| self.calls.worker.go1.client.find_user_account(&token, &person.email).await;
        self.calls.call(Kind::Read, find).await?.map_err(|error| self.calls.step_error(&error))
    }

    async fn enroll(&self, account: &UserAccountId, course: &LearningObjectId) -> Result<Enrolled, StepError> {
        let enroll = async |token| self.calls.worker.go1.client.enroll(&token, account, course).await;
        self.calls.call(Kind::Write, enroll).await?.map_err(|error| self.calls.step_error(&error))
    }

    /// Stores who has the account, before the courses: from now on nobody is made for them.
    async fn store(
        &self,
        person: &ImportPerson,
        stored: Option<Member>,
        account: &UserAccountId,
        created: bool,
    ) -> Result<Member, StateError> {
        let portal = &self.import.portal;
        let with_account = |member: &Member| {
            // Where the look found the account, an earlier import made it; otherwise it is from this one.
            let is_older = matches!(person.task, PersonTask::Resume { account: Some(_), .. });
            let import = if is_older { &member.import } else { &self.import.id };
            let account = Some(account.clone());
            Member { account, created, import: import.clone(), asked_at: None, ..member.clone() }
        };
        let mut known = stored;
        if known.is_none() {
            let new = Member {
                employee_id: person.employee_id.clone(),
                account: Some(account.clone()),
                created,
                import: self.import.id.clone(),
                since: self.calls.worker.clock.now(),
                unfinished: false,
                asked_at: None,
                deactivated: false,
                reactivated_by: None,
            };
            match self.members().add_member(portal, &new).await {
                Ok(()) => return Ok(new),
                // Somebody else stored what they knew first.
                Err(StateError::Conflict) => {
                    known = self.members().find_member(portal, &person.employee_id).await?;
                }
                Err(error) => return Err(error),
            }
        }
        match known {
            Some(member) if member.account.is_none() => {
                let after = with_account(&member);
                self.members().change_member(portal, &member, &after).await?;
                Ok(after)
            }
            Some(member) => Ok(member),
            None => Err(StateError::Conflict),
        }
    }

    pub(crate) async fn conclude_person(
        &self,
        person: &ImportPerson,
        error: StepError,
        answer: AccountAnswer,
        enrollments: usize,
    ) -> Result<PersonEnd, StateError> {
        match error {
            StepError::Retry(retry) => Ok(PersonEnd::Retry { retry, answer, enrollments }),
            StepError::Fail(reason) => {
                self.fail(person, reason, answer, enrollments).await?;
                Ok(PersonEnd::Ended)
            }
            StepError::State(error) => Err(error),
        }
    }

    /// Ends somebody who cannot be finished.
    pub(crate) async fn fail(
        &self,
        person: &ImportPerson,
        reason: FailureReason,
        answer: AccountAnswer,
        enrollments: usize,
    ) -> Result<(), StateError> {
        let imports = &*self.calls.worker.state;
        let given_up = GivenUp { reason, answer, enrollments, at: self.calls.worker.clock.now() };
        fail_person(imports, self.members(), self.import, &person.employee_id, given_up).await
    }

    pub(crate) fn members(&self) -> &dyn Members {
        &*self.calls.worker.state
    }
}

/// An account that GO1 has. It is one that we made if it came to be after we were to.
fn adopted(account: UserAccount, since: jiff::Timestamp) -> (UserAccountId, bool) {
    let ours = is_since(account.created_time, since);
    (account.id, ours)
}

/// The error that decides over several steps: one that must be tried again before one that failed for good.
pub(crate) fn worst<T>(steps: Vec<Result<T, StepError>>) -> Option<StepError> {
    let errors = steps.into_iter().filter_map(Result::err);
    errors.max_by_key(|error| match error {
        StepError::Fail(_) => (0, (0, Duration::ZERO)),
        StepError::Retry(retry) => (1, retry.weight()),
        StepError::State(_) => (2, (0, Duration::ZERO)),
    })
}
