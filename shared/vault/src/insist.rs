//! Storing what exists nowhere else: the tokens of a login, a pair that was renewed, a portal that was created.

use std::time::Duration;

use state::StateError;

use crate::invocation::has_time;
use crate::sealed_grants::VaultError;

/// How often something is tried at least, also where nobody knows how much time there is.
const FEWEST_TRIES: u32 = 5;

/// How long the first wait is before it is tried again; each is as much longer than the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest wait before it is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What must be left of the invocation for another try: the wait before it, and the answer after it.
const TIME_FOR_A_TRY: Duration = Duration::from_secs(3);

/// Whether an error says that the same may succeed a moment later.
pub trait Passing {
    /// Whether it is worth another try.
    fn may_pass(&self) -> bool;
}

impl Passing for StateError {
    fn may_pass(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl Passing for VaultError {
    /// What another worker has just stored may not open yet, or not be readable: another may store something else.
    fn may_pass(&self) -> bool {
        matches!(self, Self::Seal(_) | Self::State(StateError::Unavailable(_) | StateError::Malformed(_)))
    }
}

/// Stores what exists nowhere else, again after the table has failed: a few times in any case, and for as long as the
/// invocation has time. `store` must do no harm where it is repeated.
pub async fn insist<T, E: Passing, F: Future<Output = Result<T, E>>>(store: impl Fn() -> F) -> Result<T, E> {
    let mut tries = 1;
    loop {
        let error = match store().await {
            Err(error) if error.may_pass() => error,
            result => return result,
        };
        if tries >= FEWEST_TRIES && !has_time(TIME_FOR_A_TRY) {
            return Err(error);
        }
        tracing::warn!(tries, "what exists nowhere else could not be stored; it is tried again");
        tokio::time::sleep((FIRST_PAUSE * tries).min(LONGEST_PAUSE)).await;
        tries += 1;
    }
}
