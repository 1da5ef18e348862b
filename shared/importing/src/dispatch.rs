//! Puts the batches of an accepted import on the queue. Each step can be done again without harm, so that the sweeper
//! can finish an import that was cut off half way.

use std::collections::BTreeMap;

use domain::clock::Clock;
use domain::fault::Causes;
use domain::ids::EmployeeId;
use domain::import::{BatchMessage, Import, ImportPerson, Outcome, PersonTask};
use domain::plan::{Plan, PlanEntry};
use jiff::{SignedDuration, Timestamp};
use platform::cause::cause;
use state::{ImportAcceptance, StateError};

use crate::queue::BatchQueue;

/// How long the rows with people's names are kept after an import was confirmed.
pub const RETENTION: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How often one dispatch sends the batches that the queue did not take. The sweeper sends the rest.
const SEND_ROUNDS: u32 = 3;

/// The people of some batches, by the batch's number.
pub type Batches = BTreeMap<u32, Vec<EmployeeId>>;

/// Why an import is not wholly dispatched. It stays accepted, and the sweeper goes on with it.
#[derive(Debug, thiserror::Error)]
pub enum DispatchError {
    /// The ticks are not those of the plan, or it has no email for somebody.
    #[error("the import names people whom its plan does not have")]
    PlanMismatch,
    #[error(transparent)]
    State(#[from] StateError),
}

#[derive(Clone, Copy)]
pub struct Dispatch<'run> {
    /// Imports, to write their people and to record what is sent.
    pub imports: &'run dyn ImportAcceptance,
    pub queue: &'run dyn BatchQueue,
    pub clock: &'run dyn Clock,
}

impl Dispatch<'_> {
    /// Writes the people of an accepted import, starts it, and puts its batches on the queue.
    pub async fn import(&self, import: &Import, plan: &Plan) -> Result<(), DispatchError> {
        let ticked = import.ticks.people(plan).ok_or(DispatchError::PlanMismatch)?;
        let people: Option<Vec<_>> =
            ticked.into_iter().enumerate().map(|(position, entry)| row(import.batch_of(position), entry)).collect();
        let people = people.ok_or(DispatchError::PlanMismatch)?;
        self.write_and_send(import, people, import.accepted_at + RETENTION).await
    }

    /// Writes the rows of an accepted import, which are kept for `keep_until` at the longest, starts it, and puts its
    /// batches on the queue.
    pub(crate) async fn write_and_send(
        &self,
        import: &Import,
        people: Vec<ImportPerson>,
        keep_until: Timestamp,
    ) -> Result<(), DispatchError> {
        match self.imports.add_people(import, &people, keep_until).await {
            Ok(()) => {}
            // Another dispatch was quicker, and the import is over; it may even be erased.
            Err(StateError::Conflict) if self.is_over(import).await? => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if !self.imports.start_import(&import.portal, &import.id).await? {
            // Another dispatch started the import and has sent its batches.
            return Ok(());
        }
        let mut batches = Batches::new();
        for person in people {
            batches.entry(person.batch).or_default().push(person.employee_id);
        }
        Ok(self.send(import, 1, batches).await?)
    }

    async fn is_over(&self, import: &Import) -> Result<bool, StateError> {
        let stored = self.imports.find_import(&import.portal, &import.id).await?;
        Ok(stored.is_none_or(|stored| stored.status.has_ended()))
    }

    /// Puts these batches of a running import on the queue again. Those that the queue does not take stay in `unsent`.
    pub async fn send_again(&self, import: &Import, batches: Batches) -> Result<(), StateError> {
        match self.imports.record_send(&import.portal, &import.id, import.sends).await {
            Ok(send_number) => self.send(import, send_number, batches).await,
            // Another dispatch has sent since, or the import has ended.
            Err(StateError::Conflict) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Sends the batches under a number that was stored before, and repeats for those that the queue did not take. Each
    /// round has its own number, because the queue drops a repeated deduplication id.
    async fn send(&self, import: &Import, mut number: u32, mut left: Batches) -> Result<(), StateError> {
        for round in 1..=SEND_ROUNDS {
            let message = |(batch, people): (&u32, &Vec<EmployeeId>)| {
                let message =
                    BatchMessage::new(import.portal.clone(), import.id.clone(), *batch, people.clone(), number);
                message.caused_by(cause())
            };
            let messages: Vec<_> = left.iter().map(message).collect();
            let taken = self.queue.send(&messages).await.unwrap_or_else(|error| {
                tracing::warn!(error = %Causes(&error), "no batch could be sent");
                Vec::new()
            });
            left.retain(|batch, _| !taken.contains(batch));
            let unsent: Vec<u32> = left.keys().copied().collect();
            self.imports.mark_sent(&import.portal, &import.id, number, &taken, &unsent, self.clock.now()).await?;
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

/// The row of a person of this batch; `None` for a person whom the plan does not offer.
fn row(batch: u32, entry: &PlanEntry) -> Option<ImportPerson> {
    Some(ImportPerson {
        employee_id: entry.employee_id.clone(),
        given_name: entry.given_name.clone(),
        family_name: entry.family_name.clone(),
        email: entry.email.address().ok()?.clone(),
        task: PersonTask::of(&entry.decision)?,
        batch,
        outcome: Outcome::Waiting,
    })
}
