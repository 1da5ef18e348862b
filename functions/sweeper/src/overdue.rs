//! An import that should have ended long ago: whoever still waits is given up, and the portal is free again.

use domain::import::{FailureReason, Import, ImportStatus, Outcome, Progress};
use jiff::{SignedDuration, Timestamp};
use state::StateError;

use crate::Sweeper;

/// The longest that an import may take.
pub(crate) const LONGEST_IMPORT: SignedDuration = SignedDuration::from_hours(24);

/// Ends an import whatever it waits for. A worker that is at it at this moment ends its people first, or finds them ended.
pub(crate) async fn give_up(sweeper: &Sweeper, import: &Import, now: Timestamp) -> Result<(), StateError> {
    let (portal, id) = (&import.portal, &import.id);
    tracing::error!(%portal, import = %id, "an import has not ended within a day; whoever waits is given up");
    sweeper.acceptance.start_import(portal, id).await?;
    for person in sweeper.work.import_people(portal, id).await? {
        if person.outcome != Outcome::Waiting {
            continue;
        }
        let member = sweeper.members.find_member(portal, &person.employee_id).await?;
        let account = member.map(|member| member.account);
        let outcome = Outcome::Failed { reason: FailureReason::Unavailable, account };
        match sweeper.work.end_person(portal, id, &person.employee_id, &outcome).await {
            Ok(()) | Err(StateError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    let progress = Progress::of(&sweeper.work.import_people(portal, id).await?);
    // Where the plan was gone before the rows were written, nobody was ever asked for.
    let never_written = import.people.len().saturating_sub(progress.people);
    let status = match (progress.done, progress.failed + never_written) {
        (0, _) => ImportStatus::Failed,
        (_, 0) => ImportStatus::Done,
        _ => ImportStatus::PartlyDone,
    };
    let places_back = u32::try_from(progress.failed_without_account + never_written).unwrap_or(u32::MAX);
    match sweeper.work.end_import(portal, id, status, places_back, now).await {
        Ok(()) | Err(StateError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}
