//! What a worker stores of an import, in memory: attempts at batches, outcomes of people, waits, and the end.

use std::collections::btree_map::Entry;

use async_trait::async_trait;
use domain::ids::{EmployeeId, ImportId, LearningObjectId, PortalId};
use domain::import::{AttemptEnd, Batch, Ending, Import, ImportPerson, ImportStatus, Outcome, Wait, WaitReason};
use domain::member::Member;
use jiff::Timestamp;

use super::{Kept, Memory};
use crate::{ImportWork, StateError};

impl Kept {
    /// An import to change; [`StateError::Conflict`] where there is none.
    pub(super) fn import(&mut self, portal: &PortalId, import: &ImportId) -> Result<&mut Import, StateError> {
        self.imports.get_mut(&(portal.clone(), import.clone())).ok_or(StateError::Conflict)
    }

    /// Somebody who waits; [`StateError::Conflict`] where they do not.
    fn waiting(
        &mut self,
        portal: &PortalId,
        import: &ImportId,
        employee: &EmployeeId,
    ) -> Result<&mut ImportPerson, StateError> {
        let rows = self.people.get_mut(&(portal.clone(), import.clone()));
        let row = rows.and_then(|rows| rows.get_mut(employee)).filter(|row| row.outcome == Outcome::Waiting);
        row.ok_or(StateError::Conflict)
    }

    /// Whether there is such an import, and it is running.
    fn runs(&self, portal: &PortalId, import: &ImportId) -> bool {
        let stored = self.imports.get(&(portal.clone(), import.clone()));
        stored.is_some_and(|import| import.status == ImportStatus::Running)
    }

    /// The place of a batch.
    fn batch(&mut self, portal: &PortalId, import: &ImportId, number: u32) -> Entry<'_, u32, Batch> {
        self.batches.entry((portal.clone(), import.clone())).or_default().entry(number)
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
        let runs = kept.runs(portal, import);
        match kept.batch(portal, import, batch.number) {
            Entry::Vacant(place) if batch.attempts == 0 && runs => {
                let attempt = batch.attempt;
                let begun = Batch { attempts: 1, attempted_at: Some(now), attempt, ..Batch::new(batch.number) };
                Ok(place.insert(begun).clone())
            }
            Entry::Occupied(place)
                if place.get().attempts == batch.attempts + 1
                    && place.get().attempt == batch.attempt
                    && !batch.attempt.is_empty() =>
            {
                Ok(place.get().clone())
            }
            Entry::Occupied(place) if batch.attempts > 0 => {
                let stored = place.into_mut();
                if stored.attempts != batch.attempts || stored.dropped {
                    return Err(StateError::Conflict);
                }
                stored.attempts += 1;
                stored.attempted_at = Some(now);
                stored.attempt = batch.attempt;
                Ok(stored.clone())
            }
            _ => Err(StateError::Conflict),
        }
    }

    async fn end_attempt(
        &self,
        portal: &PortalId,
        import: &ImportId,
        batch: &Batch,
        end: AttemptEnd,
    ) -> Result<Batch, StateError> {
        let mut kept = self.kept();
        let Entry::Occupied(place) = kept.batch(portal, import, batch.number) else {
            return Err(StateError::Conflict);
        };
        let stored = place.into_mut();
        if stored.attempts != batch.attempts {
            return Err(StateError::Conflict);
        }
        if stored.attempted_at.take().is_some() {
            stored.failures += u32::from(end.failed);
            stored.ended = batch.ended + 1;
            stored.asked = batch.asked || end.asked;
        }
        Ok(stored.clone())
    }

    async fn drop_batch(&self, portal: &PortalId, import: &ImportId, batch: &Batch) -> Result<(), StateError> {
        let mut kept = self.kept();
        let runs = kept.runs(portal, import);
        match kept.batch(portal, import, batch.number) {
            Entry::Occupied(place) if batch.attempts == 0 && place.get().dropped => Ok(()),
            Entry::Occupied(place) if batch.attempts > 0 => {
                let stored = place.into_mut();
                if stored.attempts != batch.attempts || !stored.is_settled() {
                    return Err(StateError::Conflict);
                }
                stored.dropped = true;
                Ok(())
            }
            Entry::Vacant(place) if batch.attempts == 0 && runs => {
                place.insert(Batch { dropped: true, ..Batch::new(batch.number) });
                Ok(())
            }
            _ => Err(StateError::Conflict),
        }
    }

    async fn end_person(
        &self,
        portal: &PortalId,
        import: &ImportId,
        employee: &EmployeeId,
        outcome: &Outcome,
    ) -> Result<(), StateError> {
        self.kept().waiting(portal, import, employee)?.outcome = outcome.clone();
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
        let mut kept = self.kept();
        kept.waiting(portal, import, employee)?;
        if let Some(batch) = batch {
            let Entry::Occupied(stored) = kept.batch(portal, import, batch.number) else {
                return Err(StateError::Conflict);
            };
            if stored.get().attempts != batch.attempts {
                return Err(StateError::Conflict);
            }
        }
        let next =
            |after: &Member| Member { revision: before.map_or(0, |before| before.revision + 1), ..after.clone() };
        kept.replace_member(portal, employee, before, after.map(next))?;
        kept.waiting(portal, import, employee)?.outcome = outcome.clone();
        Ok(())
    }

    async fn set_wait(
        &self,
        portal: &PortalId,
        import: &ImportId,
        wait: &Wait,
        asked_until: Option<Timestamp>,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        let import = kept.import(portal, import)?;
        let is_longer = |known: &Wait| known.why == WaitReason::RetryAfter && known.until > wait.until;
        let is_kept = import.wait.as_ref().is_some_and(is_longer)
            || import.asked_until.is_some_and(|known| known > asked_until.unwrap_or(wait.until));
        if !import.status.has_ended() && !is_kept {
            import.asked_until = asked_until.or(import.asked_until);
            import.wait = Some(*wait);
        }
        Ok(())
    }

    async fn end_wait(&self, portal: &PortalId, import: &ImportId, wait: &Wait) -> Result<(), StateError> {
        let mut kept = self.kept();
        let import = kept.import(portal, import)?;
        if !import.status.has_ended() {
            import.wait.take_if(|waited| waited == wait);
        }
        Ok(())
    }

    async fn set_assignable(
        &self,
        portal: &PortalId,
        import: &ImportId,
        courses: &[LearningObjectId],
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        let import = kept.import(portal, import)?;
        if !import.status.has_ended() {
            import.assignable = courses.to_vec();
        }
        Ok(())
    }

    async fn resume_import(
        &self,
        portal: &PortalId,
        import: &ImportId,
        was: Option<Timestamp>,
        at: Timestamp,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        let import = kept.import(portal, import)?;
        if !import.status.has_ended() && import.resumed_at == was {
            import.resumed_at = Some(at);
        }
        Ok(())
    }

    async fn mark_unsent(
        &self,
        portal: &PortalId,
        import: &ImportId,
        send: u32,
        batches: &[u32],
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        let import = kept.import(portal, import)?;
        if import.status == ImportStatus::Running {
            (import.unsent, import.sends) = import.left_to_sweeper(send, batches);
        }
        Ok(())
    }

    async fn stop_import(&self, portal: &PortalId, import: &ImportId, at: Timestamp) -> Result<(), StateError> {
        let mut kept = self.kept();
        let import = kept.import(portal, import)?;
        if import.status == ImportStatus::Running {
            import.stopped_at.get_or_insert(at);
        }
        Ok(())
    }

    async fn end_import(
        &self,
        portal: &PortalId,
        import: &ImportId,
        ending: &Ending,
        at: Timestamp,
    ) -> Result<(), StateError> {
        let mut kept = self.kept();
        if kept.import(portal, import)?.status != ImportStatus::Running {
            return Err(StateError::Conflict);
        }
        let owner = kept.portals.get_mut(portal).ok_or(StateError::Conflict)?;
        let back = u32::try_from(ending.sums.places_back).map_err(|_| StateError::Conflict)?;
        let places_used = owner.places_used.checked_sub(back);
        if owner.active_import.as_ref() != Some(import) {
            return Err(StateError::Conflict);
        }
        owner.places_used = places_used.ok_or(StateError::Conflict)?;
        owner.active_import = None;
        let import = kept.import(portal, import)?;
        import.status = ending.status;
        import.sums = Some(ending.sums);
        import.refused.clone_from(&ending.refused);
        import.ended_at = Some(at);
        Ok(())
    }
}
