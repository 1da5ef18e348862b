//! What the local cloud tells whoever runs inside of it.

use journeys::page::WalkError;

/// A variable of target/local/environment.
pub(crate) fn setting(variable: &str) -> Result<String, WalkError> {
    std::env::var(variable).map_err(|_| {
        WalkError::Unexpected(format!("{variable} is not set: run this through make kill, which starts everything"))
    })
}
