//! What a failed call means for its person: try again, or give up with a reason.

use domain::import::FailureReason;
use go1::{CallError, ChangeError, CreateAccountError, Doubt, EnrollError, Go1Error, RetryAfter};
use jiff::{SignedDuration, Timestamp};

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Try again; where GO1 named a time, not before it has passed.
    Retry {
        after: Option<SignedDuration>,
    },
    /// GO1 refused it for its rate and did nothing. The same again, once this has passed.
    Limited(SignedDuration),
    /// Nobody's fault but ours, or an operator's: no other try helps before it is mended.
    OwnFault,
    Fail(FailureReason),
}

/// An error of a GO1 call that has a verdict. Some errors are handled first (`MaybeExists` by a look-up, `Unauthorized`
/// by one new token); their verdict holds where that did not help.
pub(crate) trait Judged: CallError {
    fn verdict(&self, now: Timestamp) -> Verdict;
}

/// How long to wait after a rate limit where GO1 sends no `Retry-After`.
const DEFAULT_LIMIT_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// A rate limit is not a failure: the call waits, also where GO1 does not say how long.
fn limited(retry_after: Option<RetryAfter>, now: Timestamp) -> Verdict {
    Verdict::Limited(retry_after.map_or(DEFAULT_LIMIT_WAIT, |wait| wait.wait(now)))
}

fn doubt(doubt: &Doubt, now: Timestamp) -> Verdict {
    Verdict::Retry { after: doubt.retry_after(now) }
}

impl Judged for CreateAccountError {
    fn verdict(&self, now: Timestamp) -> Verdict {
        match self {
            Self::OutcomeUnknown(reason) => doubt(reason, now),
            Self::RateLimited { retry_after } => limited(*retry_after, now),
            Self::Unavailable => Verdict::Retry { after: None },
            Self::PortalFull => Verdict::Fail(FailureReason::PortalFull),
            Self::Unauthorized => Verdict::Fail(FailureReason::AccessLost),
            Self::MissingScope => Verdict::OwnFault,
            Self::MaybeExists(_) | Self::Invalid(_) | Self::Refused(_) => Verdict::Fail(FailureReason::AccountRefused),
        }
    }
}

impl Judged for EnrollError {
    fn verdict(&self, now: Timestamp) -> Verdict {
        match self {
            Self::OutcomeUnknown(reason) => doubt(reason, now),
            Self::RateLimited { retry_after } => limited(*retry_after, now),
            Self::Unavailable => Verdict::Retry { after: None },
            Self::Unauthorized => Verdict::Fail(FailureReason::AccessLost),
            Self::MissingScope => Verdict::OwnFault,
            Self::Refused(_) => Verdict::Fail(FailureReason::EnrollmentRefused),
        }
    }
}

impl Judged for ChangeError {
    fn verdict(&self, now: Timestamp) -> Verdict {
        match self {
            Self::OutcomeUnknown(reason) => doubt(reason, now),
            Self::RateLimited { retry_after } => limited(*retry_after, now),
            Self::Unavailable => Verdict::Retry { after: None },
            Self::Unauthorized => Verdict::Fail(FailureReason::AccessLost),
            Self::MissingScope => Verdict::OwnFault,
            Self::Refused(_) => Verdict::Fail(FailureReason::ChangeRefused),
        }
    }
}

/// The worker reads only to look accounts up, so a refused read means that the account is refused.
impl Judged for Go1Error {
    fn verdict(&self, now: Timestamp) -> Verdict {
        match self {
            Self::RateLimited { retry_after, .. } => limited(*retry_after, now),
            Self::Unavailable { retry_after, .. } => Verdict::Retry { after: retry_after.map(|wait| wait.wait(now)) },
            // An unreadable answer is often a passing error page. The batch counts the failures, so this has an end.
            Self::Transport { .. } | Self::Unreadable { .. } | Self::Loop { .. } => Verdict::Retry { after: None },
            Self::TooManyRows { .. } => Verdict::Fail(FailureReason::Internal),
            Self::Unauthorized { .. } => Verdict::Fail(FailureReason::AccessLost),
            Self::MissingScope { .. } => Verdict::OwnFault,
            Self::NotFound { .. } | Self::Refused { .. } => Verdict::Fail(FailureReason::AccountRefused),
        }
    }
}
