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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::seal::SealError;

    /// How often something is stored that fails so every time.
    async fn tries<E: Passing + Send>(failure: impl Fn() -> E + Sync) -> u32 {
        let tries = AtomicU32::new(0);
        let store = || async {
            tries.fetch_add(1, Ordering::Relaxed);
            Err::<(), E>(failure())
        };
        assert!(insist(store).await.is_err());
        tries.into_inner()
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_may_pass_is_tried_again() {
        let unavailable = || StateError::Unavailable("it is slow".into());
        let malformed = || StateError::Malformed("it is newer".into());
        assert_eq!(tries(unavailable).await, FEWEST_TRIES);
        assert_eq!(tries(malformed).await, 1, "what this very worker reads does not change by being read again");
        assert_eq!(tries(|| StateError::Conflict).await, 1, "somebody else was quicker, and that stays");

        assert_eq!(tries(|| VaultError::State(unavailable())).await, FEWEST_TRIES);
        assert_eq!(tries(|| VaultError::State(malformed())).await, FEWEST_TRIES);
        assert_eq!(tries(|| VaultError::Seal(SealError::Broken)).await, FEWEST_TRIES);
        for error in [
            || VaultError::State(StateError::Conflict),
            || VaultError::NeedsReconnect { generation: 1 },
            || VaultError::UpstreamUnavailable,
            || VaultError::OurFault,
            || VaultError::Busy,
            || VaultError::OutOfTime,
        ] {
            assert_eq!(tries(error).await, 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_stored_at_last_is_stored_once() {
        let tries = AtomicU32::new(0);
        let store = || async {
            match tries.fetch_add(1, Ordering::Relaxed) {
                0..3 => Err(StateError::Unavailable("it is slow".into())),
                _ => Ok("stored"),
            }
        };
        assert_eq!(insist(store).await.expect("stored"), "stored");
        assert_eq!(tries.into_inner(), 4);
    }
}
