//! From an accepted import to batches on the queue. Each step can be done again without harm, so that whoever finds an
//! import half dispatched finishes it.

use std::collections::BTreeMap;

use domain::clock::Clock;
use domain::fault::Causes;
use domain::ids::EmployeeId;
use domain::import::{BatchMessage, Import, ImportPerson, Outcome, PersonTask, batch_of};
use domain::plan::{Plan, PlanEntry};
use jiff::{SignedDuration, Timestamp};
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

/// Puts accepted imports to work.
#[derive(Clone, Copy)]
pub struct Dispatch<'run> {
    /// Imports, to write their people and to record what is sent.
    pub imports: &'run dyn ImportAcceptance,
    /// The queue of batches.
    pub queue: &'run dyn BatchQueue,
    /// The time.
    pub clock: &'run dyn Clock,
}

impl Dispatch<'_> {
    /// Writes the people of an accepted import, starts it, and puts its batches on the queue.
    pub async fn import(&self, import: &Import, plan: &Plan) -> Result<(), DispatchError> {
        let ticked = import.ticks.people(plan).ok_or(DispatchError::PlanMismatch)?;
        let people: Option<Vec<_>> =
            ticked.into_iter().enumerate().map(|(position, entry)| row(position, entry)).collect();
        let people = people.ok_or(DispatchError::PlanMismatch)?;
        self.put_to_work(import, people, import.accepted_at + RETENTION).await
    }

    /// Writes the rows of an accepted import, which are kept for `keep_until` at the longest, starts it, and puts its
    /// batches on the queue.
    pub(crate) async fn put_to_work(
        &self,
        import: &Import,
        people: Vec<ImportPerson>,
        keep_until: Timestamp,
    ) -> Result<(), DispatchError> {
        self.imports.add_people(import, &people, keep_until).await?;
        if !self.imports.start_import(&import.portal, &import.id).await? {
            // Whoever started it sends.
            return Ok(());
        }
        let mut batches = Batches::new();
        for person in people {
            batches.entry(person.batch).or_default().push(person.employee_id);
        }
        Ok(self.send(import, 1, &batches, Vec::new()).await?)
    }

    /// Puts these batches of a running import on the queue once more. What the queue does not take stays unsent.
    pub async fn send_again(&self, import: &Import, batches: &Batches) -> Result<(), StateError> {
        let others = import.unsent.iter().filter(|number| !batches.contains_key(number)).copied().collect();
        match self.imports.record_send(&import.portal, &import.id, import.sends).await {
            Ok(send_number) => self.send(import, send_number, batches, others).await,
            // Somebody else is sending.
            Err(StateError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// One sending, whose number was saved before, and those at once for what the queue left out, each with a number of its
    /// own: one that the queue saw before would be taken for a repetition. `others`: batches that stay unsent.
    async fn send(
        &self,
        import: &Import,
        mut number: u32,
        batches: &Batches,
        others: Vec<u32>,
    ) -> Result<(), StateError> {
        let mut left = batches.clone();
        for round in 1..=SEND_ROUNDS {
            let message = |(batch, people): (&u32, &Vec<EmployeeId>)| {
                BatchMessage::new(import.portal.clone(), import.id.clone(), *batch, people.clone(), number)
            };
            let messages: Vec<_> = left.iter().map(message).collect();
            match self.queue.send(&messages).await {
                Ok(taken) => left.retain(|batch, _| !taken.contains(batch)),
                Err(error) => tracing::warn!(error = %Causes(&error), "no batch could be sent"),
            }
            let unsent: Vec<u32> = others.iter().chain(left.keys()).copied().collect();
            self.imports.mark_sent(&import.portal, &import.id, number, &unsent, self.clock.now()).await?;
            if left.is_empty() || round == SEND_ROUNDS {
                break;
            }
            number = match self.imports.record_send(&import.portal, &import.id, number).await {
                Ok(next) => next,
                Err(StateError::Conflict) => break,
                Err(error) => return Err(error),
            };
        }
        Ok(())
    }
}

/// The row of the person at this place of the import; `None` for whom the plan does not offer.
fn row(position: usize, entry: &PlanEntry) -> Option<ImportPerson> {
    Some(ImportPerson {
        employee_id: entry.employee_id.clone(),
        given_name: entry.given_name.clone(),
        family_name: entry.family_name.clone(),
        email: entry.email.address().ok()?.clone(),
        task: PersonTask::of(&entry.decision)?,
        batch: batch_of(position),
        outcome: Outcome::Waiting,
    })
}
