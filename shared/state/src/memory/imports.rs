//! Imports in memory: reading them, accepting them, listing the active ones.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::ids::{EmployeeId, ImportId, PortalId};
use domain::import::{Batch, Import, ImportPerson, ImportStatus};
use jiff::Timestamp;

use super::{Kept, Memory, is_past};
use crate::{AcceptRefused, ActiveImport, ActiveImports, BatchRead, ImportAcceptance, ImportReader, StateError};

#[async_trait]
impl ImportReader for Memory {
    async fn find_import(&self, portal: &PortalId, import: &ImportId) -> Result<Option<Import>, StateError> {
        Ok(self.kept().imports.get(&(portal.clone(), import.clone())).cloned())
    }

    async fn imports_of(&self, portal: &PortalId) -> Result<Vec<Import>, StateError> {
        let kept = self.kept();
        let mut imports: Vec<_> = kept.imports.values().filter(|import| import.portal == *portal).cloned().collect();
        imports.sort_by_key(|import| Reverse(import.accepted_at));
        Ok(imports)
    }

    async fn import_people(&self, portal: &PortalId, import: &ImportId) -> Result<Vec<ImportPerson>, StateError> {
        let now = self.clock.now();
        let kept = self.kept();
        let people = kept.people_there(portal, import, now);
        Ok(people.into_iter().flat_map(|people| people.values().cloned()).collect())
    }

    async fn import_people_lately(
        &self,
        portal: &PortalId,
        import: &ImportId,
    ) -> Result<Vec<ImportPerson>, StateError> {
        let mut people = self.import_people(portal, import).await?;
        people.truncate(people.len().saturating_sub(self.kept().people_behind));
        Ok(people)
    }

    async fn people_of(
        &self,
        portal: &PortalId,
        import: &ImportId,
        people: &[EmployeeId],
    ) -> Result<Vec<ImportPerson>, StateError> {
        let now = self.clock.now();
        let kept = self.kept();
        let Some(rows) = kept.people_there(portal, import, now) else {
            return Ok(Vec::new());
        };
        Ok(people.iter().filter_map(|employee| rows.get(employee).cloned()).collect())
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

    async fn find_batch_with_people(
        &self,
        portal: &PortalId,
        import: &ImportId,
        number: u32,
        people: &[EmployeeId],
    ) -> Result<BatchRead, StateError> {
        let mut asked: Vec<EmployeeId> = Vec::with_capacity(people.len());
        for employee in people {
            if !asked.contains(employee) {
                asked.push(employee.clone());
            }
        }
        Ok(BatchRead {
            import: self.find_import(portal, import).await?,
            batch: self.find_batch(portal, import, number).await?,
            people: self.people_of(portal, import, &asked).await?,
        })
    }
}

impl Kept {
    /// The people of an import, unless they are past their time.
    fn people_there(
        &self,
        portal: &PortalId,
        import: &ImportId,
        now: Timestamp,
    ) -> Option<&BTreeMap<EmployeeId, ImportPerson>> {
        let key = (portal.clone(), import.clone());
        self.people.get(&key).filter(|_| !is_past(self.people_until.get(&key).copied(), now))
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
        if portal.erased_at.is_some() {
            return Err(AcceptRefused::Erased);
        }
        if portal.imports_accepted != imports_accepted {
            return Err(AcceptRefused::PlanOutdated);
        }
        let left = portal.places_left();
        if import.places > left {
            return Err(AcceptRefused::NotEnoughPlaces { left });
        }
        if let Some(undone) = &import.undoes {
            kept.import(&import.portal, undone)?.undone_by = Some(import.id.clone());
        }
        let portal = kept.portals.get_mut(&import.portal).ok_or(StateError::Conflict)?;
        portal.active_import = Some(import.id.clone());
        portal.places_used += import.places;
        portal.imports_accepted += 1;
        kept.imports.insert(key, import.clone());
        Ok(())
    }

    async fn add_people(
        &self,
        import: &Import,
        people: &[ImportPerson],
        keep_until: Timestamp,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        if kept.import(&import.portal, &import.id)?.status.has_ended() {
            return Err(StateError::Conflict);
        }
        let key = (import.portal.clone(), import.id.clone());
        kept.people_until.entry(key.clone()).or_insert(keep_until);
        let rows = kept.people.entry(key).or_default();
        for person in people {
            rows.entry(person.employee_id.clone()).or_insert_with(|| person.clone());
        }
        Ok(())
    }

    async fn start_import(&self, portal: &PortalId, import: &ImportId) -> Result<bool, StateError> {
        let mut kept = self.kept();
        let import = kept.import(portal, import)?;
        let is_unsent = import.status == ImportStatus::Running && import.sends == 1 && import.sent_at.is_none();
        if import.status != ImportStatus::Accepting && !is_unsent {
            return Ok(false);
        }
        import.status = ImportStatus::Running;
        import.undo_people.clear();
        import.sends = 1;
        import.unsent = (0..import.batches()).collect();
        Ok(true)
    }

    async fn record_send(&self, portal: &PortalId, import: &ImportId, was: u32) -> Result<u32, StateError> {
        let mut kept = self.kept();
        let import = kept.import(portal, import)?;
        if !(was..=was + 1).contains(&import.sends) || import.status != ImportStatus::Running {
            return Err(StateError::Conflict);
        }
        import.sends = was + 1;
        Ok(import.sends)
    }

    async fn mark_sent(
        &self,
        portal: &PortalId,
        import: &ImportId,
        send: u32,
        taken: &[u32],
        left: &[u32],
        at: Timestamp,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        let import = kept.import(portal, import)?;
        if import.sends == send && import.status == ImportStatus::Running {
            import.unsent = import.unsent_after(taken, left);
            import.sent_at = Some(at);
        }
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

    async fn sweep_cursor(&self) -> Result<Option<ActiveImport>, StateError> {
        Ok(self.kept().sweep_cursor.clone())
    }

    async fn put_sweep_cursor(&self, last: &ActiveImport) -> Result<(), StateError> {
        self.kept().sweep_cursor = Some(last.clone());
        Ok(())
    }
}
