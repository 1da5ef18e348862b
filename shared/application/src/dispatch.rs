//! From an accepted import to batches on the queue. Each step can be done again without harm, so that whoever finds an
//! import half dispatched finishes it.

use std::collections::HashMap;

use domain::clock::Clock;
use domain::email::EmailAddress;
use domain::import::{Batch, BatchMessage, Import, ImportPerson, Outcome, batches_of};
use domain::plan::{Decision, Plan, PlanEntry};
use jiff::SignedDuration;
use platform::telemetry::Causes;
use state::{ImportAcceptance, StateError};

use crate::queue::{BatchQueue, Outgoing};

/// How long the rows with people's names are kept after an import was confirmed.
pub const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How often batches that the queue did not take are sent again at once; the sweeper does the rest.
const SEND_ROUNDS: u32 = 3;

/// Why an import is not wholly dispatched. It is accepted all the same, and the sweeper goes on.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// The plan does not have somebody whom the import names.
    #[error("the import names people whom its plan does not have")]
    PlanMismatch,
    /// The table failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Writes the people of an accepted import and its batches, starts it, and sends what was not sent yet.
pub async fn dispatch(
    import: &Import,
    plan: &Plan,
    imports: &dyn ImportAcceptance,
    queue: &dyn BatchQueue,
    clock: &dyn Clock,
) -> Result<(), DispatchError> {
    let people = people_of(import, plan)?;
    imports.add_people(import, &people, import.accepted_at + RETENTION).await?;
    imports.add_batches(import, &batches_of(&import.people)).await?;
    imports.start_import(&import.portal, &import.id).await?;
    send_unsent(import, imports, queue, clock).await?;
    Ok(())
}

/// Puts every batch on the queue that it has not taken yet.
pub async fn send_unsent(
    import: &Import,
    imports: &dyn ImportAcceptance,
    queue: &dyn BatchQueue,
    clock: &dyn Clock,
) -> Result<(), StateError> {
    for _ in 0..SEND_ROUNDS {
        let mut unsent = imports.batches(&import.portal, &import.id).await?;
        unsent.retain(|batch| batch.sent_at.is_none() && batch.ended_at.is_none());
        if unsent.is_empty() {
            return Ok(());
        }
        send(import, unsent, imports, queue, clock).await?;
    }
    Ok(())
}

/// Puts these batches on the queue once more. Each send has a number of its own, saved before it. What the queue does
/// not take stays as it was.
pub async fn send(
    import: &Import,
    batches: Vec<Batch>,
    imports: &dyn ImportAcceptance,
    queue: &dyn BatchQueue,
    clock: &dyn Clock,
) -> Result<(), StateError> {
    let mut outgoing = Vec::with_capacity(batches.len());
    for batch in batches {
        match imports.record_send(&import.portal, &import.id, batch).await {
            Ok(batch) => {
                let message = BatchMessage::new(import.portal.clone(), import.id.clone(), &batch);
                outgoing.push(Outgoing::new(message, &batch));
            }
            // Somebody else is sending it.
            Err(StateError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    match queue.send(&outgoing).await {
        Ok(taken) => {
            for number in taken {
                // Unmarked, it is sent once more, which does no harm; the others must be marked all the same.
                if let Err(error) = imports.mark_sent(&import.portal, &import.id, number, clock.now()).await {
                    tracing::warn!(error = %Causes(&error), import = %import.id, number, "a sent batch could not be marked");
                }
            }
        }
        Err(error) => tracing::warn!(error = %Causes(&error), import = %import.id, "no batch could be sent"),
    }
    Ok(())
}

/// The rows of the people whom an import names, from the plan that it applies.
fn people_of(import: &Import, plan: &Plan) -> Result<Vec<ImportPerson>, DispatchError> {
    let entries: HashMap<_, &PlanEntry> = plan.importable().map(|entry| (&entry.employee_id, entry)).collect();
    import
        .people
        .iter()
        .map(|id| {
            let entry = entries.get(id).ok_or(DispatchError::PlanMismatch)?;
            let email = entry.email.as_deref().unwrap_or_default();
            Ok(ImportPerson {
                employee_id: id.clone(),
                given_name: entry.given_name.clone(),
                family_name: entry.family_name.clone(),
                email: EmailAddress::parse(email).map_err(|_| DispatchError::PlanMismatch)?,
                link: matches!(entry.decision, Decision::Link { .. }),
                outcome: Outcome::Waiting,
            })
        })
        .collect()
}
