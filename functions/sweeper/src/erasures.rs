//! Erasures that were cut off, and what came after those that were not.

use domain::erasure::Erasure;
use domain::fault::Causes;
use importing::erasure::Eraser;
use state::StateError;
use tokio::time::{Instant, timeout_at};

/// Goes once over all erasures that are not over, until a moment, beginning with another one each minute: none that is very large
/// keeps a sweep from its end, nor the others from their turn. What is cut off there is gone on with by the next sweep, and is no
/// error. An error in one does not stop the others, but makes the sweep fail.
pub(crate) async fn resume_all(eraser: &Eraser, until: Instant) -> Result<(), StateError> {
    let mut ended = Ok(());
    if timeout_at(until, resume_each(eraser, &mut ended)).await.is_err() {
        tracing::warn!("a sweep had no time for all erasures; the next goes on");
    }
    ended
}

async fn resume_each(eraser: &Eraser, ended: &mut Result<(), StateError>) {
    let erasures = match in_turn(eraser).await {
        Ok(erasures) => erasures,
        Err(error) => return *ended = Err(error),
    };
    for erasure in erasures {
        if let Err(error) = eraser.resume_if_due(&erasure).await {
            tracing::error!(error = %Causes(&error), portal = %erasure.portal, "an erasure could not be gone on with");
            *ended = Err(error);
        }
    }
}

/// The erasures that are not over, in this minute's order.
async fn in_turn(eraser: &Eraser) -> Result<Vec<Erasure>, StateError> {
    let mut erasures = eraser.state.erasures().await?;
    let minute = usize::try_from(eraser.clock.now().as_second().div_euclid(60)).unwrap_or_default();
    let first = minute.checked_rem(erasures.len()).unwrap_or_default();
    erasures.rotate_left(first);
    Ok(erasures)
}
