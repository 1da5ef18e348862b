//! How long things wait.

use std::time::Duration;

/// How long nothing is asked for somebody whose account GO1 may still be making: longer than it works at a request for
/// which nobody waits any more.
pub(crate) const UNANSWERED_WAIT: Duration = Duration::from_mins(1);

/// How long a message waits where somebody else is at it, or the table stumbled.
pub(crate) const SHORT_WAIT: Duration = Duration::from_secs(2);

/// How long a batch waits after its first failure; twice as long after each more.
pub(crate) const FIRST_WAIT: Duration = Duration::from_secs(2);

/// How long the import waits for GO1 to work again, the first time, the second, and so on.
pub(crate) const OPENINGS: [Duration; 4] =
    [Duration::from_secs(2), Duration::from_mins(1), Duration::from_mins(6), Duration::from_mins(15)];

/// The longest wait of our own choice between two asks.
pub(crate) const LONGEST_PATIENCE: Duration = Duration::from_mins(15);

/// How long the import waits, the first time, for a token that is not GO1's to give.
pub(crate) const OUR_WAIT: Duration = Duration::from_mins(1);

/// How often we look whether the owner has logged in with GO1.
pub(crate) const LOGIN_WAIT: Duration = Duration::from_mins(5);

/// Kept of an invocation's time to save what was done: longer than one call to GO1 may take, and the writes after it. Of a
/// short invocation half is kept, so that something is done in each.
pub(crate) const TIME_TO_SAVE: Duration = Duration::from_secs(15);
