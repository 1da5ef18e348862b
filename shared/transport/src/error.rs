//! What can go wrong below HTTP.

use crate::Unread;

/// Why there is no answer. It names neither the address nor what was sent: queries can hold email addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No connection: nothing was sent.
    #[error("no connection could be made")]
    Refused,
    /// Nothing was sent, because what we name ourselves by could not be read.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// No answer in time. The request may have been carried out.
    #[error("no answer came in time")]
    Timeout,
    /// The connection broke. The request may have been carried out.
    #[error("the connection was cut")]
    Cut,
    /// The answer is larger than [`crate::MOST_BODY_BYTES`]. The request was probably carried out.
    #[error("the answer is too large")]
    BodyTooLarge,
}

impl TransportError {
    /// Whether the other side may have done what was asked. Only a request that never left is certain not to be.
    pub fn outcome_unknown(self) -> bool {
        !matches!(self, Self::Refused | Self::Unread(_))
    }
}
