//! An import that should have ended long ago: whoever still waits is given up, and the portal is free again.

use domain::import::{Ending, FailureReason, Import, Outcome, WaitReason};
use importing::ending::end;
use importing::stop::give_up;
use jiff::Timestamp;
use state::StateError;

use crate::sweeper::SweeperState;

/// Ends an import whatever it waits for. A worker that is at it at this moment ends its people first, or finds them
/// ended.
pub(crate) async fn end_overdue(state: &dyn SweeperState, import: &Import, now: Timestamp) -> Result<(), StateError> {
    let (portal, id) = (&import.portal, &import.id);
    // The alarm `ImportStuck` looks for this event.
    tracing::error!(event = "import_stuck", "an import cannot end in its time; whoever waits is given up");
    state.start_import(portal, id).await?;
    let reason = match import.wait.map(|wait| wait.why) {
        Some(WaitReason::Login { .. }) => FailureReason::AccessLost,
        _ => FailureReason::Unavailable,
    };
    give_up(state, state, import, reason, true, now).await?;
    let people = state.import_people(portal, id).await?;
    if people.iter().any(|person| person.outcome == Outcome::Waiting) {
        return Err(StateError::Conflict);
    }
    // Where the plan was gone before the rows were written, nobody was ever asked for.
    end(state, import, &Ending::overdue(import, &people), now).await
}
