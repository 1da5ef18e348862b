//! What a worker stores of an import, in DynamoDB: attempts at batches, outcomes of people, waits, and the end.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::ids::{EmployeeId, ImportId, LearningObjectId, PortalId};
use domain::import::{AttemptEnd, Batch, Ending, Import, ImportStatus, Outcome, Wait, WaitReason};
use domain::member::Member;
use jiff::Timestamp;

use super::errors::Refused;
use super::items::{Change, IS_NEW, attribute, number, row_version, text, to_item};
use super::rows::Row;
use super::{DynamoDb, keys};
use crate::{ImportReader as _, ImportWork, StateError};

/// How often it is tried to change the list of unsent batches where others change it as well.
const UNSENT_TRIES: u32 = 5;

/// Stores the outcome of a person who was waiting.
fn ended(portal: &PortalId, import: &ImportId, employee: &EmployeeId, outcome: &Outcome) -> Result<Change, StateError> {
    Ok(Change {
        key: keys::person(portal, import, employee),
        update: "SET #outcome = :outcome",
        // The outcome is a map whose tag has the map's own name.
        condition: Some("#outcome.#outcome = :waiting"),
        values: vec![(":outcome", attribute(Row::Person, outcome)?), (":waiting", text("waiting"))],
    })
}

impl DynamoDb {
    /// The condition of a transaction that the import is there and has not ended, like [`Self::running_part`].
    pub(super) fn active_part(&self, portal: &PortalId, import: &ImportId) -> Result<TransactWriteItem, StateError> {
        self.change_part(Change {
            key: keys::import(portal, import),
            update: "SET #portal = :portal",
            condition: Some("#status IN (:accepting, :running)"),
            values: vec![
                (":portal", text(portal)),
                (":accepting", attribute(Row::Import, &ImportStatus::Accepting)?),
                (":running", attribute(Row::Import, &ImportStatus::Running)?),
            ],
        })
    }

    /// The condition of a transaction that the import is running. It is a change that changes nothing, because a
    /// `ConditionCheck` would need a permission of its own.
    fn running_part(&self, portal: &PortalId, import: &ImportId) -> Result<TransactWriteItem, StateError> {
        self.change_part(Change {
            key: keys::import(portal, import),
            update: "SET #status = :running",
            condition: Some("#status = :running"),
            values: vec![(":running", attribute(Row::Import, &ImportStatus::Running)?)],
        })
    }

    /// The condition of a transaction that no attempt at the batch has begun since those that `batch` has, like
    /// [`Self::running_part`].
    fn attempts_part(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: &Batch,
    ) -> Result<TransactWriteItem, StateError> {
        self.change_part(Change {
            key: keys::batch(portal, import, batch.number),
            update: "SET #attempts = :attempts",
            condition: Some("#attempts = :attempts"),
            values: vec![(":attempts", number(batch.attempts))],
        })
    }

    /// Changes the list of unsent batches of a running import, and the number of its last sending, as `change` says of what is
    /// stored, on the condition that no other
    /// sending and no other change of the list came between, and again where one did; nothing where it says `None`. With
    /// `sent_at` it records that time as well. [`StateError::Conflict`] where there is no such import, or others change the
    /// list all the time.
    pub(super) async fn change_unsent(
        &self,
        portal: &PortalId,
        import: &ImportId,
        sent_at: Option<Timestamp>,
        change: impl Fn(&Import) -> Option<(Vec<u32>, u32)> + Send,
    ) -> Result<(), StateError> {
        for _ in 0..UNSENT_TRIES {
            let stored = self.find_import(portal, import).await?.ok_or(StateError::Conflict)?;
            let changed = change(&stored).filter(|_| stored.status == ImportStatus::Running);
            let Some((unsent, sends)) = changed else { return Ok(()) };
            let mut values = vec![
                (":unsent", attribute(Row::Import, &unsent)?),
                (":was", attribute(Row::Import, &stored.unsent)?),
                (":sends", number(sends)),
                (":sends_was", number(stored.sends)),
                (":running", attribute(Row::Import, &ImportStatus::Running)?),
            ];
            let update = match sent_at {
                None => "SET #unsent = :unsent, #sends = :sends",
                Some(at) => {
                    values.push((":at", attribute(Row::Import, &at)?));
                    "SET #unsent = :unsent, #sends = :sends, #sent_at = :at"
                }
            };
            let condition = Some("#status = :running AND #sends = :sends_was AND #unsent = :was");
            let change = Change { key: keys::import(portal, import), update, condition, values };
            match self.change(change).await {
                Ok(_) => return Ok(()),
                // Somebody else was quicker, or this very write, whose answer was lost: what is stored now says which.
                Err(Refused::Condition(_)) => {}
                Err(Refused::State(error)) => return Err(error),
            }
        }
        Err(StateError::Conflict)
    }

    /// One transaction: makes the row of a batch where there is none, of an import that is running. Also `Ok` where
    /// `is_done` says of the stored batch that this very write was made before.
    async fn add_batch(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: Batch,
        is_done: impl Fn(&Batch) -> bool + Send,
    ) -> Result<Batch, StateError> {
        let item = to_item(keys::batch(portal, import, batch.number), &batch, None)?;
        let writes = vec![self.put_part(item, IS_NEW, Vec::new())?, self.running_part(portal, import)?];
        match self.transact(writes).await {
            Ok(()) => Ok(batch),
            Err(Refused::Condition(())) => {
                let stored: Option<Batch> = self.get(keys::batch(portal, import, batch.number)).await?;
                stored.filter(is_done).ok_or(StateError::Conflict)
            }
            Err(refused) => Err(refused.into()),
        }
    }
}

#[async_trait]
impl ImportWork for DynamoDb {
    async fn begin_attempt(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Batch, StateError> {
        let is_ours = |stored: &Batch| {
            stored.attempts == batch.attempts + 1 && stored.attempt == batch.attempt && !batch.attempt.is_empty()
        };
        if batch.attempts == 0 {
            let attempt = batch.attempt.clone();
            let begun = Batch { attempts: 1, attempted_at: Some(now), attempt, ..Batch::new(batch.number) };
            return self.add_batch(portal, import, begun, is_ours).await;
        }
        let values = vec![
            (":number", number(batch.number)),
            (":attempts", number(batch.attempts)),
            (":next", number(batch.attempts + 1)),
            (":now", attribute(Row::Batch, &now)?),
            (":zero", number(0)),
            (":no", attribute(Row::Batch, &false)?),
            (":attempt", text(&batch.attempt)),
            row_version(Row::Batch),
        ];
        let change = Change {
            key: keys::batch(portal, import, batch.number),
            update: "SET #number = :number, #attempts = :next, #attempted_at = :now, #attempt = :attempt, \
                     #failures = if_not_exists(#failures, :zero), #dropped = if_not_exists(#dropped, :no), \
                     #row_version = if_not_exists(#row_version, :row_version)",
            condition: Some("#attempts = :attempts AND #dropped = :no"),
            values,
        };
        self.change_once(change, is_ours).await
    }

    async fn end_attempt(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: &Batch,
        end: AttemptEnd,
    ) -> Result<Batch, StateError> {
        let change = Change {
            key: keys::batch(portal, import, batch.number),
            update: "SET #failures = #failures + :failed, #ended = :ended, #asked = :asked REMOVE #attempted_at",
            condition: Some("#attempts = :attempts AND attribute_exists(#attempted_at)"),
            values: vec![
                (":failed", number(u32::from(end.failed))),
                (":ended", number(batch.ended + 1)),
                (":asked", attribute(Row::Batch, &(batch.asked || end.asked))?),
                (":attempts", number(batch.attempts)),
            ],
        };
        self.change_once(change, |stored: &Batch| stored.attempts == batch.attempts).await
    }

    async fn drop_batch(&self, portal: &PortalId, import: &ImportId, batch: &Batch) -> Result<(), StateError> {
        if batch.attempts == 0 {
            let dropped = Batch { dropped: true, ..Batch::new(batch.number) };
            return self.add_batch(portal, import, dropped, |stored| stored.dropped).await.map(drop);
        }
        let change = Change {
            key: keys::batch(portal, import, batch.number),
            update: "SET #dropped = :yes",
            condition: Some("#attempts = :attempts AND #ended = :attempts"),
            values: vec![(":yes", attribute(Row::Batch, &true)?), (":attempts", number(batch.attempts))],
        };
        Ok(self.change(change).await.map(drop)?)
    }

    async fn end_person(
        &self,
        portal: &PortalId,
        import: &ImportId,
        employee: &EmployeeId,
        outcome: &Outcome,
    ) -> Result<(), StateError> {
        self.change(ended(portal, import, employee, outcome)?).await?;
        Ok(())
    }

    async fn end_person_with_member(
        &self,
        portal: &PortalId,
        import: &ImportId,
        employee: &EmployeeId,
        outcome: &Outcome,
        before: Option<&Member>,
        after: Option<&Member>,
        batch: Option<&Batch>,
    ) -> Result<(), StateError> {
        let person = self.change_part(ended(portal, import, employee, outcome)?)?;
        let mut writes = vec![person, self.member_part(portal, employee, before, after)?];
        if let Some(batch) = batch {
            writes.push(self.attempts_part(portal, import, batch)?);
        }
        self.transact(writes).await?;
        Ok(())
    }

    async fn set_wait(
        &self,
        portal: &PortalId,
        import: &ImportId,
        wait: &Wait,
        asked_until: Option<Timestamp>,
    ) -> Result<(), StateError> {
        let mut values = vec![
            (":wait", attribute(Row::Import, wait)?),
            (":retry_after", attribute(Row::Import, &WaitReason::RetryAfter)?),
            (":until", attribute(Row::Import, &wait.until)?),
            (":accepting", attribute(Row::Import, &ImportStatus::Accepting)?),
            (":running", attribute(Row::Import, &ImportStatus::Running)?),
        ];
        // A reason is stored as a map with its name and what belongs to it.
        let (update, condition) = if let Some(asked_until) = asked_until {
            values.push((":asked", attribute(Row::Import, &asked_until)?));
            (
                "SET #wait = :wait, #asked_until = :asked",
                "#status IN (:accepting, :running) AND \
                 (attribute_not_exists(#wait) OR #wait.#why <> :retry_after OR #wait.#until <= :until) AND \
                 (attribute_not_exists(#asked_until) OR #asked_until <= :asked)",
            )
        } else {
            (
                "SET #wait = :wait",
                "#status IN (:accepting, :running) AND \
                 (attribute_not_exists(#wait) OR #wait.#why <> :retry_after OR #wait.#until <= :until) AND \
                 (attribute_not_exists(#asked_until) OR #asked_until <= :until)",
            )
        };
        let change = Change { key: keys::import(portal, import), update, condition: Some(condition), values };
        self.change_or_leave(change).await.map(drop)
    }

    async fn end_wait(&self, portal: &PortalId, import: &ImportId, wait: &Wait) -> Result<(), StateError> {
        let change = Change {
            key: keys::import(portal, import),
            update: "REMOVE #wait",
            condition: Some("#status IN (:accepting, :running) AND #wait = :wait"),
            values: vec![
                (":wait", attribute(Row::Import, wait)?),
                (":accepting", attribute(Row::Import, &ImportStatus::Accepting)?),
                (":running", attribute(Row::Import, &ImportStatus::Running)?),
            ],
        };
        self.change_or_leave(change).await.map(drop)
    }

    async fn set_assignable(
        &self,
        portal: &PortalId,
        import: &ImportId,
        courses: &[LearningObjectId],
    ) -> Result<(), StateError> {
        let change = Change {
            key: keys::import(portal, import),
            update: "SET #assignable = :courses",
            condition: Some("#status IN (:accepting, :running)"),
            values: vec![
                (":courses", attribute(Row::Import, &courses)?),
                (":accepting", attribute(Row::Import, &ImportStatus::Accepting)?),
                (":running", attribute(Row::Import, &ImportStatus::Running)?),
            ],
        };
        self.change_or_leave(change).await.map(drop)
    }

    async fn resume_import(
        &self,
        portal: &PortalId,
        import: &ImportId,
        was: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<(), StateError> {
        let mut values = vec![
            (":at", attribute(Row::Import, &at)?),
            (":accepting", attribute(Row::Import, &ImportStatus::Accepting)?),
            (":running", attribute(Row::Import, &ImportStatus::Running)?),
        ];
        let condition = match was {
            None => "#status IN (:accepting, :running) AND attribute_not_exists(#resumed_at)",
            Some(was) => {
                values.push((":was", attribute(Row::Import, &was)?));
                "#status IN (:accepting, :running) AND #resumed_at = :was"
            }
        };
        let key = keys::import(portal, import);
        let change = Change { key, update: "SET #resumed_at = :at", condition: Some(condition), values };
        self.change_or_leave(change).await.map(drop)
    }

    async fn mark_unsent(
        &self,
        portal: &PortalId,
        import: &ImportId,
        send: u32,
        batches: &[u32],
    ) -> Result<(), StateError> {
        self.change_unsent(portal, import, None, |stored| {
            let (unsent, sends) = stored.left_to_sweeper(send, batches);
            (unsent != stored.unsent || sends != stored.sends).then_some((unsent, sends))
        })
        .await
    }

    async fn stop_import(&self, portal: &PortalId, import: &ImportId, at: Timestamp) -> Result<(), StateError> {
        let change = Change {
            key: keys::import(portal, import),
            update: "SET #stopped_at = if_not_exists(#stopped_at, :at)",
            condition: Some("#status = :running"),
            values: vec![
                (":at", attribute(Row::Import, &at)?),
                (":running", attribute(Row::Import, &ImportStatus::Running)?),
            ],
        };
        self.change_or_leave(change).await.map(drop)
    }

    async fn end_import(
        &self,
        portal: &PortalId,
        import: &ImportId,
        ending: &Ending,
        at: Timestamp,
    ) -> Result<(), StateError> {
        let ended = Change {
            key: keys::import(portal, import),
            update: "SET #status = :status, #sums = :sums, #refused = :refused, #ended_at = :at",
            condition: Some("#status = :running"),
            values: vec![
                (":status", attribute(Row::Import, &ending.status)?),
                (":sums", attribute(Row::Import, &ending.sums)?),
                (":refused", attribute(Row::Import, &ending.refused)?),
                (":at", attribute(Row::Import, &at)?),
                (":running", attribute(Row::Import, &ImportStatus::Running)?),
            ],
        };
        let freed = Change {
            key: keys::portal(portal),
            update: "SET #places_used = #places_used - :back REMOVE #active_import",
            condition: Some("#active_import = :import AND #places_used >= :back"),
            values: vec![(":back", number(ending.sums.places_back)), (":import", text(import))],
        };
        let unlisted = self.delete_part(keys::active_import(portal, import), None, Vec::new())?;
        self.transact(vec![self.change_part(ended)?, self.change_part(freed)?, unlisted]).await?;
        Ok(())
    }
}
