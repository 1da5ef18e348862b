//! Erasures that were cut off, and what came after those that were not.

use std::time::Duration;

use domain::fault::Causes;
use importing::erasure::Eraser;
use state::StateError;
use tokio::time::timeout;

/// How long one erasure may take of a sweep. The next goes on where it was.
const LONGEST_ERASURE: Duration = Duration::from_secs(8);

/// Goes once over all erasures that are not over, beginning with another one each minute: none that is very large keeps a
/// sweep from the others, or from its end. An error in one does not stop the others, but makes the sweep fail.
pub(crate) async fn resume_all(eraser: &Eraser) -> Result<(), StateError> {
    let mut erasures = eraser.state.erasures().await?;
    let minute = usize::try_from(eraser.clock.now().as_second().div_euclid(60)).unwrap_or_default();
    let first = minute.checked_rem(erasures.len()).unwrap_or_default();
    erasures.rotate_left(first);
    let mut ended = Ok(());
    for erasure in erasures {
        let resumed = timeout(LONGEST_ERASURE, eraser.resume_if_due(&erasure)).await;
        if let Err(error) = resumed.unwrap_or_else(|elapsed| Err(StateError::Unavailable(elapsed.into()))) {
            tracing::error!(error = %Causes(&error), portal = %erasure.portal, "an erasure could not be gone on with");
            ended = Err(error);
        }
    }
    ended
}
