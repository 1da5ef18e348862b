//! One person: an account, then the courses. An attempt can stop after any step, so a later one looks up what exists
//! before it does a step again.

use std::time::Duration;

use domain::ids::UserAccountId;
use domain::import::{
    AccountAnswer, Assignments, Batch, FailureReason, GivenUp, Import, ImportPerson, Outcome, PersonTask,
};
use domain::member::Member;
use importing::ending::{fail_person, tell_person};
use jiff::Timestamp;
use state::{Members, StateError};

use crate::calls::{Calls, Retry, StepError};
use crate::first::FirstPerson;

/// How one person's turn ended.
pub(crate) enum PersonEnd {
    /// Nothing is left to do.
    Ended,
    /// The person must be tried again, or failed with what is known now.
    Retry {
        retry: Retry,
        /// What GO1 said about their account, where we know of none.
        answer: AccountAnswer,
        /// What was assigned to them all the same.
        courses: Assignments,
    },
}

/// The account of a person.
pub(crate) struct PersonAccount {
    pub(crate) id: UserAccountId,
    /// Whether we made it.
    pub(crate) created: bool,
    /// Another record of the same person, from which an undo has taken it back: it is deactivated.
    pub(crate) deactivated: Option<Member>,
}

impl PersonAccount {
    pub(crate) fn new(id: UserAccountId, created: bool) -> Self {
        Self { id, created, deactivated: None }
    }
}

/// Why there is no account, and what GO1 said of it.
pub(crate) struct NoAccount(pub(crate) StepError, pub(crate) AccountAnswer);

impl From<StateError> for NoAccount {
    fn from(error: StateError) -> Self {
        Self(error.into(), AccountAnswer::NoAnswer)
    }
}

/// What GO1 answered for the courses of one person.
pub(crate) struct CourseAnswers {
    pub(crate) courses: Assignments,
    /// Why the person is not finished.
    pub(crate) error: Option<StepError>,
    /// Whether GO1 may still be assigning one of them.
    pub(crate) is_unanswered: bool,
}

/// What the people of one attempt share.
pub(crate) struct PersonRun<'run> {
    pub(crate) calls: &'run Calls<'run>,
    pub(crate) first: &'run FirstPerson,
    pub(crate) import: &'run Import,
    pub(crate) batch: &'run Batch,
    /// The import that is undone, where this is an undo.
    pub(crate) undone: Option<&'run Import>,
    /// When the attempt before this one began, where it did not end in order: it may have created accounts, and did not
    /// say so.
    pub(crate) cut_off: Option<Timestamp>,
    /// Whether each earlier attempt at the batch ended in order and met nothing but its end: then whoever has no member was
    /// asked for by none of them.
    pub(crate) members_tell: bool,
    /// On the last attempt nobody is created: people with an account get their courses, the others are only looked up.
    pub(crate) is_last_attempt: bool,
    /// Whether it is somebody's second turn in this attempt, so that the first one may have left a member.
    pub(crate) is_second_turn: bool,
}

impl PersonRun<'_> {
    /// Does as much for one person as is possible now.
    pub(crate) async fn finish(&self, person: &ImportPerson) -> Result<PersonEnd, StateError> {
        if matches!(person.task, PersonTask::Undo { .. }) {
            return self.undo_person(person).await;
        }
        if self.first.has_no_courses() && self.cut_off.is_none() {
            // Earlier attempts that ended in order have left a member wherever they have left an account.
            let (retry, answer) = (Retry::NoCourses, AccountAnswer::NotAsked);
            return Ok(PersonEnd::Retry { retry, answer, courses: Assignments::unknown() });
        }
        let unknown = Assignments::unknown;
        let (member, account) = match self.member(person).await {
            Ok(known) => known,
            Err(NoAccount(error, answer)) => return self.conclude_person(person, error, answer, unknown()).await,
        };
        let member = match self.reactivated(member, &account).await {
            Ok(member) => member,
            Err(error) => {
                let answer = answer_to(&error);
                return self.conclude_person(person, error, answer, unknown()).await;
            }
        };
        // An account that an earlier import created is not one that this import created.
        let created = member.created && member.import == self.import.id;
        let CourseAnswers { courses, error, is_unanswered } = self.assign(person, &account, created).await;
        if is_unanswered {
            self.store_asked_at(&member).await?;
        }
        if let Some(error) = error {
            let answer = answer_to(&error);
            return self.conclude_person(person, error, answer, courses).await;
        }
        let Assignments { enrollments, assigned, match_by_time, refused } = courses;
        // Whoever lacks a course is offered again by the next look.
        let unfinished = !refused.is_empty();
        let after = (member.unfinished != unfinished).then(|| Member { unfinished, ..member.clone() });
        let done = Outcome::Done { account, created, enrollments, assigned, match_by_time, refused };
        match after {
            Some(after) => self.end_with_member(person, &done, &member, &after).await,
            None => self.end(person, &done).await,
        }
    }

    /// GO1 may still be carrying out a change of this member's. Until that must have ended nobody asks for it again, and
    /// no undo takes it back: what arrived afterwards would stay.
    pub(crate) async fn store_asked_at(&self, member: &Member) -> Result<(), StateError> {
        let after = Member { asked_at: Some(self.calls.worker.clock.now()), ..member.clone() };
        let stored = self.members().change_member(&self.import.portal, member, &after).await;
        // Where the member does not tell it, all of them wait.
        stored.map(drop).inspect_err(|_| self.calls.pace.note_unanswered())
    }

    pub(crate) async fn end(&self, person: &ImportPerson, outcome: &Outcome) -> Result<PersonEnd, StateError> {
        let (portal, import) = (&self.import.portal, &self.import.id);
        match self.calls.worker.state.end_person(portal, import, &person.employee_id, outcome).await {
            Ok(()) => {
                self.calls.pace.note_changed();
                tell_person(self.import, &person.employee_id, outcome);
                Ok(PersonEnd::Ended)
            }
            // Another worker or the sweeper ended the person first.
            Err(StateError::Conflict) => Ok(PersonEnd::Ended),
            Err(error) => Err(error),
        }
    }

    /// Ends a person together with what their member row says of it: a worker that was frozen here must not mark
    /// somebody whom another worker has ended since.
    async fn end_with_member(
        &self,
        person: &ImportPerson,
        outcome: &Outcome,
        before: &Member,
        after: &Member,
    ) -> Result<PersonEnd, StateError> {
        let (imports, portal, import) = (&*self.calls.worker.state, &self.import.portal, &self.import.id);
        let employee = &person.employee_id;
        match imports.end_person_with_member(portal, import, employee, outcome, Some(before), Some(after), None).await {
            Ok(()) => {
                self.calls.pace.note_changed();
                tell_person(self.import, employee, outcome);
                Ok(PersonEnd::Ended)
            }
            // Another worker or the sweeper ended the person first, or changed the member: then they are tried again.
            Err(StateError::Conflict) => {
                let row = imports.people_of(portal, import, std::slice::from_ref(employee)).await?;
                let is_over = row.iter().all(|person| person.outcome != Outcome::Waiting);
                if is_over { Ok(PersonEnd::Ended) } else { Err(StateError::Conflict) }
            }
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
        let account = match &person.task {
            PersonTask::Resume { account: Some(account), created } => PersonAccount::new(account.clone(), *created),
            _ => self.find_or_create(person, stored.as_ref()).await?,
        };
        let kept = self.store(person, stored, &account).await;
        if account.created && kept.is_err() {
            // GO1 has the account and we do not, and its lists may not show it yet.
            self.calls.pace.note_unanswered();
        }
        Ok((kept?, account.id))
    }

    /// Whether an earlier attempt or import may have left a member, or an account of which the answer was lost.
    pub(crate) fn begun_before(&self, person: &ImportPerson) -> bool {
        self.batch.attempts > 1 || self.is_second_turn || matches!(person.task, PersonTask::Resume { .. })
    }

    /// Stores the person as a member with this account before any course, so that no later attempt creates another
    /// account.
    async fn store(
        &self,
        person: &ImportPerson,
        stored: Option<Member>,
        found: &PersonAccount,
    ) -> Result<Member, StateError> {
        let (portal, created) = (&self.import.portal, found.created);
        // An undo may still be at the other record's account.
        let asked_at = found.deactivated.as_ref().and_then(|other| other.asked_at);
        let deactivated = found.deactivated.is_some();
        let with_account = |member: &Member| {
            // An account that the plan already had comes from an earlier import, any other from this one.
            let is_older = matches!(person.task, PersonTask::Resume { account: Some(_), .. });
            let import = if is_older { &member.import } else { &self.import.id };
            let account = Some(found.id.clone());
            let deactivated = member.deactivated || deactivated;
            Member { account, created, import: import.clone(), asked_at, deactivated, ..member.clone() }
        };
        let mut known = stored;
        if known.is_none() {
            let new = Member {
                employee_id: person.employee_id.clone(),
                account: Some(found.id.clone()),
                created,
                import: self.import.id.clone(),
                since: self.calls.worker.clock.now(),
                unfinished: false,
                asked_at,
                deactivated,
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
        courses: Assignments,
    ) -> Result<PersonEnd, StateError> {
        match error {
            StepError::Retry(retry) => Ok(PersonEnd::Retry { retry, answer, courses }),
            StepError::Fail(reason) => {
                self.fail(person, reason, answer, courses).await?;
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
        courses: Assignments,
    ) -> Result<(), StateError> {
        let imports = &*self.calls.worker.state;
        let given_up = GivenUp { reason, answer, courses, asked_at: self.calls.worker.clock.now() };
        // One after the other: each transaction has the batch's row in it, and they would get into each other's way.
        let _one = self.calls.ending.lock().await;
        fail_person(imports, self.members(), self.import, person, given_up, Some(self.batch)).await
    }

    pub(crate) fn members(&self) -> &dyn Members {
        &*self.calls.worker.state
    }
}

/// What is open at GO1 where a change of a known account did not succeed: nothing, where GO1 refused it.
pub(crate) fn answer_to(error: &StepError) -> AccountAnswer {
    match error {
        StepError::Fail(_) => AccountAnswer::NotAsked,
        StepError::Retry(_) | StepError::State(_) => AccountAnswer::NoAnswer,
    }
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
