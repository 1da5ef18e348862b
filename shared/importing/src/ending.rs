//! Ends people who cannot be finished, and imports in which nobody waits.

use domain::ids::{EmployeeId, ImportId, PortalId};
use domain::import::{Batch, Ending, GivenUp, Import, ImportPerson, Outcome, PersonTask, failed, undo_failed};
use jiff::Timestamp;
use state::{ImportWork, Members, StateError};

/// How often storing a failure is tried where another worker changes the same member.
const FAIL_TRIES: u32 = 3;

/// Ends the import if nobody in it waits. If two workers do so at the same time, one of them succeeds and the other
/// does nothing.
pub async fn end_if_finished(
    imports: &dyn ImportWork,
    portal: &PortalId,
    import: &ImportId,
    now: Timestamp,
) -> Result<(), StateError> {
    let Some(import) = imports.find_import(portal, import).await?.filter(|import| !import.status.has_ended()) else {
        return Ok(());
    };
    let people = imports.import_people(portal, &import.id).await?;
    match Ending::of(&import, &people) {
        Some(ending) => end(imports, &import, &ending, now).await,
        None => Ok(()),
    }
}

/// Ends a running import as `ending` says, unless it has ended already.
pub async fn end(imports: &dyn ImportWork, import: &Import, ending: &Ending, now: Timestamp) -> Result<(), StateError> {
    match imports.end_import(&import.portal, &import.id, ending, now).await {
        Ok(()) => {
            let Ending { status, sums, refused } = ending;
            tracing::info!(event = "import_ended", portal = %import.portal, import = %import.id, ?status, done = sums.done, partly = sums.partly, failed = sums.failed, ?refused, "import ended");
            Ok(())
        }
        // It has ended: another worker did it, or this very write, whose answer was lost. Anything else must not be
        // taken for an end, or the import would never have one.
        Err(StateError::Conflict) => match imports.find_import(&import.portal, &import.id).await? {
            Some(stored) if !stored.status.has_ended() => Err(StateError::Conflict),
            _ => Ok(()),
        },
        Err(error) => Err(error),
    }
}

/// Says how somebody of an import fared, by ids and numbers. There is one such line for each person, and it is most of what an
/// import logs: it names its import and portal, and stands in no span that would name them again.
pub fn tell_person(import: &Import, person: &EmployeeId, outcome: &Outcome) {
    let (ended, why, created, courses) = match outcome {
        Outcome::Waiting => return,
        Outcome::Done { created, enrollments, refused, .. } => {
            (if refused.is_empty() { "done" } else { "partly" }, None, *created, *enrollments)
        }
        Outcome::Undone { removed, .. } => ("undone", None, false, *removed),
        Outcome::Failed { reason, created, enrollments, .. } => ("failed", Some(reason), *created, *enrollments),
    };
    tracing::info!(parent: None, portal = %import.portal, import = %import.id, %person, ended, why = why.map(tracing::field::debug), created, courses, "somebody's turn is over");
}

/// Fails a person who cannot be finished, and stores or removes their member row in the same transaction. `batch`: theirs,
/// as it was when this was decided, unless nobody can begin it any more; [`StateError::Conflict`] where an attempt has begun
/// since, whose worker is at them now.
pub async fn fail_person(
    imports: &dyn ImportWork,
    members: &dyn Members,
    import: &Import,
    person: &ImportPerson,
    given_up: GivenUp,
    batch: Option<&Batch>,
) -> Result<(), StateError> {
    let (portal, id, employee) = (&import.portal, &import.id, &person.employee_id);
    for _ in 0..FAIL_TRIES {
        let before = members.find_member(portal, employee).await?;
        let (outcome, after) = match &person.task {
            PersonTask::Undo { account, .. } => undo_failed(account, before.as_ref(), &given_up),
            _ => failed(import, employee, before.as_ref(), &given_up),
        };
        let (before, after) = (before.as_ref(), after.as_ref());
        match imports.end_person_with_member(portal, id, employee, &outcome, before, after, batch).await {
            Ok(()) => {
                tell_person(import, employee, &outcome);
                return Ok(());
            }
            // Another worker ended the person, or changed their member, in the meantime.
            Err(StateError::Conflict) => {
                let row = imports.people_of(portal, id, std::slice::from_ref(employee)).await?;
                if row.iter().all(|person| person.outcome != Outcome::Waiting) {
                    return Ok(());
                }
            }
            result => return result,
        }
    }
    Err(StateError::Conflict)
}
