//! Undoes an import, within seven days of its end. An undo is accepted, sent, worked on and ended like an import.

use std::sync::Arc;

use domain::clock::Clock;
use domain::fault::Causes;
use domain::ids::{ImportId, PortalId};
use domain::import::{Import, ImportPerson, ImportStatus, LaterImport, UndoPlan, UndoRefused, undo_of};
use domain::member::Member;
use state::{AcceptRefused, ImportAcceptance, MemberReader, PortalReader, StateError};

use crate::dispatch::{Dispatch, DispatchError, RETENTION};
use crate::queue::BatchQueue;

/// The parts of the table that an undo uses.
pub trait UndoState: ImportAcceptance + MemberReader + PortalReader {}

impl<S: ImportAcceptance + MemberReader + PortalReader> UndoState for S {}

#[derive(Clone)]
pub struct Undo {
    pub state: Arc<dyn UndoState>,
    pub queue: Arc<dyn BatchQueue>,
    pub clock: Arc<dyn Clock>,
}

/// What an undo would do, which is shown before it is confirmed.
#[derive(Clone, Debug)]
pub struct UndoOffer {
    pub import: Import,
    pub plan: UndoPlan,
    /// How many imports the portal had accepted. The form posts it back, so that what was shown is what is done, and a
    /// form that is posted twice is one undo.
    pub imports_accepted: u32,
}

#[derive(Clone, Debug)]
pub struct ConfirmedUndo {
    pub undo: Import,
    /// Whether this request accepted the undo; otherwise an earlier one did.
    pub is_new: bool,
}

/// Why an import is not undone.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    #[error("there is no such import")]
    NotFound,
    /// This import or undo runs in the portal.
    #[error("an import is running")]
    Running(ImportId),
    /// An import was accepted since the undo was shown.
    #[error("an import came between")]
    Changed,
    #[error(transparent)]
    Refused(#[from] UndoRefused),
    #[error(transparent)]
    State(#[from] StateError),
}

/// What the rules of an undo depend on.
struct Facts {
    rows: Vec<ImportPerson>,
    members: Vec<Member>,
    later: Vec<LaterImport>,
}

impl Facts {
    async fn read(state: &dyn UndoState, import: &Import) -> Result<Self, StateError> {
        let portal = &import.portal;
        let mut later = Vec::new();
        for after in state.imports_of(portal).await? {
            // Those before it as well: from whom they took something back, an account need not stay active.
            if after.id != import.id {
                let people = state.import_people(portal, &after.id).await?;
                later.push(LaterImport { import: after, people });
            }
        }
        let rows = state.import_people(portal, &import.id).await?;
        Ok(Self { rows, members: state.members(portal).await?, later })
    }
}

impl Undo {
    /// What an undo of this import would do now.
    pub async fn plan(&self, portal: &PortalId, import: &ImportId) -> Result<UndoOffer, UndoError> {
        // The portal is read first: if an import is accepted after that, the count no longer fits and the undo is
        // refused.
        let known = self.state.find_portal(portal).await?.ok_or(UndoError::NotFound)?;
        let import = self.state.find_import(portal, import).await?.ok_or(UndoError::NotFound)?;
        if let Some(active) = known.active_import {
            return Err(UndoError::Running(active));
        }
        let Facts { rows, members, later } = Facts::read(&*self.state, &import).await?;
        let plan = undo_of(&import, &rows, &members, &later, self.clock.now())?;
        Ok(UndoOffer { import, plan, imports_accepted: known.imports_accepted })
    }

    /// Whether something of an import is left although its last `undo` has ended. That happens where another import had
    /// finished some of its people and was undone in the meantime.
    pub async fn has_more_to_undo(&self, import: &Import, undo: &Import) -> Result<bool, StateError> {
        let imports = self.state.imports_of(&import.portal).await?;
        let was_created_since = |other: &Import| other.undoes.is_some() && other.accepted_at > undo.accepted_at;
        if !imports.iter().any(|other| was_created_since(other) && other.undoes.as_ref() != Some(&import.id)) {
            return Ok(false);
        }
        match self.plan(&import.portal, &import.id).await {
            Ok(_) => Ok(true),
            Err(UndoError::State(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Accepts the undo that was shown with `imports_accepted`, and puts its batches on the queue.
    pub async fn confirm(
        &self,
        portal: &PortalId,
        import: &ImportId,
        imports_accepted: u32,
    ) -> Result<ConfirmedUndo, UndoError> {
        let confirmed = self.accept(portal, import, imports_accepted).await?;
        self.send(&confirmed).await;
        Ok(confirmed)
    }

    /// Accepts the undo that was shown with `imports_accepted`. The caller records who did so and then calls
    /// [`Self::send`]. After the transaction the undo is accepted, and the sweeper sends what is not sent.
    pub async fn accept(
        &self,
        portal: &PortalId,
        import: &ImportId,
        imports_accepted: u32,
    ) -> Result<ConfirmedUndo, UndoError> {
        let id = Import::undo_id(portal, import, imports_accepted);
        if let Some(undo) = self.state.find_import(portal, &id).await? {
            return Ok(ConfirmedUndo { undo, is_new: false });
        }
        let offer = self.plan(portal, import).await?;
        if offer.imports_accepted != imports_accepted {
            return Err(UndoError::Changed);
        }
        let (earlier, now) = (self.state.imports_of(portal).await?, self.clock.now());
        let undo = offer.import.undo(&offer.plan, imports_accepted, now).after(&earlier, now);
        match self.state.accept_import(&undo, imports_accepted).await {
            Ok(()) => {}
            Err(AcceptRefused::AcceptedBefore(undo)) => return Ok(ConfirmedUndo { undo: *undo, is_new: false }),
            Err(AcceptRefused::AnotherIsActive(active)) => return Err(UndoError::Running(active)),
            Err(AcceptRefused::PlanOutdated | AcceptRefused::NotEnoughPlaces { .. }) => return Err(UndoError::Changed),
            Err(AcceptRefused::Erased) => return Err(UndoError::NotFound),
            Err(AcceptRefused::State(error)) => return Err(error.into()),
        }
        tracing::info!(%portal, import = %undo.id, undoes = %import, people = undo.people, "undo accepted");
        Ok(ConfirmedUndo { undo, is_new: true })
    }

    /// Puts the batches of an undo on the queue, unless that was done before. Also where another request accepted it: that
    /// may have been cut off, or be this one, whose answer was lost.
    pub async fn send(&self, ConfirmedUndo { undo, .. }: &ConfirmedUndo) {
        if undo.status != ImportStatus::Accepting {
            return;
        }
        if let Err(error) = self.dispatch(undo).await {
            tracing::error!(error = %Causes(&error), import = %undo.id, "an undo is accepted and not wholly sent; the sweeper goes on");
        }
    }

    /// Writes the people of an accepted undo, starts it, and puts its batches on the queue. Who they are is part of what
    /// was accepted, so it can be done again and writes the same rows. [`DispatchError::PlanMismatch`] where the rows
    /// with somebody's name are gone: then it can never be done.
    pub async fn dispatch(&self, undo: &Import) -> Result<(), DispatchError> {
        let id = undo.undoes.as_ref().ok_or(DispatchError::PlanMismatch)?;
        let undone = self.state.find_import(&undo.portal, id).await?.ok_or(DispatchError::PlanMismatch)?;
        let people = if undo.undo_people.is_empty() {
            // The last release accepted it, and kept the number of its people only.
            let Facts { rows, members, later } = Facts::read(&*self.state, &undone).await?;
            undo.undo_rows_by_number(&undone, &rows, &members, &later)
        } else {
            undo.undo_rows(&self.state.import_people(&undone.portal, &undone.id).await?)
        };
        let people = people.ok_or(DispatchError::PlanMismatch)?;
        let dispatch = Dispatch { imports: &*self.state, queue: &*self.queue, clock: &*self.clock };
        // An undo keeps the names no longer than its import does.
        dispatch.write_and_send(undo, people, undone.accepted_at + RETENTION).await
    }
}
