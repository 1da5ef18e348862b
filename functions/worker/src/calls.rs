//! How GO1 is called for a portal: at the portal's pace, with a token that is replaced once GO1 refuses it, and what
//! each answer means for the person.

use std::fmt::Display;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::fault::Causes;
use domain::ids::PortalId;
use domain::import::FailureReason;
use go1::CallError;
use go1_access::{Go1AccessError, PortalCalls};
use secrecy::SecretString;
use state::StateError;
use tokio::sync::Mutex;
use tokio::time::Instant;
use vault::VaultError;

use crate::pace::{NoTurn, Pace};
use crate::verdict::{Judged, Verdict};
use crate::worker::Worker;

/// How often a call is made again in the same attempt that GO1 refused for its rate, once a short wait is over. Sending its
/// person back to the queue would cost the whole import a wait of its own, and an invocation.
const LIMITED_REPEATS: u32 = 3;

/// Why a person must be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// The invocation has no time left.
    OutOfTime,
    /// GO1 asked for this wait. It does not count as a failure.
    After(Duration),
    /// GO1 kept failing for other people, so it was not called for this one.
    Skipped,
    /// GO1 was called and failed.
    Unavailable,
    /// GO1 did not answer and may still be doing what it was asked. It is not asked again until that must have ended.
    Unanswered,
    /// GO1 may still be doing what an earlier attempt or import asked for, for at most this long.
    EarlierRequest(Duration),
    /// The token cannot be used, through no fault of GO1's: another worker is renewing it, our keys do not open it, or
    /// GO1 has not granted this product what the call needs.
    OwnFault,
    /// GO1 refused every course to the first person, and it is not known to assign any in this portal.
    NoCourses,
    /// The portal's owner must log in with GO1, because GO1 no longer accepts the tokens of this generation. `renewed`: it
    /// made them a moment ago, and a later attempt shows whether a login is really needed.
    Login { generation: u64, renewed: bool },
}

impl Retry {
    /// Of several, the one with the greatest weight decides.
    pub(crate) fn weight(&self) -> (u8, Duration) {
        match self {
            Self::OutOfTime => (0, Duration::ZERO),
            Self::EarlierRequest(rest) => (1, *rest),
            Self::Skipped => (2, Duration::ZERO),
            Self::Unavailable => (3, Duration::ZERO),
            Self::Unanswered => (4, Duration::ZERO),
            Self::NoCourses => (5, Duration::ZERO),
            Self::OwnFault => (6, Duration::ZERO),
            Self::Login { .. } => (7, Duration::ZERO),
            // Whatever else is missing, nothing is called before it is over.
            Self::After(wait) => (8, *wait),
        }
    }

    /// The shortest time that the batch must wait, whatever else is decided. `unanswered`: after a call without an
    /// answer.
    pub(crate) fn minimum_wait(self, unanswered: Duration) -> Duration {
        match self {
            Self::Unanswered => unanswered,
            Self::EarlierRequest(rest) => rest,
            _ => Duration::ZERO,
        }
    }

    /// Whether GO1 was called and its answer decided nothing.
    pub(crate) fn is_failure(self) -> bool {
        matches!(self, Self::Unavailable | Self::Unanswered)
    }
}

/// Why a step did not succeed.
pub(crate) enum StepError {
    /// It may succeed later.
    Retry(Retry),
    /// It will never succeed.
    Fail(FailureReason),
    State(StateError),
}

impl From<StateError> for StepError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// Whether a call creates or changes something. An answer to a write shows that GO1 works.
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
    asked: AtomicBool,
    /// Held by the person who is being ended without success.
    pub(crate) ending: Mutex<()>,
}

/// Why one call of a step did not succeed.
enum CallFailed<E> {
    /// The call was not made, because the pace gave it no turn.
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
    /// Gets a token of the portal, or says why there is none.
    pub(crate) async fn open(
        worker: &'run Worker,
        pace: &'run Pace,
        stop_at: Instant,
        portal: &PortalId,
    ) -> Result<Result<Self, Retry>, StateError> {
        match worker.go1.open(portal).await {
            Ok(portal) => {
                let (asked, ending) = (AtomicBool::new(false), Mutex::default());
                Ok(Ok(Self { worker, pace, stop_at, portal, asked, ending }))
            }
            Err(error) => no_token(pace, error).map(Err),
        }
    }

    /// Whether GO1 was asked to create or change something, whatever it answered.
    pub(crate) fn has_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Makes one call when its turn comes, if there is time for it. A token that GO1 refuses is replaced once; if GO1
    /// refuses the new one too, the owner has to log in. A call that GO1 refuses for its rate is made again after a short
    /// wait.
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
        let ask = || self.portal.call(|token| self.call_once(kind, call(token)));
        let mut answer = ask().await;
        for _ in 0..LIMITED_REPEATS {
            if !matches!(&answer, Err(Go1AccessError::Go1(CallFailed::Go1(error))) if self.is_to_be_made_again(error)) {
                break;
            }
            answer = ask().await;
        }
        match answer {
            Ok(answer) => Ok(Ok(answer)),
            Err(Go1AccessError::Go1(CallFailed::Go1(error))) => Ok(Err(error)),
            Err(Go1AccessError::Go1(CallFailed::NoTurn(error))) => Err(error),
            Err(Go1AccessError::LoginNeeded { generation, renewed }) => {
                Err(StepError::Retry(Retry::Login { generation, renewed }))
            }
            Err(Go1AccessError::NoToken(error)) => Err(StepError::Retry(no_token(self.pace, error)?)),
        }
    }

    /// Whether GO1 refused the call for its rate, and the wait for the next one is short enough to be spent here.
    fn is_to_be_made_again(&self, error: &impl Judged) -> bool {
        let is_limited = matches!(error.verdict(self.worker.clock.now()), Verdict::Limited(wait) if wait.is_positive());
        is_limited && self.pace.check().is_ok()
    }

    async fn call_once<T, E: Judged>(
        &self,
        kind: Kind,
        call: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, CallFailed<E>> {
        let turn = self.pace.turn(self.stop_at).await;
        let _turn = turn.map_err(|closed| {
            CallFailed::NoTurn(StepError::Retry(match closed {
                NoTurn::RetryAfter(wait) => Retry::After(wait),
                NoTurn::TimeUp => Retry::OutOfTime,
                NoTurn::CircuitOpen => Retry::Skipped,
            }))
        })?;
        if kind == Kind::Write {
            self.asked.store(true, Ordering::Relaxed);
        }
        let answer = call.await;
        if answer.as_ref().is_err_and(CallError::is_unauthorized) {
            // A refused token does not show whether GO1 works, so it counts neither as an answer nor as a failure.
            return answer.map_err(CallFailed::Go1);
        }
        match answer.as_ref().err().map(|error| error.verdict(self.worker.clock.now())) {
            // It shows as little whether GO1 works as a refused token does.
            Some(Verdict::OwnFault) => {}
            None | Some(Verdict::Fail(_)) => self.pace.answered(kind == Kind::Write),
            // GO1's limits are for the whole portal, so every person waits.
            Some(Verdict::Retry { after: Some(wait) } | Verdict::Limited(wait)) => {
                self.pace.note_retry_after(Duration::try_from(wait).unwrap_or_default(), kind == Kind::Write);
            }
            Some(Verdict::Retry { after: None }) => self.pace.failed(),
        }
        answer.map_err(CallFailed::Go1)
    }

    /// What a failure at GO1 means for the person.
    pub(crate) fn step_error(&self, error: &(impl Judged + Display)) -> StepError {
        tell(error);
        match error.verdict(self.worker.clock.now()) {
            // A wait of zero counts as a failure; otherwise it could be repeated without end.
            Verdict::Retry { after: Some(after) } | Verdict::Limited(after) if after.is_positive() => {
                StepError::Retry(Retry::After(Duration::try_from(after).unwrap_or_default()))
            }
            Verdict::Retry { .. } | Verdict::Limited(_) => StepError::Retry(Retry::Unavailable),
            Verdict::OwnFault => StepError::Retry(Retry::OwnFault),
            Verdict::Fail(reason) => StepError::Fail(reason),
        }
    }
}

/// Tells of a failure at GO1, in words that hold nothing of anybody's.
pub(crate) fn tell(error: &impl Display) {
    tracing::warn!(%error, "a call to GO1 failed");
}

/// What a missing token means for the people of the batch. A wait that GO1 asked for is everybody's of the portal.
fn no_token(pace: &Pace, error: VaultError) -> Result<Retry, StateError> {
    match error {
        VaultError::NeedsReconnect { generation } => Ok(Retry::Login { generation, renewed: false }),
        VaultError::State(error) => Err(error),
        VaultError::UpstreamUnavailable => Ok(Retry::Unavailable),
        VaultError::RetryAfter(wait) => {
            let wait = Duration::try_from(wait).unwrap_or_default();
            pace.wait_for(wait);
            Ok(Retry::After(wait))
        }
        VaultError::OutOfTime => Ok(Retry::OutOfTime),
        // Not GO1's fault: another worker renews the token, or our keys are wrong.
        error @ (VaultError::Busy | VaultError::OurFault | VaultError::Seal(_)) => {
            tracing::error!(error = %Causes(&error), "a portal's token cannot be used");
            Ok(Retry::OwnFault)
        }
    }
}
