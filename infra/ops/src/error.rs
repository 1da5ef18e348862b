//! Why a command came to nothing, in words for an operator.

use deleting::DeleteError;
use importing::erasure::EraseError;
use importing::queue::QueueError;
use state::StateError;
use vault::VaultError;

/// Why a command came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    #[error("the table has no portal of that id")]
    NoPortal,
    #[error("the table has no sign-up of that id")]
    NoSignUp,
    #[error("it is known by another name: nothing was done, and nothing written down")]
    Another,
    #[error("nothing is deleted here: {0}")]
    NotDeleted(#[source] DeleteError),
    #[error("the portal has no import of that id")]
    NoImport,
    #[error("no import runs in the portal")]
    NothingRuns,
    #[error("the portal's import is not paused")]
    NotPaused,
    #[error("the portal's organisation is not in the table")]
    NoOrganisation,
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Erase(#[from] EraseError),
}
