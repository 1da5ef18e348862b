//! What the SDK's errors come to. Only an error's kind is kept: its text, and the answer that it carries, can repeat
//! what is in an item.

use std::error::Error;
use std::fmt;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId as _;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;

use crate::StateError;

/// Answers that mean "not now": nothing was written. The SDK tries most of them again by itself, but not the conflict
/// with a transaction.
const BUSY: [&str; 5] = [
    "TransactionConflictException",
    "TransactionInProgressException",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
];

/// Reasons of a cancelled transaction that mean "not now".
const BUSY_REASONS: [&str; 3] = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/// A call that did not get through, without its contents.
#[derive(Debug)]
struct CallFailed {
    kind: String,
    request: Option<String>,
}

impl fmt::Display for CallFailed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.kind)?;
        self.request.as_ref().map_or(Ok(()), |request| write!(formatter, " (request {request})"))
    }
}

impl Error for CallFailed {}

/// An item that is not what this code writes, without its contents.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error("not a readable {0}")]
    Shape(&'static str),
    #[error("a newer release wrote this {row} in version {version}, and this one reads them up to {reads}")]
    Newer { row: &'static str, version: u32, reads: u32 },
}

/// The error for an item of the kind `what` that cannot be read or written.
pub(super) fn malformed(what: &'static str) -> StateError {
    StateError::Malformed(Box::new(Unreadable::Shape(what)))
}

/// The error for an item of the kind `row` in a version beyond those that this code reads.
pub(super) fn newer(row: &'static str, version: u32, reads: u32) -> StateError {
    StateError::Malformed(Box::new(Unreadable::Newer { row, version, reads }))
}

/// The error for a call that ended with `kind`.
pub(super) fn unavailable(kind: impl Into<String>) -> StateError {
    StateError::Unavailable(Box::new(CallFailed { kind: kind.into(), request: None }))
}

/// A write that was not done.
#[derive(Debug)]
pub(super) enum Refused<T> {
    /// Its condition did not hold.
    Condition(T),
    /// The table did not answer.
    State(StateError),
}

impl<T> From<StateError> for Refused<T> {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl<T> From<Refused<T>> for StateError {
    fn from(refused: Refused<T>) -> Self {
        match refused {
            Refused::Condition(_) => Self::Conflict,
            Refused::State(error) => error,
        }
    }
}

/// Maps what is not a failed condition.
pub(super) fn state_error<E>(error: &SdkError<E, HttpResponse>) -> StateError
where
    E: ProvideErrorMetadata,
{
    let (kind, request) = match error {
        SdkError::ConstructionFailure(_) => ("the request could not be made".to_owned(), None),
        SdkError::TimeoutError(_) => ("time-out".to_owned(), None),
        SdkError::DispatchFailure(failure) => {
            let cause = failure.as_connector_error().and_then(|error| error.source().map(ToString::to_string));
            (format!("no connection: {}", cause.unwrap_or_default()), None)
        }
        SdkError::ResponseError(response) => {
            (format!("unreadable answer with status {}", response.raw().status().as_u16()), None)
        }
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let code = service.err().code().unwrap_or("no code");
            (format!("status {status}, {code}"), service.raw().request_id().map(ToOwned::to_owned))
        }
        _ => ("another failure of the SDK".to_owned(), None),
    };
    StateError::Unavailable(Box::new(CallFailed { kind, request }))
}

/// Whether the condition of a single write failed.
pub(super) fn is_refused<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.code() == Some("ConditionalCheckFailedException")
}

/// Whether trying again soon may do.
pub(super) fn is_busy<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    error.code().is_some_and(|code| BUSY.contains(&code))
}

/// The reasons of a cancelled transaction, one for each of its writes; empty for any other error.
fn reasons(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> Vec<&str> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code()).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a condition of a transaction failed.
pub(super) fn is_transaction_refused(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> bool {
    reasons(error).contains(&"ConditionalCheckFailed")
}

/// Whether a transaction met another writer or a limit, and no condition of it failed.
pub(super) fn is_transaction_busy(error: &SdkError<TransactWriteItemsError, HttpResponse>) -> bool {
    is_busy(error)
        || (!is_transaction_refused(error) && reasons(error).iter().any(|reason| BUSY_REASONS.contains(reason)))
}
