//! From an accepted import to batches on the queue. Each step can be done again without harm, so that whoever finds an
//! import half dispatched finishes it.

use std::collections::BTreeMap;

use domain::clock::Clock;
use domain::email::EmailAddress;
use domain::ids::EmployeeId;
use domain::import::{BatchMessage, Import, ImportPerson, Outcome, Start, batch_of};
use domain::plan::{Plan, PlanEntry};
use jiff::{SignedDuration, Timestamp};
use platform::telemetry::Causes;
use state::{ImportAcceptance, StateError};

use crate::queue::BatchQueue;

/// How long the rows with people's names are kept after an import was confirmed.
pub const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How often batches that the queue did not take are sent again at once; the sweeper does the rest.
const SEND_ROUNDS: u32 = 3;

/// The people of some batches, by the batch's number.
pub type Batches = BTreeMap<u32, Vec<EmployeeId>>;

/// Why an import is not wholly dispatched. It is accepted all the same, and the sweeper goes on.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// The ticks are not those of the plan, or it has no email for somebody.
    #[error("the import names people whom its plan does not have")]
    PlanMismatch,
    /// The table failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// Writes the people of an accepted import, starts it, and puts its batches on the queue.
pub async fn dispatch(
    import: &Import,
    plan: &Plan,
    imports: &dyn ImportAcceptance,
    queue: &dyn BatchQueue,
    clock: &dyn Clock,
) -> Result<(), DispatchError> {
    let ticked = import.ticks.people(plan).ok_or(DispatchError::PlanMismatch)?;
    let people: Option<Vec<_>> = ticked.into_iter().enumerate().map(|(position, entry)| row(position, entry)).collect();
    let people = people.ok_or(DispatchError::PlanMismatch)?;
    put_to_work(import, people, import.accepted_at + RETENTION, imports, queue, clock).await
}

/// Writes the rows of an accepted import, which are kept for `keep_until` at the longest, starts it, and puts its batches
/// on the queue.
pub(crate) async fn put_to_work(
    import: &Import,
    people: Vec<ImportPerson>,
    keep_until: Timestamp,
    imports: &dyn ImportAcceptance,
    queue: &dyn BatchQueue,
    clock: &dyn Clock,
) -> Result<(), DispatchError> {
    imports.add_people(import, &people, keep_until).await?;
    if !imports.start_import(&import.portal, &import.id).await? {
        // Whoever started it sends.
        return Ok(());
    }
    let mut batches = Batches::new();
    for person in people {
        batches.entry(person.batch).or_default().push(person.employee_id);
    }
    Ok(send(import, 1, &batches, Vec::new(), imports, queue, clock).await?)
}

/// Puts these batches of a running import on the queue once more. What the queue does not take stays unsent.
pub async fn resend(
    import: &Import,
    batches: &Batches,
    imports: &dyn ImportAcceptance,
    queue: &dyn BatchQueue,
    clock: &dyn Clock,
) -> Result<(), StateError> {
    let others = import.unsent.iter().filter(|number| !batches.contains_key(number)).copied().collect();
    match imports.record_send(&import.portal, &import.id, import.sends).await {
        Ok(send_number) => send(import, send_number, batches, others, imports, queue, clock).await,
        // Somebody else is sending.
        Err(StateError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}

/// One sending, whose number was saved before, and those at once for what the queue left out, each with a number of its
/// own: one that the queue saw before would be taken for a repetition. `others`: batches that stay unsent.
async fn send(
    import: &Import,
    mut number: u32,
    batches: &Batches,
    others: Vec<u32>,
    imports: &dyn ImportAcceptance,
    queue: &dyn BatchQueue,
    clock: &dyn Clock,
) -> Result<(), StateError> {
    let mut left = batches.clone();
    for round in 1..=SEND_ROUNDS {
        let message = |(batch, people): (&u32, &Vec<EmployeeId>)| {
            BatchMessage::new(import.portal.clone(), import.id.clone(), *batch, people.clone(), number)
        };
        let messages: Vec<_> = left.iter().map(message).collect();
        match queue.send(&messages).await {
            Ok(taken) => left.retain(|batch, _| !taken.contains(batch)),
            Err(error) => tracing::warn!(error = %Causes(&error), import = %import.id, "no batch could be sent"),
        }
        let unsent: Vec<u32> = others.iter().chain(left.keys()).copied().collect();
        imports.mark_sent(&import.portal, &import.id, number, &unsent, clock.now()).await?;
        if left.is_empty() || round == SEND_ROUNDS {
            break;
        }
        number = match imports.record_send(&import.portal, &import.id, number).await {
            Ok(next) => next,
            Err(StateError::Conflict) => break,
            Err(error) => return Err(error),
        };
    }
    Ok(())
}

/// The row of the person at this place of the import; `None` for whom the plan does not offer.
fn row(position: usize, entry: &PlanEntry) -> Option<ImportPerson> {
    Some(ImportPerson {
        employee_id: entry.employee_id.clone(),
        given_name: entry.given_name.clone(),
        family_name: entry.family_name.clone(),
        email: EmailAddress::parse(entry.email.as_deref()?).ok()?,
        start: Start::of(&entry.decision)?,
        batch: batch_of(position),
        outcome: Outcome::Waiting,
    })
}
