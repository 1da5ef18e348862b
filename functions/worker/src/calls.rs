//! How a portal is called: in its turn, with a token that is replaced once GO1 no longer takes it, and what an answer
//! means.

use std::fmt::Display;
use std::time::Duration;

use domain::fault::Causes;
use domain::ids::PortalId;
use domain::import::FailureReason;
use go1::CallError;
use go1_access::{Go1AccessError, PortalCalls};
use secrecy::SecretString;
use state::StateError;
use tokio::time::Instant;
use vault::VaultError;

use crate::pace::{Closed, Pace};
use crate::verdict::{Judged, Verdict};
use crate::waits::UNANSWERED_WAIT;
use crate::worker::Worker;

/// Why somebody must be taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Our time is up.
    OutOfTime,
    /// GO1 asked for this wait. Waiting costs no attempt.
    After(Duration),
    /// GO1 kept failing for others, so nothing was asked.
    Skipped,
    /// GO1 was asked and failed.
    Unavailable,
    /// GO1 did not answer and may still be making an account: nothing is asked before it must have ended that.
    Unanswered,
    /// An earlier import ended while GO1 may have been making the account, and it may for so long still.
    EarlierRequest(Duration),
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
            Self::OutOfTime => (0, Duration::ZERO),
            Self::EarlierRequest(rest) => (1, *rest),
            Self::Skipped => (2, Duration::ZERO),
            Self::Unavailable => (3, Duration::ZERO),
            Self::Unanswered => (4, Duration::ZERO),
            Self::After(wait) => (5, *wait),
            Self::Ours => (6, Duration::ZERO),
            Self::Login { .. } => (7, Duration::ZERO),
        }
    }

    /// How long the batch waits at least, whatever else is decided.
    pub(crate) fn at_least(self) -> Duration {
        match self {
            Self::Unanswered => UNANSWERED_WAIT,
            Self::EarlierRequest(rest) => rest,
            _ => Duration::ZERO,
        }
    }

    /// Whether GO1 was asked, and gave no answer that decides.
    pub(crate) fn is_failure(self) -> bool {
        matches!(self, Self::Unavailable | Self::Unanswered)
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
    portal: PortalCalls<'run>,
}

/// Why one call of a step did not succeed.
enum CallFailed<E> {
    /// It was not made: there is no turn for it.
    NoTurn(StepError),
    /// GO1 answered with an error, or not at all.
    Go1(E),
}

impl<E: CallError> CallError for CallFailed<E> {
    fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Go1(error) if error.is_unauthorized())
    }
}

impl<'run> Calls<'run> {
    /// With a token of the portal, if there is one.
    pub(crate) async fn open(
        worker: &'run Worker,
        pace: &'run Pace,
        stop_at: Instant,
        portal: &PortalId,
    ) -> Result<Result<Self, Retry>, StateError> {
        match worker.go1.open(portal).await {
            Ok(portal) => Ok(Ok(Self { worker, pace, stop_at, portal })),
            Err(error) => no_token(error).map(Err),
        }
    }

    /// One call, in its turn, if there is time for it. A token that GO1 no longer takes is replaced once; where it does
    /// not take the new one either, only a login helps.
    pub(crate) async fn call<T, E, Answer>(
        &self,
        kind: Kind,
        call: impl Fn(SecretString) -> Answer + Send + Sync,
    ) -> Result<Result<T, E>, StepError>
    where
        T: Send,
        E: Judged + Send,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        match self.portal.call(|token| self.call_once(kind, call(token))).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(Go1AccessError::Go1(CallFailed::Go1(error))) => Ok(Err(error)),
            Err(Go1AccessError::Go1(CallFailed::NoTurn(error))) => Err(error),
            Err(Go1AccessError::LoginNeeded { generation }) => Err(StepError::Retry(Retry::Login { generation })),
            Err(Go1AccessError::NoToken(error)) => Err(StepError::Retry(no_token(error)?)),
        }
    }

    async fn call_once<T, E: Judged>(
        &self,
        kind: Kind,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, CallFailed<E>> {
        let turn = self.pace.turn(self.stop_at).await;
        let _turn = turn.map_err(|closed| {
            CallFailed::NoTurn(StepError::Retry(match closed {
                Closed::Asked(wait) => Retry::After(wait),
                Closed::TimeUp => Retry::OutOfTime,
                Closed::Failing => Retry::Skipped,
            }))
        })?;
        let answer = call.await;
        if answer.as_ref().is_err_and(CallError::is_unauthorized) {
            // A refused token says nothing of what GO1 does with one that it takes.
            return answer.map_err(CallFailed::Go1);
        }
        match answer.as_ref().err().map(|error| error.verdict(self.worker.clock.now())) {
            None | Some(Verdict::Fail(_)) => self.pace.answered(kind == Kind::Write),
            // GO1 asks the portal to wait, not the person.
            Some(Verdict::Retry { after: Some(wait) }) => {
                self.pace.close_for(Duration::try_from(wait).unwrap_or_default());
            }
            Some(Verdict::Retry { after: None }) => self.pace.failed(),
        }
        answer.map_err(CallFailed::Go1)
    }

    /// What a failure at GO1 means for the person.
    pub(crate) fn step_error(&self, error: &(impl Judged + Display)) -> StepError {
        tracing::warn!(%error, "a call to GO1 failed");
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

/// What it means that there is no token.
fn no_token(error: VaultError) -> Result<Retry, StateError> {
    match error {
        VaultError::NeedsReconnect { generation } => Ok(Retry::Login { generation }),
        VaultError::State(error) => Err(error),
        VaultError::UpstreamUnavailable => Ok(Retry::Unavailable),
        // Not GO1's fault: another worker renews the token, or our keys are wrong.
        error @ (VaultError::Busy | VaultError::Seal(_)) => {
            tracing::error!(error = %Causes(&error), "a portal's token cannot be used");
            Ok(Retry::Ours)
        }
    }
}
