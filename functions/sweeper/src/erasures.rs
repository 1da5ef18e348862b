//! Erasures that were cut off, and what came after those that were not.

use domain::fault::Causes;
use importing::erasure::Eraser;
use state::StateError;

/// Goes once over all erasures that are not over. An error in one does not stop the others, but makes the sweep fail.
pub(crate) async fn resume_all(eraser: &Eraser) -> Result<(), StateError> {
    let mut ended = Ok(());
    for erasure in eraser.state.erasures().await? {
        if let Err(error) = eraser.resume_if_due(&erasure).await {
            tracing::error!(error = %Causes(&error), portal = %erasure.portal, "an erasure could not be gone on with");
            ended = Err(error);
        }
    }
    ended
}
