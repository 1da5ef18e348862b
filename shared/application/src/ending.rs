//! Ending an import: whoever finishes its last batch does it, once.

use domain::ids::{ImportId, PortalId};
use domain::import::{Progress, ending};
use jiff::Timestamp;
use state::{ImportWork, StateError};

/// Ends the import if everybody in it has ended. Somebody else may do the same at the same time: one of the two counts.
pub async fn end_if_finished(
    imports: &dyn ImportWork,
    portal: &PortalId,
    import: &ImportId,
    now: Timestamp,
) -> Result<(), StateError> {
    if imports.batches(portal, import).await?.iter().any(|batch| batch.ended_at.is_none()) {
        return Ok(());
    }
    let progress = Progress::of(&imports.import_people(portal, import).await?);
    let Some((status, places_back)) = ending(progress) else { return Ok(()) };
    match imports.end_import(portal, import, status, places_back, now).await {
        Ok(()) => {
            tracing::info!(%portal, %import, ?status, done = progress.done, failed = progress.failed, "import ended");
            Ok(())
        }
        Err(StateError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}
