//! Work on imports: attempts, ends.

use async_trait::async_trait;
use domain::ids::{EmployeeId, ImportId, PortalId};
use domain::import::{Batch, Import, ImportPerson, ImportStatus, Outcome};
use jiff::Timestamp;

use super::{Kept, Memory};
use crate::{ImportWork, StateError};

impl Kept {
    /// An import to change; [`StateError::Conflict`] where there is none.
    pub(super) fn import(&mut self, portal: &PortalId, import: &ImportId) -> Result<&mut Import, StateError> {
        self.imports.get_mut(&(portal.clone(), import.clone())).ok_or(StateError::Conflict)
    }

    /// A batch to change; [`StateError::Conflict`] where there is none.
    pub(super) fn batch(
        &mut self,
        portal: &PortalId,
        import: &ImportId,
        number: u32,
    ) -> Result<&mut Batch, StateError> {
        let batches = self.batches.get_mut(&(portal.clone(), import.clone()));
        batches.and_then(|batches| batches.get_mut(&number)).ok_or(StateError::Conflict)
    }
}

#[async_trait]
impl ImportWork for Memory {
    async fn begin_attempt(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: Batch,
        now: Timestamp,
    ) -> Result<Batch, StateError> {
        let mut kept = self.kept();
        let stored = kept.batch(portal, import, batch.number)?;
        if stored.attempts != batch.attempts || stored.ended_at.is_some() {
            return Err(StateError::Conflict);
        }
        stored.attempts += 1;
        stored.attempted_at = Some(now);
        Ok(stored.clone())
    }

    async fn record_failure(&self, portal: &PortalId, import: &ImportId, number: u32) -> Result<u32, StateError> {
        let mut kept = self.kept();
        let stored = kept.batch(portal, import, number)?;
        stored.failures += 1;
        Ok(stored.failures)
    }

    async fn people_of(
        &self,
        portal: &PortalId,
        import: &ImportId,
        people: &[EmployeeId],
    ) -> Result<Vec<ImportPerson>, StateError> {
        let kept = self.kept();
        let Some(rows) = kept.people.get(&(portal.clone(), import.clone())) else {
            return Ok(Vec::new());
        };
        Ok(people.iter().filter_map(|employee| rows.get(employee).cloned()).collect())
    }

    async fn end_person(
        &self,
        portal: &PortalId,
        import: &ImportId,
        employee: &EmployeeId,
        outcome: &Outcome,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        let rows = kept.people.get_mut(&(portal.clone(), import.clone()));
        let row = rows.and_then(|rows| rows.get_mut(employee)).filter(|row| row.outcome == Outcome::Waiting);
        row.ok_or(StateError::Conflict)?.outcome = outcome.clone();
        Ok(())
    }

    async fn end_batch(
        &self,
        portal: &PortalId,
        import: &ImportId,
        number: u32,
        at: Timestamp,
    ) -> Result<(), StateError> {
        self.kept().batch(portal, import, number)?.ended_at.get_or_insert(at);
        Ok(())
    }

    async fn set_wait(&self, portal: &PortalId, import: &ImportId, until: Option<Timestamp>) -> Result<(), StateError> {
        let mut kept = self.kept();
        let import = kept.import(portal, import)?;
        if !import.status.has_ended() {
            import.wait_until = until;
        }
        Ok(())
    }

    async fn end_import(
        &self,
        portal: &PortalId,
        import: &ImportId,
        status: ImportStatus,
        places_back: u32,
        at: Timestamp,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        if kept.import(portal, import)?.status != ImportStatus::Running {
            return Err(StateError::Conflict);
        }
        let owner = kept.portals.get_mut(portal).ok_or(StateError::Conflict)?;
        let places_used = owner.places_used.checked_sub(places_back);
        if owner.active_import.as_ref() != Some(import) {
            return Err(StateError::Conflict);
        }
        owner.places_used = places_used.ok_or(StateError::Conflict)?;
        owner.active_import = None;
        let import = kept.import(portal, import)?;
        import.status = status;
        import.ended_at = Some(at);
        import.wait_until = None;
        Ok(())
    }
}
