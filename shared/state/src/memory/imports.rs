//! Imports: reading, accepting, listing.

use async_trait::async_trait;
use domain::ids::{ImportId, PortalId};
use domain::import::{Batch, Import, ImportPerson, ImportStatus};
use jiff::Timestamp;

use super::Memory;
use crate::{AcceptRefused, ActiveImport, ActiveImports, ImportAcceptance, ImportReader, StateError};

#[async_trait]
impl ImportReader for Memory {
    async fn find_import(&self, portal: &PortalId, import: &ImportId) -> Result<Option<Import>, StateError> {
        Ok(self.kept().imports.get(&(portal.clone(), import.clone())).cloned())
    }

    async fn import_people(&self, portal: &PortalId, import: &ImportId) -> Result<Vec<ImportPerson>, StateError> {
        let kept = self.kept();
        let people = kept.people.get(&(portal.clone(), import.clone()));
        Ok(people.into_iter().flat_map(|people| people.values().cloned()).collect())
    }

    async fn batches(&self, portal: &PortalId, import: &ImportId) -> Result<Vec<Batch>, StateError> {
        let kept = self.kept();
        let batches = kept.batches.get(&(portal.clone(), import.clone()));
        Ok(batches.into_iter().flat_map(|batches| batches.values().cloned()).collect())
    }

    async fn find_batch(&self, portal: &PortalId, import: &ImportId, number: u32) -> Result<Option<Batch>, StateError> {
        let kept = self.kept();
        let batches = kept.batches.get(&(portal.clone(), import.clone()));
        Ok(batches.and_then(|batches| batches.get(&number)).cloned())
    }
}

#[async_trait]
impl ImportAcceptance for Memory {
    async fn accept_import(&self, import: &Import, imports_accepted: u32) -> Result<(), AcceptRefused> {
        let mut kept = self.kept();
        let key = (import.portal.clone(), import.id.clone());
        if let Some(before) = kept.imports.get(&key) {
            return Err(AcceptRefused::AcceptedBefore(Box::new(before.clone())));
        }
        let portal = kept.portals.get_mut(&import.portal).ok_or(StateError::Conflict)?;
        if let Some(active) = &portal.active_import {
            return Err(AcceptRefused::AnotherIsActive(active.clone()));
        }
        if portal.imports_accepted != imports_accepted {
            return Err(AcceptRefused::PlanOutdated);
        }
        let left = portal.places_left();
        let Some(people) = u32::try_from(import.people.len()).ok().filter(|people| *people <= left) else {
            return Err(AcceptRefused::NotEnoughPlaces { left });
        };
        portal.active_import = Some(import.id.clone());
        portal.places_used += people;
        portal.imports_accepted += 1;
        kept.imports.insert(key, import.clone());
        Ok(())
    }

    async fn add_people(&self, import: &Import, people: &[ImportPerson], _: Timestamp) -> Result<(), StateError> {
        let mut kept = self.kept();
        let rows = kept.people.entry((import.portal.clone(), import.id.clone())).or_default();
        for person in people {
            rows.entry(person.employee_id.clone()).or_insert_with(|| person.clone());
        }
        Ok(())
    }

    async fn add_batches(&self, import: &Import, batches: &[Batch]) -> Result<(), StateError> {
        let mut kept = self.kept();
        let rows = kept.batches.entry((import.portal.clone(), import.id.clone())).or_default();
        for batch in batches {
            rows.entry(batch.number).or_insert_with(|| batch.clone());
        }
        Ok(())
    }

    async fn start_import(&self, portal: &PortalId, import: &ImportId) -> Result<(), StateError> {
        let mut kept = self.kept();
        let import = kept.import(portal, import)?;
        if import.status == ImportStatus::Accepting {
            import.status = ImportStatus::Running;
        }
        Ok(())
    }

    async fn record_send(&self, portal: &PortalId, import: &ImportId, batch: Batch) -> Result<Batch, StateError> {
        let mut kept = self.kept();
        let stored = kept.batch(portal, import, batch.number)?;
        if stored.sends != batch.sends {
            return Err(StateError::Conflict);
        }
        stored.sends += 1;
        Ok(stored.clone())
    }

    async fn mark_sent(
        &self,
        portal: &PortalId,
        import: &ImportId,
        number: u32,
        at: Timestamp,
    ) -> Result<(), StateError> {
        self.kept().batch(portal, import, number)?.sent_at = Some(at);
        Ok(())
    }
}

#[async_trait]
impl ActiveImports for Memory {
    async fn active_imports(&self) -> Result<Vec<ActiveImport>, StateError> {
        let kept = self.kept();
        let active = kept.imports.values().filter(|import| !import.status.has_ended());
        Ok(active.map(|import| ActiveImport { portal: import.portal.clone(), import: import.id.clone() }).collect())
    }
}
