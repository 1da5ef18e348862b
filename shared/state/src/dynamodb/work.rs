//! Work on imports: attempts, ends.

use async_trait::async_trait;
use domain::ids::{EmployeeId, ImportId, LearningObjectId, PortalId};
use domain::import::{Batch, Ending, ImportStatus, Outcome, Wait};
use domain::member::Member;
use jiff::Timestamp;

use super::items::{Change, IS_NEW, attribute, number, row_version, text, to_item};
use super::rows::Row;
use super::{DynamoDb, keys};
use crate::{ImportWork, StateError};

/// How a person fared, if they were waiting.
fn ended(portal: &PortalId, import: &ImportId, employee: &EmployeeId, outcome: &Outcome) -> Result<Change, StateError> {
    Ok(Change {
        key: keys::person(portal, import, employee),
        update: "SET #outcome = :outcome",
        // The outcome is a map whose tag has the map's own name.
        condition: Some("#outcome.#outcome = :waiting"),
        values: vec![(":outcome", attribute(Row::Person, outcome)?), (":waiting", text("waiting"))],
    })
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
        let condition = match batch.attempts {
            0 => IS_NEW,
            _ => "#attempts = :attempts AND #dropped = :no",
        };
        let mut values = vec![
            (":number", number(batch.number)),
            (":next", number(batch.attempts + 1)),
            (":now", attribute(Row::Batch, &now)?),
            (":zero", number(0)),
            (":no", attribute(Row::Batch, &false)?),
            (":attempt", text(&batch.attempt)),
            row_version(Row::Batch),
        ];
        if batch.attempts > 0 {
            values.push((":attempts", number(batch.attempts)));
        }
        let change = Change {
            key: keys::batch(portal, import, batch.number),
            update: "SET #number = :number, #attempts = :next, #attempted_at = :now, #attempt = :attempt, \
                     #failures = if_not_exists(#failures, :zero), #dropped = if_not_exists(#dropped, :no), \
                     #row_version = if_not_exists(#row_version, :row_version)",
            condition: Some(condition),
            values,
        };
        let is_ours = |stored: &Batch| {
            stored.attempts == batch.attempts + 1 && stored.attempt == batch.attempt && !batch.attempt.is_empty()
        };
        self.change_once(change, is_ours).await
    }

    async fn end_attempt(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: &Batch,
        failed: bool,
    ) -> Result<Batch, StateError> {
        let change = Change {
            key: keys::batch(portal, import, batch.number),
            update: "SET #failures = #failures + :failed REMOVE #attempted_at",
            condition: Some("#attempts = :attempts AND attribute_exists(#attempted_at)"),
            values: vec![(":failed", number(u32::from(failed))), (":attempts", number(batch.attempts))],
        };
        self.change_once(change, |stored: &Batch| stored.attempts == batch.attempts).await
    }

    async fn drop_batch(&self, portal: &PortalId, import: &ImportId, batch: u32) -> Result<(), StateError> {
        let dropped = Batch { dropped: true, ..Batch::new(batch) };
        let item = to_item(keys::batch(portal, import, batch), &dropped, None)?;
        let yes = attribute(Row::Batch, &true)?;
        self.put_where(item, "attribute_not_exists(#pk) OR #dropped = :yes", vec![(":yes", yes)]).await
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

    async fn fail_person(
        &self,
        portal: &PortalId,
        import: &ImportId,
        employee: &EmployeeId,
        outcome: &Outcome,
        before: Option<&Member>,
        after: Option<&Member>,
    ) -> Result<(), StateError> {
        let person = self.change_part(ended(portal, import, employee, outcome)?)?;
        self.transact(vec![person, self.member_part(portal, employee, before, after)?]).await?;
        Ok(())
    }

    async fn set_wait(&self, portal: &PortalId, import: &ImportId, wait: &Wait) -> Result<(), StateError> {
        let change = Change {
            key: keys::import(portal, import),
            update: "SET #wait = :wait",
            condition: Some("#status IN (:accepting, :running)"),
            values: vec![
                (":wait", attribute(Row::Import, wait)?),
                (":accepting", attribute(Row::Import, &ImportStatus::Accepting)?),
                (":running", attribute(Row::Import, &ImportStatus::Running)?),
            ],
        };
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

    async fn resume_import(&self, portal: &PortalId, import: &ImportId, at: Timestamp) -> Result<(), StateError> {
        let change = Change {
            key: keys::import(portal, import),
            update: "SET #resumed_at = :at",
            condition: Some("#status IN (:accepting, :running)"),
            values: vec![
                (":at", attribute(Row::Import, &at)?),
                (":accepting", attribute(Row::Import, &ImportStatus::Accepting)?),
                (":running", attribute(Row::Import, &ImportStatus::Running)?),
            ],
        };
        self.change_or_leave(change).await.map(drop)
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
