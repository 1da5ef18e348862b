//! What SQS refuses, by the codes that it answers with.

/// A message that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// `InvalidParameterValue`: an id, or the length of the body.
    #[error("InvalidParameterValue: {0}")]
    InvalidParameterValue(&'static str),
    /// `InvalidMessageContents`: a character that no message may hold.
    #[error("InvalidMessageContents")]
    InvalidMessageContents,
    /// `InternalError`: an injected failure.
    #[error("InternalError")]
    InternalError,
}

impl SendError {
    /// The code that SQS answers with.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidParameterValue(_) => "InvalidParameterValue",
            Self::InvalidMessageContents => "InvalidMessageContents",
            Self::InternalError => "InternalError",
        }
    }
}

/// A batch of which nothing is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// `EmptyBatchRequest`
    #[error("EmptyBatchRequest")]
    EmptyBatchRequest,
    /// `TooManyEntriesInBatchRequest`
    #[error("TooManyEntriesInBatchRequest")]
    TooManyEntriesInBatchRequest,
    /// `InvalidBatchEntryId`
    #[error("InvalidBatchEntryId")]
    InvalidBatchEntryId,
    /// `BatchEntryIdsNotDistinct`
    #[error("BatchEntryIdsNotDistinct")]
    BatchEntryIdsNotDistinct,
    /// `BatchRequestTooLong`: the messages together.
    #[error("BatchRequestTooLong")]
    BatchRequestTooLong,
}

/// A receive that is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// `InvalidParameterValue`: `MaxNumberOfMessages` is from 1 to 10.
    #[error("InvalidParameterValue: MaxNumberOfMessages is {0}, and not from 1 to 10")]
    MaxNumberOfMessages(usize),
}

/// A receipt handle that does not allow what is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// `ReceiptHandleIsInvalid`: this queue never gave such a handle.
    #[error("ReceiptHandleIsInvalid")]
    Invalid,
    /// `InvalidParameterValue`: the message is visible again, or was received again since.
    #[error("InvalidParameterValue: the receipt handle has expired")]
    Expired,
    /// `InvalidParameterValue`: the message is gone.
    #[error("InvalidParameterValue: the message does not exist or is not available for visibility timeout change")]
    NoMessage,
    /// `InvalidParameterValue`: `VisibilityTimeout` is from 0 to 43,200 seconds.
    #[error("InvalidParameterValue: VisibilityTimeout is not from 0 to 43200")]
    VisibilityTimeout,
    /// `InvalidParameterValue`: the message would be invisible for more than twelve hours in all.
    #[error("InvalidParameterValue: total VisibilityTimeout for the message is beyond the limit [43200 seconds]")]
    BeyondTwelveHours,
}
