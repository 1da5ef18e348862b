//! Why a run ends early.

use std::io;

use transport::Unread;

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The file or the port.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A consent did not come back with a code.
    #[error("the consent failed: {0}")]
    Refused(String),
    /// A setting that does not fit.
    #[error("{0}")]
    Setting(String),
    /// Our credentials.
    #[error("{0}")]
    Unread(#[from] Unread),
}
