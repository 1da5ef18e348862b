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
    /// Any other error. The code may be used up.
    #[error(transparent)]
    Upstream(XeroError),
}

/// Why an id_token cannot be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenRejection {
    /// The answer has no id_token.
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
    /// The issuer (`iss`) is not Xero.
    #[error("its issuer is another")]
    WrongIssuer,
    /// The audience (`aud`) is not our app's client id.
    #[error("its audience is another")]
    WrongAudience,
    /// The token has expired (`exp`).
    #[error("it has expired")]
    Expired,
    /// The token is not valid yet (`nbf` or `iat` lies in the future).
    #[error("it is not valid yet")]
    NotYetValid,
    /// The `nonce` is that of another attempt.
    #[error("its nonce is another")]
    WrongNonce,
}
