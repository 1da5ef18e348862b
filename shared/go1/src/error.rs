//! What GO1 can answer instead of what was asked for. Bodies are read for their codes and then dropped.

mod code;
mod fields;
mod operations;

use bytes::Bytes;
use http::{Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use transport::{RetryAfter, TransportError};

pub use code::ErrorCode;
use code::Problem;
pub use fields::RefusedField;
pub(crate) use operations::Common;
pub use operations::{CallError, ChangeError, CreateAccountError, CreatePortalError, EnrollError, RefreshError};

/// Why a call to GO1 that changes nothing came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Go1Error {
    /// 401, or 403 for a token that is missing or wrong.
    #[error("GO1 did not accept the token at {call}")]
    Unauthorized {
        /// The name of the call, for the log.
        call: &'static str,
    },
    /// 401 in the words of a missing scope: the token is good, and GO1 has not granted this product what the call needs.
    /// Neither another token nor a login helps.
    #[error("GO1 has not granted us the scope for {call}")]
    MissingScope {
        /// The name of the call, for the log.
        call: &'static str,
    },
    /// 404: GO1 has no resource of that id.
    #[error("GO1 knows no such thing at {call}")]
    NotFound {
        /// The name of the call, for the log.
        call: &'static str,
    },
    /// 429, and waiting would take long.
    #[error("GO1 limited {call}")]
    RateLimited {
        /// The `Retry-After` header, where GO1 sent one.
        retry_after: Option<RetryAfter>,
        /// The name of the call, for the log.
        call: &'static str,
    },
    /// 5xx, also after trying again.
    #[error("GO1 failed at {call} with {status}")]
    Unavailable {
        /// The HTTP status, 500 or above.
        status: StatusCode,
        /// The `Retry-After` header, where GO1 sent one.
        retry_after: Option<RetryAfter>,
        /// The name of the call, for the log.
        call: &'static str,
    },
    /// Any other answer that is no success.
    #[error("GO1 refused {call}: {refusal}")]
    Refused {
        /// The HTTP status and GO1's code.
        refusal: Refusal,
        /// The name of the call, for the log.
        call: &'static str,
    },
    /// There was no answer.
    #[error("GO1 did not answer {call}: {error}")]
    Transport {
        /// Why there is no answer.
        error: TransportError,
        /// The name of the call, for the log.
        call: &'static str,
    },
    /// A success that says something else than it should, or a refusal whose words are not GO1's.
    #[error("GO1's answer to {call} cannot be read ({what})")]
    Unreadable {
        /// What is wrong, in words that hold nothing of the answer.
        what: String,
        /// The name of the call, for the log.
        call: &'static str,
    },
    /// A page brought nothing but what the pages before had, or the pages do not come to the total that they name.
    #[error("GO1's pages do not add up at {call}")]
    Loop {
        /// The name of the call, for the log.
        call: &'static str,
    },
    /// More rows than GO1 lists, so that what was not seen may still be there.
    #[error("GO1 has more rows than it lists at {call}")]
    TooManyRows {
        /// How many, where GO1 says.
        total: Option<usize>,
        /// The name of the call, for the log.
        call: &'static str,
    },
}

impl Go1Error {
    /// How long GO1 asks to be left alone, where it says so.
    pub fn retry_after(&self, now: Timestamp) -> Option<SignedDuration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => {
                retry_after.map(|wait| wait.wait(now))
            }
            _ => None,
        }
    }
}

/// A refusal: what GO1 does not do, however often it is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status}{}{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default(), named(fields))]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// GO1's code for it.
    pub code: Option<ErrorCode>,
    /// The fields that GO1 names.
    pub fields: Vec<RefusedField>,
}

/// What is said of the fields of a refusal.
fn named(fields: &[RefusedField]) -> String {
    let names: Vec<_> = fields.iter().map(ToString::to_string).collect();
    if names.is_empty() { String::new() } else { format!("; it names {}", names.join(", ")) }
}

/// Why we do not know whether GO1 did what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// The request was sent, and no answer came.
    #[error("{0}")]
    NoAnswer(TransportError),
    /// GO1 failed, before or after it did it; or it was not GO1 that answered.
    #[error("GO1 failed with {status}")]
    Failed {
        /// The HTTP status.
        status: StatusCode,
        /// The `Retry-After` header, where GO1 sent one.
        retry_after: Option<RetryAfter>,
    },
    /// GO1 said that it did it, and not what it made.
    #[error("the answer cannot be read")]
    Unreadable,
}

impl Refusal {
    /// Whether GO1 says that what it was to make is there.
    pub fn is_conflict(&self) -> bool {
        self.status == StatusCode::CONFLICT
    }
}

impl Doubt {
    /// How long GO1 asks us to wait.
    pub fn retry_after(&self, now: Timestamp) -> Option<SignedDuration> {
        match self {
            Self::Failed { retry_after, .. } => retry_after.map(|wait| wait.wait(now)),
            Self::NoAnswer(_) | Self::Unreadable => None,
        }
    }
}

impl Go1Error {
    /// Whether another login of a portal's administrator is the remedy: the token is not taken, or it is of somebody
    /// who may not read this any more.
    pub fn asks_for_login(&self) -> bool {
        match self {
            Self::Unauthorized { .. } => true,
            Self::Refused { refusal, .. } => refusal.status == StatusCode::FORBIDDEN,
            _ => false,
        }
    }

    pub(crate) fn unreadable(call: &'static str, error: &serde_json::Error) -> Self {
        // The error's own words can quote the answer, so only its place is told.
        let what = format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column());
        Self::Unreadable { what, call }
    }
}

/// An answer that is no success, or none, before an operation gives it its meaning.
#[derive(Debug)]
pub(crate) enum Failure {
    NoAnswer(TransportError),
    Unauthorized(Refusal),
    /// The scope of the call is not among the token's.
    MissingScope,
    RateLimited(Option<RetryAfter>),
    Server {
        status: StatusCode,
        retry_after: Option<RetryAfter>,
    },
    Refused {
        refusal: Refusal,
        reference: Option<String>,
        names_fields: bool,
    },
    /// A refusal that says nothing we can read: what it refuses, the token or the rest, is not known.
    Unreadable {
        status: StatusCode,
    },
}

impl From<TransportError> for Failure {
    fn from(error: TransportError) -> Self {
        Self::NoAnswer(error)
    }
}

impl Failure {
    pub(crate) fn of(answer: &Response<Bytes>) -> Self {
        let retry_after = RetryAfter::read(answer.headers());
        let problem = Problem::read(answer.body());
        let token_rejected = problem.as_ref().is_some_and(Problem::token_rejected);
        let scope_missing = problem.as_ref().is_some_and(Problem::scope_missing);
        match (answer.status(), problem) {
            (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN, _) if scope_missing => Self::MissingScope,
            (status, problem)
                if status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN && token_rejected =>
            {
                let code = problem.and_then(|problem| problem.code);
                Self::Unauthorized(Refusal { status, code, fields: Vec::new() })
            }
            (StatusCode::TOO_MANY_REQUESTS, _) => Self::RateLimited(retry_after),
            (status, _) if status.is_server_error() => Self::Server { status, retry_after },
            (status, None) => Self::Unreadable { status },
            (status, Some(problem)) => {
                let (names_fields, fields) = (problem.names_fields(), RefusedField::all_of(&problem));
                let Problem { code, reference, .. } = problem;
                Self::Refused { refusal: Refusal { status, code, fields }, reference, names_fields }
            }
        }
    }

    /// Whether GO1 refuses this product itself: its client, or what it was granted.
    pub(crate) fn is_about_us(&self) -> bool {
        let refused = match self {
            Self::MissingScope => return true,
            Self::Unauthorized(refusal) | Self::Refused { refusal, .. } => refusal,
            _ => return false,
        };
        refused.code.as_ref().is_some_and(ErrorCode::is_about_client)
    }

    pub(crate) fn read(self, call: &'static str) -> Go1Error {
        match self {
            Self::NoAnswer(error) => Go1Error::Transport { error, call },
            Self::Unauthorized(_) => Go1Error::Unauthorized { call },
            Self::MissingScope => Go1Error::MissingScope { call },
            Self::RateLimited(retry_after) => Go1Error::RateLimited { retry_after, call },
            Self::Server { status, retry_after } => Go1Error::Unavailable { status, retry_after, call },
            Self::Refused { refusal, .. } if refusal.status == StatusCode::NOT_FOUND => Go1Error::NotFound { call },
            Self::Refused { refusal, .. } => Go1Error::Refused { refusal, call },
            Self::Unreadable { status } => Go1Error::Unreadable { what: format!("a refusal with {status}"), call },
        }
    }
}
