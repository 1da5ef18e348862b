//! One person: an account, then the courses. An attempt can stop after any step, so a later one looks up what exists
//! before it does a step again.

use std::time::Duration;

use domain::ids::{LearningObjectId, UserAccountId};
use domain::import::{AccountAnswer, Batch, FailureReason, GivenUp, Import, ImportPerson, Outcome, PersonTask};
use domain::member::{Member, was_created_since};
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
    /// The person must be tried again, or failed with what is known now.
    Retry {
        retry: Retry,
        /// What GO1 said about their account, where we know of none.
        answer: AccountAnswer,
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
    /// The import that is undone, where this is an undo.
    pub(crate) undone: Option<&'run Import>,
    /// On the last attempt nobody is created: people with an account get their courses, the others are only looked up.
    pub(crate) is_last_attempt: bool,
}

impl PersonRun<'_> {
    /// Does as much for one person as is possible now.
    pub(crate) async fn finish(&self, person: &ImportPerson) -> Result<PersonEnd, StateError> {
        if matches!(person.task, PersonTask::Undo { .. }) {
            return self.undo_person(person).await;
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
        // An account that an earlier import created is not one that this import created.
        let created = member.created && member.import == self.import.id;
        if member.unfinished {
            let finished = Member { unfinished: false, ..member.clone() };
            self.members().change_member(&self.import.portal, &member, &finished).await?;
        }
        let enrolled: Vec<_> = assigned.into_iter().filter_map(Result::ok).collect();
        // An enrollment that exists already may come from an earlier attempt of this import, but not on the first
        // attempt.
        let match_by_time = created || self.begun_before(person) && enrolled.iter().any(|enrolled| enrolled.already);
        let ours = enrolled.into_iter().filter(|enrolled| created || !enrolled.already);
        let assigned = ours.filter_map(|enrolled| enrolled.id).collect();
        self.end(person, &Outcome::Done { account, created, enrollments, assigned, match_by_time }).await
    }

    pub(crate) async fn end(&self, person: &ImportPerson, outcome: &Outcome) -> Result<PersonEnd, StateError> {
        let (portal, import) = (&self.import.portal, &self.import.id);
        match self.calls.worker.state.end_person(portal, import, &person.employee_id, outcome).await {
            // Another worker or the sweeper ended the person first.
            Ok(()) | Err(StateError::Conflict) => Ok(PersonEnd::Ended),
            Err(error) => Err(error),
        }
    }

    /// The person's member row with their account: the stored one, one that GO1 has, or a new one.
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
                    // The plan showed the account as existing, so we did not create it, however new it is. The owner's
                    // account comes with the portal, a moment before the import.
                    Some(found) if *start == PersonTask::Link => (found.id, false),
                    Some(found) => adopted(found, since),
                    // GO1 may still be creating it, so only a look-up after that time decides.
                    None if let Some(rest) = earlier_request => {
                        return Err(NoAccount(StepError::Retry(Retry::EarlierRequest(rest)), AccountAnswer::NoAnswer));
                    }
                    // The owner's account came with the portal a moment ago, and GO1's lists may lag behind.
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

    /// Whether an earlier attempt or import may have left a member, or an account of which the answer was lost.
    fn begun_before(&self, person: &ImportPerson) -> bool {
        self.batch.attempts > 1 || matches!(person.task, PersonTask::Resume { .. })
    }

    /// How long GO1 may still be working on an earlier import's call for this member; `None` once it cannot be any
    /// more.
    pub(crate) fn earlier_request(&self, member: &Member) -> Option<Duration> {
        let asked_for = self.calls.worker.clock.now().duration_since(member.asked_at?);
        let asked_for = Duration::try_from(asked_for).unwrap_or_default();
        UNANSWERED_WAIT.checked_sub(asked_for).filter(|rest| !rest.is_zero())
    }

    /// The account that GO1 has. A new person on a first attempt cannot have one, so GO1 is not called.
    async fn look_up(&self, person: &ImportPerson, begun_before: bool) -> Result<Option<UserAccount>, NoAccount> {
        if !begun_before && person.task == PersonTask::Create {
            return Ok(None);
        }
        let answer = if begun_before { AccountAnswer::NoAnswer } else { AccountAnswer::NotAsked };
        self.find_account(person).await.map_err(|error| NoAccount(error, answer))
    }

    /// Creates the account. Also `Ok` where GO1 had it already, or turns out to have created it.
    async fn create(&self, person: &ImportPerson, since: jiff::Timestamp) -> Result<(UserAccountId, bool), NoAccount> {
        if self.is_last_attempt {
            return Err(NoAccount(StepError::Retry(Retry::Unavailable), AccountAnswer::HasNone));
        }
        if self.calls.pace.is_portal_full() {
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
            // Nothing was sent, or GO1 refused the token, so no account was created.
            Err(error) => return Err(NoAccount(error, AccountAnswer::HasNone)),
        };
        let may_exist = match &failure {
            CreateAccountError::MaybeExists(_) | CreateAccountError::OutcomeUnknown(_) => true,
            CreateAccountError::PortalFull => {
                self.calls.pace.note_portal_full();
                false
            }
            _ => false,
        };
        if !may_exist {
            return Err(NoAccount(self.calls.step_error(&failure), AccountAnswer::HasNone));
        }
        // GO1 knows the email already, or may have created the account before it failed, so a look-up decides. Where
        // GO1 itself gave no answer it may still be creating the account, and a look-up that finds none decides
        // nothing.
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

    /// Stores the person as a member with this account before any course, so that no later attempt creates another
    /// account.
    async fn store(
        &self,
        person: &ImportPerson,
        stored: Option<Member>,
        account: &UserAccountId,
        created: bool,
    ) -> Result<Member, StateError> {
        let portal = &self.import.portal;
        let with_account = |member: &Member| {
            // An account that the plan already had comes from an earlier import, any other from this one.
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
                revision: 0,
            };
            match self.members().add_member(portal, &new).await {
                Ok(()) => return Ok(new),
                // Another worker stored the member first.
                Err(StateError::Conflict) => {
                    known = self.members().find_member(portal, &person.employee_id).await?;
                }
                Err(error) => return Err(error),
            }
        }
        match known {
            Some(member) if member.account.is_none() => {
                let after = with_account(&member);
                self.members().change_member(portal, &member, &after).await
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

    /// Ends a person who cannot be finished.
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

/// An account that GO1 has, and whether we created it: it is ours if it is not older than our first attempt to create
/// it.
fn adopted(account: UserAccount, since: jiff::Timestamp) -> (UserAccountId, bool) {
    let ours = was_created_since(account.created_time, since);
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
