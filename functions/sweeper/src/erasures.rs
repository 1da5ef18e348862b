//! Erasures that were cut off, and what came after those that were not.

use application::erasure::Erasing;
use platform::telemetry::Causes;
use state::StateError;

/// Looks once at every erasure that is not over. One that fails does not keep the others from it, and makes the sweep fail.
pub(crate) async fn look_after_all(erasing: &Erasing) -> Result<(), StateError> {
    let mut ended = Ok(());
    for erasure in erasing.erasures.erasures().await? {
        if let Err(error) = erasing.look_after(&erasure).await {
            tracing::error!(error = %Causes(&error), portal = %erasure.portal, "an erasure could not be gone on with");
            ended = Err(error);
        }
    }
    ended
}
