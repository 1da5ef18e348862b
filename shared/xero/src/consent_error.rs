//! Why a consent came to nothing.

use crate::error::XeroError;

/// Why a consent came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsentError {
    /// The code was used before, is too old, or is none.
    #[error("Xero refused the code")]
    CodeRejected,
    /// Who logged in cannot be told for sure.
    #[error("Xero's id_token was rejected: {0}")]
    IdTokenRejected(IdTokenRejection),
    /// Anything else.
    #[error(transparent)]
    Upstream(XeroError),
}

/// Why an id_token cannot be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenRejection {
    /// There is none.
    #[error("there is no id_token")]
    Missing,
    /// It is no token of ours to read, or lacks a claim.
    #[error("it cannot be read")]
    Malformed,
    /// Signed in another way than RS256.
    #[error("its algorithm is not RS256")]
    WrongAlgorithm,
    /// Signed with a key that Xero does not publish.
    #[error("its key is unknown")]
    UnknownKey,
    /// The signature is wrong.
    #[error("its signature is wrong")]
    BadSignature,
    /// From somebody else.
    #[error("its issuer is another")]
    WrongIssuer,
    /// For another app.
    #[error("its audience is another")]
    WrongAudience,
    /// Over.
    #[error("it has expired")]
    Expired,
    /// From the future.
    #[error("it is not valid yet")]
    NotYetValid,
    /// From another attempt.
    #[error("its nonce is another")]
    WrongNonce,
}
