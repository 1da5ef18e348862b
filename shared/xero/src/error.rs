//! What Xero can answer instead of what was asked for. Bodies are read to tell cases apart and then dropped.

use std::fmt;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use transport::{RetryAfter, TransportError, answer, correlation_id};

/// Why a call to Xero came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XeroError {
    /// 401: the token was not accepted for this call.
    #[error("Xero refused {trace}: {why}")]
    Unauthorized {
        /// The kind of 401, told by Xero's `Detail`.
        why: Unauthorized,
        /// The call, and Xero's correlation id of the answer.
        trace: Trace,
    },
    /// 403 with Xero's words for it: the organisation was disconnected, or the user lost their role in it, or the trial
    /// ended.
    #[error("Xero forbade {trace}: the organisation is not connected any more")]
    Forbidden {
        /// The call, and Xero's correlation id of the answer.
        trace: Trace,
    },
    /// 403 in other words or none: a page of something in front of Xero, or nothing. Why is not said.
    #[error("Xero forbade {trace} without a reason")]
    ForbiddenWithoutReason {
        /// The call, and Xero's correlation id of the answer.
        trace: Trace,
    },
    /// The organisation has no payroll.
    #[error("Xero forbade {trace}: payroll is not set up")]
    PayrollNotSetUp {
        /// The call, and Xero's correlation id of the answer.
        trace: Trace,
    },
    /// 429, and waiting would take too long for a person.
    #[error("Xero limited {trace} ({limit:?})")]
    RateLimited {
        /// Which of Xero's limits.
        limit: RateLimit,
        /// The `Retry-After` header, where Xero sent one.
        retry_after: Option<RetryAfter>,
        /// The call, and Xero's correlation id of the answer.
        trace: Trace,
    },
    /// 5xx, also after trying again.
    #[error("Xero failed at {trace} with {status}")]
    Unavailable {
        /// The HTTP status.
        status: StatusCode,
        /// The `Retry-After` header, where Xero sent one.
        retry_after: Option<RetryAfter>,
        /// The call, and Xero's correlation id of the answer.
        trace: Trace,
    },
    /// Any other answer that is no success.
    #[error("Xero answered {status} to {trace}{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Refused {
        /// The HTTP status.
        status: StatusCode,
        /// The token endpoint's `error` (`invalid_client`), where there is one.
        code: Option<String>,
        /// The call, and Xero's correlation id of the answer.
        trace: Trace,
    },
    /// There was no answer.
    #[error("Xero did not answer {call}: {error}")]
    Transport {
        /// Why there is no answer.
        error: TransportError,
        /// The name of the call, for the log.
        call: &'static str,
    },
    /// A success that says something else than it should.
    #[error("Xero's answer to {trace} cannot be read ({what})")]
    Unreadable {
        /// What is wrong, in words that hold nothing of the answer.
        what: String,
        /// The call, and Xero's correlation id of the answer.
        trace: Trace,
    },
    /// A full page brought nobody but those of the pages before.
    #[error("Xero repeats itself at {trace}")]
    Loop {
        /// The call, and Xero's correlation id of the answer.
        trace: Trace,
    },
}

/// The kinds of 401, told apart by Xero's `Detail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthorized {
    /// The access token is over; a refresh helps.
    #[error("the token has expired")]
    TokenExpired,
    /// The consent does not cover it; only another consent helps.
    #[error("the scope is missing")]
    ScopeMissing,
    /// Only at payroll: the user is no payroll administrator, or payroll is not for this organisation.
    #[error("the user does not administer payroll")]
    NotPayrollAdministrator,
    /// Anything else that Xero gives a reason for: a token that was revoked, or is none.
    #[error("the token is not accepted")]
    Other,
    /// Xero, or something in front of it, gives no reason.
    #[error("no reason is given")]
    WithoutReason,
}

/// Xero's limits (<https://developer.xero.com/documentation/guides/oauth2/limits/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimit {
    /// Calls of one organisation in a minute.
    Minute,
    /// Calls of one organisation in a day. Can last for many hours.
    Day,
    /// Calls of one organisation at the same time.
    Concurrent,
    /// Calls of all organisations in a minute.
    AppMinute,
    /// Xero did not say.
    Unknown,
}

/// Which call it was, and what Xero's support finds it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// What was called, in a word.
    pub call: &'static str,
    /// The answer's `Xero-Correlation-Id`.
    pub correlation_id: Option<String>,
}

impl fmt::Display for Trace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.correlation_id {
            Some(id) => write!(formatter, "{} [correlation id {id}]", self.call),
            None => formatter.write_str(self.call),
        }
    }
}

impl Trace {
    pub(crate) fn of(call: &'static str, headers: &HeaderMap) -> Self {
        Self { call, correlation_id: correlation_id(headers).map(str::to_owned) }
    }

    pub(crate) fn unreadable(self, what: impl Into<String>) -> XeroError {
        XeroError::Unreadable { what: what.into(), trace: self }
    }
}

impl XeroError {
    /// Which call it was, and what Xero's support finds it by; `None` where Xero did not answer.
    pub fn trace(&self) -> Option<&Trace> {
        match self {
            Self::Unauthorized { trace, .. }
            | Self::Forbidden { trace }
            | Self::ForbiddenWithoutReason { trace }
            | Self::PayrollNotSetUp { trace }
            | Self::RateLimited { trace, .. }
            | Self::Unavailable { trace, .. }
            | Self::Refused { trace, .. }
            | Self::Unreadable { trace, .. }
            | Self::Loop { trace } => Some(trace),
            Self::Transport { .. } => None,
        }
    }

    /// Whether a refresh of the token can help.
    pub fn token_expired(&self) -> bool {
        matches!(
            self,
            Self::Unauthorized {
                why: Unauthorized::TokenExpired | Unauthorized::Other | Unauthorized::WithoutReason,
                ..
            }
        )
    }

    /// How long Xero asks us to wait.
    pub fn retry_after(&self, now: Timestamp) -> Option<SignedDuration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Unavailable { retry_after, .. } => {
                retry_after.map(|wait| wait.wait(now))
            }
            _ => None,
        }
    }

    pub(crate) fn transport(call: &'static str) -> impl Fn(TransportError) -> Self {
        move |error| Self::Transport { error, call }
    }

    /// What an answer that is no success means.
    pub(crate) fn of<Body: AsRef<[u8]>>(call: &'static str, payroll: bool, answer: &Response<Body>) -> Self {
        let trace = Trace::of(call, answer.headers());
        let retry_after = RetryAfter::read(answer.headers());
        let body = answer.body().as_ref();
        match answer.status() {
            StatusCode::UNAUTHORIZED => {
                Self::Unauthorized { why: Unauthorized::of(answer.headers(), body, payroll), trace }
            }
            StatusCode::FORBIDDEN => match Problem::detail(answer.headers(), body) {
                Some(detail) if detail.contains("AuthenticationUnsuccessful") => Self::Forbidden { trace },
                _ => Self::ForbiddenWithoutReason { trace },
            },
            StatusCode::NOT_FOUND if payroll && contains(body, "payroll has not been provisioned") => {
                Self::PayrollNotSetUp { trace }
            }
            StatusCode::TOO_MANY_REQUESTS => {
                Self::RateLimited { limit: RateLimit::of(answer.headers()), retry_after, trace }
            }
            // Before OAuth 2 Xero told of its limits in this way.
            StatusCode::SERVICE_UNAVAILABLE if contains(body, "rate limit exceeded") => {
                Self::RateLimited { limit: RateLimit::Unknown, retry_after, trace }
            }
            status if status.is_server_error() => Self::Unavailable { status, retry_after, trace },
            status => Self::Refused { status, code: None, trace },
        }
    }
}

impl Unauthorized {
    fn of(headers: &HeaderMap, body: &[u8], payroll: bool) -> Self {
        let detail = Problem::detail(headers, body).unwrap_or_default();
        if detail.is_empty() {
            return Self::WithoutReason;
        }
        if detail.contains("TokenExpired") {
            Self::TokenExpired
        } else if detail.contains("AuthorizationUnsuccessful") {
            Self::ScopeMissing
        } else if payroll && !detail.starts_with("Token") {
            Self::NotPayrollAdministrator
        } else {
            Self::Other
        }
    }
}

impl RateLimit {
    fn of(headers: &HeaderMap) -> Self {
        let problem = headers.get("x-rate-limit-problem").and_then(|problem| problem.to_str().ok()).unwrap_or_default();
        match problem.trim().to_ascii_lowercase().as_str() {
            "minute" => Self::Minute,
            "day" => Self::Day,
            "concurrent" => Self::Concurrent,
            "appminute" => Self::AppMinute,
            _ => Self::Unknown,
        }
    }
}

/// A problem document; Xero sends its keys in either case.
#[derive(Deserialize)]
struct Problem {
    #[serde(default, alias = "Detail")]
    detail: Option<String>,
}

impl Problem {
    /// A document's detail, or the whole of a text. A page was made by something in front of the API and a document may
    /// be cut off, so nothing is taken from either.
    fn detail(headers: &HeaderMap, body: &[u8]) -> Option<String> {
        let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.to_ascii_lowercase();
        if kind.contains("html") || body.trim_ascii_start().starts_with(b"<") {
            return None;
        }
        match answer::json::<Self>(body) {
            Ok(problem) => Some(problem.detail.unwrap_or_default()),
            Err(_) if kind.contains("json") => None,
            Err(_) => Some(String::from_utf8_lossy(body).into_owned()),
        }
    }
}

fn contains(body: &[u8], lower: &str) -> bool {
    String::from_utf8_lossy(body).to_lowercase().contains(lower)
}

/// What is wrong with a JSON text. The error's own words can quote the text, so only its place is told.
pub(crate) fn place(error: &serde_json::Error) -> String {
    format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column())
}
