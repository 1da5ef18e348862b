//! An import that should have ended long ago: whoever still waits is given up, and the portal is free again.

use domain::import::{Ending, FailureReason, Import, Outcome, WaitReason};
use importing::ending::end;
use importing::stop::give_up;
use jiff::Timestamp;
use state::StateError;

use crate::sweeper::SweeperState;

/// Ends an import whatever it waits for. Where a worker is at it at this moment the next sweep does: it begins no attempt
/// any more.
pub(crate) async fn end_overdue(state: &dyn SweeperState, import: &Import, now: Timestamp) -> Result<(), StateError> {
    // The alarm `ImportStuck` looks for this event.
    tracing::error!(event = "import_stuck", "an import cannot end in its time; whoever waits is given up");
    let reason = match import.wait.map(|wait| wait.why) {
        Some(WaitReason::Login { .. }) => FailureReason::AccessLost,
        Some(WaitReason::NoCourses { .. }) => FailureReason::EnrollmentRefused,
        _ => FailureReason::Unavailable,
    };
    end_all(state, import, reason, now).await
}

/// Ends an import that was accepted and can never be begun, because what says whom it is about is gone: the plan of an
/// import, the names of an undo. GO1 was asked for nobody. Its portal is free again.
pub(crate) async fn end_unknown(state: &dyn SweeperState, import: &Import, now: Timestamp) -> Result<(), StateError> {
    // The alarm `ImportStuck` looks for this event.
    tracing::error!(
        event = "import_stuck",
        is_undo = import.undoes.is_some(),
        "an import's people are no longer known, so it ends before it began"
    );
    end_all(state, import, FailureReason::Internal, now).await
}

async fn end_all(
    state: &dyn SweeperState,
    import: &Import,
    reason: FailureReason,
    now: Timestamp,
) -> Result<(), StateError> {
    let (portal, id) = (&import.portal, &import.id);
    state.start_import(portal, id).await?;
    give_up(state, state, import, reason, true, now).await?;
    let people = state.import_people(portal, id).await?;
    if people.iter().any(|person| person.outcome == Outcome::Waiting) {
        // A worker is at them. It ends them, or the next sweep does.
        return Ok(());
    }
    // Where what it is about was gone before the rows were written, nobody was ever asked for.
    end(state, import, &Ending::overdue(import, &people), now).await
}
