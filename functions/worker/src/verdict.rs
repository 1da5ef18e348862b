//! What a failure means for the person it happened to: try again, or give up and say why.

use domain::import::FailureReason;
use go1::{CallError, ChangeError, CreateAccountError, Doubt, EnrollError, Go1Error, RetryAfter};
use jiff::{SignedDuration, Timestamp};

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Try again; where GO1 named a time, not before it has passed.
    Retry {
        /// How long from now.
        after: Option<SignedDuration>,
    },
    /// No use trying again.
    Fail(FailureReason),
}

/// A failure that can tell what it means. Where a rule asks for something first (a look-up after `MaybeExists`, one
/// refresh of the token after `Unauthorized`), the verdict is that after it was done in vain.
pub(crate) trait Judged: CallError {
    /// What to do about it.
    fn verdict(&self, now: Timestamp) -> Verdict;
}

/// How long a limit is waited out where GO1 does not say.
const UNSAID_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// A limit that was hit is no failure of the call: it is waited for, whether GO1 says how long or not.
fn limited(retry_after: Option<RetryAfter>, now: Timestamp) -> Verdict {
    Verdict::Retry { after: Some(retry_after.map_or(UNSAID_WAIT, |wait| wait.wait(now))) }
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
            Self::MaybeExists(_) | Self::Refused(_) => Verdict::Fail(FailureReason::AccountRefused),
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
            Self::Refused(_) => Verdict::Fail(FailureReason::ChangeRefused),
        }
    }
}

/// The worker reads only to look accounts up, so a read that is refused is an account refused.
impl Judged for Go1Error {
    fn verdict(&self, now: Timestamp) -> Verdict {
        match self {
            Self::RateLimited { retry_after, .. } => limited(*retry_after, now),
            Self::Unavailable { retry_after, .. } => Verdict::Retry { after: retry_after.map(|wait| wait.wait(now)) },
            // What cannot be read today is often an error page in passing; attempts are counted elsewhere.
            Self::Transport { .. } | Self::Unreadable { .. } | Self::Loop { .. } => Verdict::Retry { after: None },
            Self::TooManyRows { .. } => Verdict::Fail(FailureReason::Internal),
            Self::Unauthorized { .. } => Verdict::Fail(FailureReason::AccessLost),
            Self::NotFound { .. } | Self::Refused { .. } => Verdict::Fail(FailureReason::AccountRefused),
        }
    }
}
