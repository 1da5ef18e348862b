//! Faults of our own: errors that nobody who visits has caused, and that no words for them would mend.

use std::error::Error;
use std::fmt;

/// An error that is ours: the table failed, a seal is broken, a setting is wrong. A page says no more of it than a
/// reference, and the log says the rest, so the functions with pages hand it up with `?`.
pub trait Fault: Error + 'static {}

/// Shows an error with its causes, `what: why: why`, for the log. Pages never show it.
pub struct Causes<'error>(pub &'error (dyn Error + 'static));

impl fmt::Display for Causes<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
