//! How a portal is called: in its turn, with a token that is replaced once GO1 no longer takes it, and what an answer
//! means.

use std::fmt::Display;
use std::time::Duration;

use application::refresh::Go1Refresh;
use domain::import::FailureReason;
use go1::{Classify, Verdict};
use platform::telemetry::Causes;
use secrecy::SecretString;
use state::{GrantOwner, StateError};
use tokio::sync::RwLock;
use tokio::time::Instant;
use vault::{AccessToken, VaultError};

use crate::batch::LATE_WAIT;
use crate::handler::Worker;
use crate::pace::{Closed, Pace};

/// Why somebody must be taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// GO1 asked for this wait, or, where it is zero, our time is up. Waiting costs no attempt.
    After(Duration),
    /// GO1 kept failing for others, so nothing was asked.
    Skipped,
    /// GO1 was asked and failed.
    Unavailable,
    /// GO1 did not answer and may still be making an account: nothing is asked before it must have ended that.
    Late,
    /// An earlier import ended while GO1 may have been making the account, and it may for so long still.
    Settling(Duration),
    /// The token cannot be used, and that is not GO1's fault: somebody else renews it, or our own keys do not open it.
    Ours,
    /// GO1 wants a login of the owner: it no longer takes the tokens of this generation.
    Login {
        /// Which.
        generation: u64,
    },
}

impl Retry {
    /// Which of several decides: the heaviest.
    pub(crate) fn weight(&self) -> (u8, Duration) {
        match self {
            Self::After(Duration::ZERO) => (0, Duration::ZERO),
            Self::Settling(rest) => (1, *rest),
            Self::Skipped => (2, Duration::ZERO),
            Self::Unavailable => (3, Duration::ZERO),
            Self::Late => (4, Duration::ZERO),
            Self::After(wait) => (5, *wait),
            Self::Ours => (6, Duration::ZERO),
            Self::Login { .. } => (7, Duration::ZERO),
        }
    }

    /// How long the batch waits at least, whatever else is decided.
    pub(crate) fn at_least(self) -> Duration {
        match self {
            Self::Late => LATE_WAIT,
            Self::Settling(rest) => rest,
            _ => Duration::ZERO,
        }
    }

    /// Whether GO1 was asked, and gave no answer that decides.
    pub(crate) fn is_failure(self) -> bool {
        matches!(self, Self::Unavailable | Self::Late)
    }
}

/// Why a step did not succeed.
pub(crate) enum StepError {
    /// It may later.
    Retry(Retry),
    /// It will not.
    Fail(FailureReason),
    /// The table failed.
    State(StateError),
}

impl From<StateError> for StepError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// Whether a call makes something. An answer to such a call shows that GO1 works.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Read,
    Write,
}

/// The calls of one attempt at one batch.
pub(crate) struct Calls<'run> {
    pub(crate) worker: &'run Worker,
    pub(crate) pace: &'run Pace,
    stop_at: Instant,
    owner: GrantOwner,
    token: RwLock<AccessToken>,
}

impl<'run> Calls<'run> {
    /// With a token of the portal, if there is one.
    pub(crate) async fn open(
        worker: &'run Worker,
        pace: &'run Pace,
        stop_at: Instant,
        owner: GrantOwner,
    ) -> Result<Result<Self, Retry>, StateError> {
        // Read first: tokens that arrive while the old ones are refused count as newer.
        let generation = worker.vault.generation(&owner).await?;
        match worker.vault.access_token(&owner, &Go1Refresh(&worker.go1)).await {
            Ok(token) => Ok(Ok(Self { worker, pace, stop_at, owner, token: RwLock::new(token) })),
            Err(error) => no_token(error, generation).map(Err),
        }
    }

    /// One call, in its turn, if there is time for it. A token that GO1 no longer takes is replaced once; where it does
    /// not take the new one either, only a login helps.
    pub(crate) async fn call<T, E: Classify>(
        &self,
        kind: Kind,
        call: impl AsyncFn(&SecretString) -> Result<T, E>,
    ) -> Result<Result<T, E>, StepError> {
        let token = self.token.read().await.clone();
        let answer = self.call_once(kind, &token, &call).await?;
        match answer {
            Err(error) if error.is_unauthorized() => {
                let token = self.newer_token(&token).await?;
                match self.call_once(kind, &token, &call).await? {
                    Err(error) if error.is_unauthorized() => {
                        Err(StepError::Retry(Retry::Login { generation: token.generation }))
                    }
                    answer => Ok(answer),
                }
            }
            answer => Ok(answer),
        }
    }

    async fn call_once<T, E: Classify>(
        &self,
        kind: Kind,
        token: &AccessToken,
        call: &impl AsyncFn(&SecretString) -> Result<T, E>,
    ) -> Result<Result<T, E>, StepError> {
        let turn = self.pace.turn(self.stop_at).await;
        let _turn = turn.map_err(|closed| match closed {
            Closed::Asked(wait) => StepError::Retry(Retry::After(wait)),
            Closed::TimeUp => StepError::Retry(Retry::After(Duration::ZERO)),
            Closed::Failing => StepError::Retry(Retry::Skipped),
        })?;
        let answer = call(&token.secret).await;
        if answer.as_ref().is_err_and(Classify::is_unauthorized) {
            // A refused token says nothing of what GO1 does with one that it takes.
            return Ok(answer);
        }
        match answer.as_ref().err().map(|error| error.verdict(self.worker.clock.now())) {
            None | Some(Verdict::Fail(_)) => self.pace.answered(kind == Kind::Write),
            // GO1 asks the portal to wait, not the person.
            Some(Verdict::Retry { after: Some(wait) }) => {
                self.pace.close_for(Duration::try_from(wait).unwrap_or_default());
            }
            Some(Verdict::Retry { after: None }) => self.pace.failed(),
        }
        Ok(answer)
    }

    async fn newer_token(&self, refused: &AccessToken) -> Result<AccessToken, StepError> {
        let mut token = self.token.write().await;
        if token.generation == refused.generation {
            let refresh = Go1Refresh(&self.worker.go1);
            let newer = self.worker.vault.replace_access_token(&self.owner, refused, &refresh).await;
            *token = match newer {
                Ok(token) => token,
                Err(error) => return Err(StepError::Retry(no_token(error, refused.generation)?)),
            };
        }
        Ok(token.clone())
    }

    /// What a failure at GO1 means for the person.
    pub(crate) fn step_error(&self, error: &(impl Classify + Display)) -> StepError {
        let GrantOwner::Portal(portal) = &self.owner else { return StepError::Fail(FailureReason::Internal) };
        tracing::warn!(%error, %portal, "a call to GO1 failed");
        match error.verdict(self.worker.clock.now()) {
            // A wait of nothing is no wait: such failures are counted, or they would have no end.
            Verdict::Retry { after: Some(after) } if after.is_positive() => {
                StepError::Retry(Retry::After(Duration::try_from(after).unwrap_or_default()))
            }
            Verdict::Retry { .. } => StepError::Retry(Retry::Unavailable),
            Verdict::Fail(reason) => StepError::Fail(reason),
        }
    }
}

/// What it means that there is no token. `generation`: of the tokens that did not do.
fn no_token(error: VaultError, generation: u64) -> Result<Retry, StateError> {
    match error {
        VaultError::NeedsReconnect => Ok(Retry::Login { generation }),
        VaultError::State(error) => Err(error),
        VaultError::UpstreamUnavailable => Ok(Retry::Unavailable),
        // Not GO1's fault: another worker renews the token, or our keys are wrong.
        error @ (VaultError::Busy | VaultError::Seal(_)) => {
            tracing::error!(error = %Causes(&error), "a portal's token cannot be used");
            Ok(Retry::Ours)
        }
    }
}
