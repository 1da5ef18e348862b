//! One person: an account, then the courses. Every step can be met half done, and is looked up before it is done again.

use std::fmt::Display;
use std::time::Duration;

use application::refresh::Go1Refresh;
use domain::ids::{LearningObjectId, UserAccountId};
use domain::import::{Batch, FailureReason, Import, ImportPerson, Outcome};
use domain::member::Member;
use futures::future::join_all;
use go1::{Classify, CreateAccountError, NewUserAccount, UserAccount, Verdict};
use state::{GrantOwner, StateError};
use tokio::sync::RwLock;
use tokio::time::Instant;
use vault::{AccessToken, VaultError};

use crate::handler::Worker;
use crate::pace::{Closed, Pace};

/// What a portal is called with. Its token is replaced once GO1 no longer takes it, for all who work on the portal.
pub(crate) struct Portal {
    owner: GrantOwner,
    token: RwLock<AccessToken>,
}

impl Portal {
    pub(crate) fn new(owner: GrantOwner, token: AccessToken) -> Self {
        Self { owner, token: RwLock::new(token) }
    }
}

/// How one person's turn ended.
pub(crate) enum PersonEnd {
    /// Nothing is left to do.
    Ended,
    /// Somebody must take them up again.
    Retry(Retry),
}

/// Why a person is not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// GO1 asked for this wait, or our time is up. Waiting costs no attempt.
    After(Duration),
    /// GO1 was asked and failed. So many of these, and the batch is given up.
    Unavailable,
}

/// Why a step did not succeed: the author of each call decides.
enum StepError {
    Retry(Retry),
    Fail(FailureReason),
    State(StateError),
}

impl From<StateError> for StepError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// What the people of one attempt share.
pub(crate) struct PersonRun<'run> {
    pub(crate) worker: &'run Worker,
    pub(crate) pace: &'run Pace,
    pub(crate) stop_at: Instant,
    pub(crate) import: &'run Import,
    pub(crate) batch: &'run Batch,
    pub(crate) portal: &'run Portal,
}

impl PersonRun<'_> {
    /// Takes one person as far as it goes.
    pub(crate) async fn finish(&self, person: &ImportPerson) -> Result<PersonEnd, StateError> {
        let member = match self.account_of(person).await {
            Ok(member) => member,
            Err(error) => return self.settle(person, None, error).await,
        };
        let enrollments = join_all(self.import.courses.iter().map(|course| self.enroll(&member.account, course))).await;
        match worst(enrollments) {
            None => {
                let enrollments = self.import.courses.len();
                let outcome = Outcome::Done { account: member.account, created: member.created, enrollments };
                self.end(person, &outcome).await
            }
            Some(error) => self.settle(person, Some(member.account), error).await,
        }
    }

    /// The person's account: the one that we stored, or one that GO1 has, or a new one.
    async fn account_of(&self, person: &ImportPerson) -> Result<Member, StepError> {
        // Only an earlier attempt can have left a member, or an account whose answer was lost.
        let attempted_before = self.batch.attempts > 1;
        if attempted_before {
            let member = self.worker.members.find_member(&self.import.portal, &person.employee_id).await?;
            if let Some(member) = member {
                return Ok(member);
            }
        }
        let known = if attempted_before || person.link { self.find_account(person).await? } else { None };
        let (account, created) = match known {
            // The plan knew of it: never ours, however young it is. An owner's is made with the portal, a moment ago.
            Some(account) if person.link => (account.id, false),
            Some(account) => self.adopted(account),
            None if person.link => return Err(StepError::Fail(FailureReason::AccountNotFound)),
            None => self.create_account(person).await?,
        };
        let member = Member {
            employee_id: person.employee_id.clone(),
            account,
            created,
            import: self.import.id.clone(),
            since: self.worker.clock.now(),
        };
        match self.worker.members.add_member(&self.import.portal, &member).await {
            Ok(()) => Ok(member),
            // Another attempt stored it first; what it stored counts.
            Err(StateError::Conflict) => {
                let stored = self.worker.members.find_member(&self.import.portal, &person.employee_id).await?;
                Ok(stored.unwrap_or(member))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn create_account(&self, person: &ImportPerson) -> Result<(UserAccountId, bool), StepError> {
        let new = NewUserAccount {
            given_name: person.given_name.clone(),
            family_name: person.family_name.clone(),
            email: person.email.clone(),
        };
        let failure = match self.call(async |token| self.worker.go1.create_user_account(token, &new).await).await? {
            Ok(account) => return Ok((account, true)),
            Err(failure) => failure,
        };
        // GO1 has the email already, or may have done it before it failed: what is there decides.
        if matches!(failure, CreateAccountError::MaybeExists(_) | CreateAccountError::OutcomeUnknown(_))
            && let Some(account) = self.find_account(person).await?
        {
            return Ok(self.adopted(account));
        }
        Err(self.step_error(&failure))
    }

    async fn find_account(&self, person: &ImportPerson) -> Result<Option<UserAccount>, StepError> {
        let answer = self.call(async |token| self.worker.go1.find_user_account(token, &person.email).await).await?;
        answer.map_err(|error| self.step_error(&error))
    }

    /// An account that GO1 has. It is one that we made if it came to be after the import was confirmed.
    fn adopted(&self, account: UserAccount) -> (UserAccountId, bool) {
        let ours = account.created_time.is_some_and(|created| created >= self.import.accepted_at);
        (account.id, ours)
    }

    async fn enroll(&self, account: &UserAccountId, course: &LearningObjectId) -> Result<(), StepError> {
        let answer = self.call(async |token| self.worker.go1.enroll(token, account, course).await).await?;
        answer.map(drop).map_err(|error| self.step_error(&error))
    }

    /// What a failure at GO1 means for the person.
    fn step_error(&self, error: &(impl Classify + Display)) -> StepError {
        tracing::warn!(%error, import = %self.import.id, batch = self.batch.number, "a call to GO1 failed");
        match error.verdict(self.worker.clock.now()) {
            // A wait of nothing is no wait: such failures are counted, or they would have no end.
            Verdict::Retry { after: Some(after) } if after.is_positive() => {
                StepError::Retry(Retry::After(Duration::try_from(after).unwrap_or_default()))
            }
            Verdict::Retry { .. } => StepError::Retry(Retry::Unavailable),
            Verdict::Fail(reason) => StepError::Fail(reason),
        }
    }

    /// One call, in its turn, if there is time for it. A token that GO1 no longer takes is replaced once.
    async fn call<T, E: Classify>(
        &self,
        call: impl AsyncFn(&secrecy::SecretString) -> Result<T, E>,
    ) -> Result<Result<T, E>, StepError> {
        let token = self.portal.token.read().await.clone();
        let answer = self.call_once(&token, &call).await?;
        match answer {
            Err(error) if error.is_unauthorized() => {
                let token = self.newer_token(&token).await?;
                self.call_once(&token, &call).await
            }
            answer => Ok(answer),
        }
    }

    async fn call_once<T, E: Classify>(
        &self,
        token: &AccessToken,
        call: &impl AsyncFn(&secrecy::SecretString) -> Result<T, E>,
    ) -> Result<Result<T, E>, StepError> {
        let turn = self.pace.turn(self.stop_at).await;
        let _turn = turn.map_err(|Closed(wait)| StepError::Retry(Retry::After(wait)))?;
        let answer = call(&token.secret).await;
        // GO1 asks the portal to wait, not the person.
        if let Err(error) = &answer
            && let Verdict::Retry { after: Some(wait) } = error.verdict(self.worker.clock.now())
        {
            self.pace.close_for(Duration::try_from(wait).unwrap_or_default());
        }
        Ok(answer)
    }

    async fn newer_token(&self, refused: &AccessToken) -> Result<AccessToken, StepError> {
        let mut token = self.portal.token.write().await;
        if token.generation == refused.generation {
            let refresh = Go1Refresh(&self.worker.go1);
            *token = match self.worker.vault.replace_access_token(&self.portal.owner, refused, &refresh).await {
                Ok(token) => token,
                Err(VaultError::NeedsReconnect) => return Err(StepError::Fail(FailureReason::AccessLost)),
                Err(VaultError::State(error)) => return Err(error.into()),
                Err(_) => return Err(StepError::Retry(Retry::Unavailable)),
            };
        }
        Ok(token.clone())
    }

    async fn settle(
        &self,
        person: &ImportPerson,
        account: Option<UserAccountId>,
        error: StepError,
    ) -> Result<PersonEnd, StateError> {
        match error {
            StepError::Retry(retry) => Ok(PersonEnd::Retry(retry)),
            StepError::Fail(reason) => self.end(person, &Outcome::Failed { reason, account }).await,
            StepError::State(error) => Err(error),
        }
    }

    async fn end(&self, person: &ImportPerson, outcome: &Outcome) -> Result<PersonEnd, StateError> {
        match self.worker.imports.end_person(&self.import.portal, &self.import.id, &person.employee_id, outcome).await {
            // Another attempt ended them first.
            Ok(()) | Err(StateError::Conflict) => Ok(PersonEnd::Ended),
            Err(error) => Err(error),
        }
    }
}

/// The error that decides over several steps: one that must be tried again before one that failed for good.
fn worst(steps: Vec<Result<(), StepError>>) -> Option<StepError> {
    let errors = steps.into_iter().filter_map(Result::err);
    errors.max_by_key(|error| match error {
        StepError::Fail(_) => (0, Duration::ZERO),
        StepError::Retry(Retry::After(after)) => (1, *after),
        StepError::Retry(Retry::Unavailable) => (2, Duration::ZERO),
        StepError::State(_) => (3, Duration::ZERO),
    })
}
