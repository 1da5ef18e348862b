//! Work on imports: attempts, ends.

use async_trait::async_trait;
use domain::ids::{EmployeeId, ImportId, PortalId};
use domain::import::{Batch, ImportPerson, ImportStatus, Outcome};
use jiff::Timestamp;

use super::items::{Change, attribute, number, text};
use super::{DynamoDb, keys};
use crate::{ImportWork, StateError};

#[async_trait]
impl ImportWork for DynamoDb {
    async fn begin_attempt(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Batch, StateError> {
        let change = Change {
            key: keys::batch(portal, import, batch.number),
            update: "SET #attempts = :next, #attempted_at = :now",
            condition: Some("#attempts = :attempts AND attribute_not_exists(#ended_at)"),
            values: vec![
                (":attempts", number(batch.attempts)),
                (":next", number(batch.attempts + 1)),
                (":now", attribute("batch", &now)?),
            ],
        };
        self.change_to("batch", change).await
    }

    async fn record_failure(&self, portal: &PortalId, import: &ImportId, batch: u32) -> Result<u32, StateError> {
        let change = Change {
            key: keys::batch(portal, import, batch),
            update: "SET #failures = #failures + :one",
            condition: Some("attribute_exists(#pk)"),
            values: vec![(":one", number(1))],
        };
        self.change_to("batch", change).await.map(|batch: Batch| batch.failures)
    }

    async fn people_of(
        &self,
        portal: &PortalId,
        import: &ImportId,
        people: &[EmployeeId],
    ) -> Result<Vec<ImportPerson>, StateError> {
        self.person_rows(portal, import, people).await
    }

    async fn end_person(
        &self,
        portal: &PortalId,
        import: &ImportId,
        employee: &EmployeeId,
        outcome: &Outcome,
    ) -> Result<(), StateError> {
        // The outcome is a map whose tag has the map's own name.
        let change = Change {
            key: keys::person(portal, import, employee),
            update: "SET #outcome = :outcome",
            condition: Some("#outcome.#outcome = :waiting"),
            values: vec![(":outcome", attribute("person", outcome)?), (":waiting", text("waiting"))],
        };
        self.change(change).await?;
        Ok(())
    }

    async fn end_batch(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: u32,
        at: Timestamp,
    ) -> Result<(), StateError> {
        let change = Change {
            key: keys::batch(portal, import, batch),
            update: "SET #ended_at = if_not_exists(#ended_at, :at)",
            condition: Some("attribute_exists(#pk)"),
            values: vec![(":at", attribute("batch", &at)?)],
        };
        self.change(change).await?;
        Ok(())
    }

    async fn set_wait(&self, portal: &PortalId, import: &ImportId, until: Option<Timestamp>) -> Result<(), StateError> {
        let mut values = vec![
            (":accepting", attribute("import", &ImportStatus::Accepting)?),
            (":running", attribute("import", &ImportStatus::Running)?),
        ];
        let update = match until {
            None => "REMOVE #wait_until",
            Some(until) => {
                values.push((":until", attribute("import", &until)?));
                "SET #wait_until = :until"
            }
        };
        let condition = Some("#status IN (:accepting, :running)");
        self.change_or_leave(Change { key: keys::import(portal, import), update, condition, values }).await
    }

    async fn end_import(
        &self,
        portal: &PortalId,
        import: &ImportId,
        status: ImportStatus,
        places_back: u32,
        at: Timestamp,
    ) -> Result<(), StateError> {
        let ended = Change {
            key: keys::import(portal, import),
            update: "SET #status = :status, #ended_at = :at REMOVE #wait_until",
            condition: Some("#status = :running"),
            values: vec![
                (":status", attribute("import", &status)?),
                (":at", attribute("import", &at)?),
                (":running", attribute("import", &ImportStatus::Running)?),
            ],
        };
        let freed = Change {
            key: keys::portal(portal),
            update: "SET #places_used = #places_used - :back REMOVE #active_import",
            condition: Some("#active_import = :import AND #places_used >= :back"),
            values: vec![(":back", number(places_back)), (":import", text(import))],
        };
        let unlisted = self.delete_part(keys::active_import(portal, import))?;
        self.transact(vec![self.change_part(ended)?, self.change_part(freed)?, unlisted]).await?;
        Ok(())
    }
}
