//! One error for each operation that changes something, because each must treat the same answers otherwise.

use http::StatusCode;
use transport::RetryAfter;

use super::{Doubt, Failure, Go1Error, Refusal};

/// An error of any call.
pub trait CallError {
    /// Whether GO1 refused the token, so that one refresh may help.
    fn is_unauthorized(&self) -> bool;
}

macro_rules! call_errors {
    ($($error:ident => $unauthorized:pat),+ $(,)?) => {
        $(impl CallError for $error {
            fn is_unauthorized(&self) -> bool {
                matches!(self, $unauthorized)
            }
        })+
    };
}

call_errors! {
    Go1Error => Self::Unauthorized { .. },
    CreatePortalError => Self::Unauthorized,
    CreateAccountError => Self::Unauthorized,
    EnrollError => Self::Unauthorized,
    ChangeError => Self::Unauthorized,
}

/// Why a portal was not created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreatePortalError {
    /// The domain is taken, by us or by another customer.
    #[error("the domain is taken")]
    DomainTaken,
    /// GO1 does not like the domain.
    #[error("the domain is not valid")]
    DomainInvalid,
    /// The portal may exist: look it up before asking again.
    #[error("whether the portal was created is unknown: {0}")]
    OutcomeUnknown(Doubt),
    /// The token is not accepted.
    #[error("GO1 did not accept the token")]
    Unauthorized,
    /// GO1 has not granted this product the scope for it. Nothing was done, and no other token helps.
    #[error("GO1 has not granted us the scope")]
    MissingScope,
    /// Too many calls; nothing was done.
    #[error("GO1 limited the call")]
    RateLimited {
        /// The `Retry-After` header, where GO1 sent one.
        retry_after: Option<RetryAfter>,
    },
    /// GO1 will not do it.
    #[error("GO1 refused to create the portal: {0}")]
    Refused(Refusal),
    /// GO1 was not reached; nothing was done.
    #[error("GO1 was not reached")]
    Unavailable,
}

/// Why an account was not created.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreateAccountError {
    /// 400 or 422 that names what is wrong with the person, so it is no duplicate.
    #[error("GO1 does not take the person as they are: {0}")]
    Invalid(Refusal),
    /// 409, or 400 or 422 that names nothing: GO1 does not say how it tells a duplicate, so each of them may be one.
    /// Look it up, and look again later: a search may not show it yet.
    #[error("the account may exist already: {0}")]
    MaybeExists(Refusal),
    /// The portal has as many users as GO1 allows it.
    #[error("the portal is full")]
    PortalFull,
    /// The account may exist: look it up before asking again.
    #[error("whether the account was created is unknown: {0}")]
    OutcomeUnknown(Doubt),
    /// Too many calls; nothing was done.
    #[error("GO1 limited the call")]
    RateLimited {
        /// The `Retry-After` header, where GO1 sent one.
        retry_after: Option<RetryAfter>,
    },
    /// The token is not accepted.
    #[error("GO1 did not accept the token")]
    Unauthorized,
    /// GO1 has not granted this product the scope for it. Nothing was done, and no other token helps.
    #[error("GO1 has not granted us the scope")]
    MissingScope,
    /// GO1 will not do it.
    #[error("GO1 refused to create the account: {0}")]
    Refused(Refusal),
    /// GO1 was not reached; nothing was done.
    #[error("GO1 was not reached")]
    Unavailable,
}

/// Why a course was not assigned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnrollError {
    /// It may be assigned. Asking again is safe: GO1 answers that it is.
    #[error("whether the course was assigned is unknown: {0}")]
    OutcomeUnknown(Doubt),
    /// Too many calls; nothing was done.
    #[error("GO1 limited the call")]
    RateLimited {
        /// The `Retry-After` header, where GO1 sent one.
        retry_after: Option<RetryAfter>,
    },
    /// The token is not accepted.
    #[error("GO1 did not accept the token")]
    Unauthorized,
    /// GO1 has not granted this product the scope for it. Nothing was done, and no other token helps.
    #[error("GO1 has not granted us the scope")]
    MissingScope,
    /// GO1 will not do it: no licence, no such course, no such account.
    #[error("GO1 refused to assign the course: {0}")]
    Refused(Refusal),
    /// GO1 was not reached; nothing was done.
    #[error("GO1 was not reached")]
    Unavailable,
}

impl EnrollError {
    /// Whether GO1 may assign this course to nobody here: it has no licence, is not published, or is not there. GO1
    /// answers the same where the account is the trouble, so what it answers for other courses of the account decides.
    pub fn may_be_for_everybody(&self) -> bool {
        const SO: [StatusCode; 3] = [StatusCode::PAYMENT_REQUIRED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
        matches!(self, Self::Refused(refusal) if SO.contains(&refusal.status))
    }
}

/// Why something that is there was not changed: an enrollment not removed, an account not made inactive or active.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// It may be changed. Asking again is safe.
    #[error("whether it was changed is unknown: {0}")]
    OutcomeUnknown(Doubt),
    /// Too many calls; nothing was done.
    #[error("GO1 limited the call")]
    RateLimited {
        /// The `Retry-After` header, where GO1 sent one.
        retry_after: Option<RetryAfter>,
    },
    /// The token is not accepted.
    #[error("GO1 did not accept the token")]
    Unauthorized,
    /// GO1 has not granted this product the scope for it. Nothing was done, and no other token helps.
    #[error("GO1 has not granted us the scope")]
    MissingScope,
    /// GO1 will not do it.
    #[error("GO1 refused the change: {0}")]
    Refused(Refusal),
    /// GO1 was not reached; nothing was done.
    #[error("GO1 was not reached")]
    Unavailable,
}

impl From<Failure> for ChangeError {
    fn from(failure: Failure) -> Self {
        match Common::from(failure) {
            Common::OutcomeUnknown(doubt) => Self::OutcomeUnknown(doubt),
            Common::RateLimited(retry_after) => Self::RateLimited { retry_after },
            Common::Unauthorized => Self::Unauthorized,
            Common::MissingScope => Self::MissingScope,
            Common::Unavailable => Self::Unavailable,
            Common::Refused { refusal, .. } => Self::Refused(refusal),
        }
    }
}

/// Why there is no next pair of tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The refresh token was used before, is too old, or is none.
    #[error("GO1 refused the refresh token")]
    InvalidGrant,
    /// GO1 refuses this product, not the refresh token, which is still good.
    #[error("GO1 refuses this product as a client")]
    OurFault,
    /// GO1 may have used the token up, and its answer did not arrive.
    #[error("GO1's answer to a refresh was lost")]
    OutcomeUnknown,
    /// GO1 did not do it, as far as it says; the token can be tried again.
    #[error(transparent)]
    Upstream(Go1Error),
}

/// The answers that mean the same to every operation that changes something.
pub(crate) enum Common {
    OutcomeUnknown(Doubt),
    RateLimited(Option<RetryAfter>),
    Unauthorized,
    MissingScope,
    Unavailable,
    Refused { refusal: Refusal, reference: Option<String>, names_fields: bool },
}

impl From<Failure> for Common {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NoAnswer(error) if error.outcome_unknown() => Self::OutcomeUnknown(Doubt::NoAnswer(error)),
            Failure::NoAnswer(_) => Self::Unavailable,
            Failure::Unauthorized(_) => Self::Unauthorized,
            Failure::MissingScope => Self::MissingScope,
            Failure::RateLimited(retry_after) => Self::RateLimited(retry_after),
            // No status says whether the work was done before the failure.
            Failure::Server { status, retry_after } => Self::OutcomeUnknown(Doubt::Failed { status, retry_after }),
            Failure::Refused { refusal, reference, names_fields } => Self::Refused { refusal, reference, names_fields },
            Failure::Unreadable { status } => Self::OutcomeUnknown(Doubt::Failed { status, retry_after: None }),
        }
    }
}
