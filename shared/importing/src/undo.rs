//! Undo: takes back what an import did, for seven days. It is accepted, sent, worked on and ended as an import is.

use std::sync::Arc;

use domain::clock::Clock;
use domain::fault::Causes;
use domain::ids::{ImportId, PortalId};
use domain::import::{Import, ImportPerson, LaterImport, UndoPlan, UndoRefused, undo_of};
use domain::member::Member;
use state::{AcceptRefused, ImportAcceptance, MemberReader, PortalReader, StateError};

use crate::dispatch::{Dispatch, DispatchError, RETENTION};
use crate::queue::BatchQueue;

/// All of the table that taking an import back needs.
pub trait UndoState: ImportAcceptance + MemberReader + PortalReader {}

impl<S: ImportAcceptance + MemberReader + PortalReader> UndoState for S {}

/// Takes imports back.
#[derive(Clone)]
pub struct Undo {
    /// Imports, who was imported, and portals.
    pub state: Arc<dyn UndoState>,
    /// The queue of batches.
    pub queue: Arc<dyn BatchQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What an undo would do, to be shown before it is confirmed.
#[derive(Clone, Debug)]
pub struct UndoOffer {
    /// The import that would be taken back.
    pub import: Import,
    /// What would be done.
    pub plan: UndoPlan,
    /// How many imports the portal had accepted: whoever confirms says it back, so that what was shown is what is done,
    /// and a press that comes twice is one undo.
    pub imports_accepted: u32,
}

/// An undo that was accepted.
#[derive(Clone, Debug)]
pub struct Confirmed {
    /// The undo.
    pub undo: Import,
    /// Whether this press did it; otherwise an earlier one had.
    pub is_new: bool,
}

/// Why an import is not taken back.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    /// The portal has no such import.
    #[error("there is no such import")]
    NotFound,
    /// This import or undo runs in the portal.
    #[error("an import is running")]
    Running(ImportId),
    /// An import was accepted since the undo was shown.
    #[error("an import came between")]
    Changed,
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] UndoRefused),
    /// The table failed.
    #[error(transparent)]
    State(#[from] StateError),
}

/// All that the rules ask for.
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
            if after.accepted_at >= import.accepted_at && after.id != import.id {
                let people = state.import_people(portal, &after.id).await?;
                later.push(LaterImport { import: after, people });
            }
        }
        let rows = state.import_people(portal, &import.id).await?;
        Ok(Self { rows, members: state.members(portal).await?, later })
    }
}

impl Undo {
    /// What taking this import back would do now.
    pub async fn plan(&self, portal: &PortalId, import: &ImportId) -> Result<UndoOffer, UndoError> {
        // The portal first: where an import is accepted meanwhile, the count no longer fits, and nothing is confirmed.
        let known = self.state.find_portal(portal).await?.ok_or(UndoError::NotFound)?;
        let import = self.state.find_import(portal, import).await?.ok_or(UndoError::NotFound)?;
        if let Some(active) = known.active_import {
            return Err(UndoError::Running(active));
        }
        let Facts { rows, members, later } = Facts::read(&*self.state, &import).await?;
        let plan = undo_of(&import, &rows, &members, &later, self.clock.now())?;
        Ok(UndoOffer { import, plan, imports_accepted: known.imports_accepted })
    }

    /// Whether an import is taken back, by this last undo of it that has ended, and something is left all the same: of
    /// people whom another import had finished, and that one was taken back since.
    pub async fn leaves_some(&self, import: &Import, undo: &Import) -> Result<bool, StateError> {
        let imports = self.state.imports_of(&import.portal).await?;
        let is_since = |other: &Import| other.undoes.is_some() && other.accepted_at > undo.accepted_at;
        if !imports.iter().any(|other| is_since(other) && other.undoes.as_ref() != Some(&import.id)) {
            return Ok(false);
        }
        match self.plan(&import.portal, &import.id).await {
            Ok(_) => Ok(true),
            Err(UndoError::State(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// Accepts the undo that was shown with `imports_accepted`, and sends it on its way.
    pub async fn confirm(
        &self,
        portal: &PortalId,
        import: &ImportId,
        imports_accepted: u32,
    ) -> Result<Confirmed, UndoError> {
        let confirmed = self.accept(portal, import, imports_accepted).await?;
        self.send(&confirmed).await;
        Ok(confirmed)
    }

    /// Accepts the undo that was shown with `imports_accepted`, to be sent on its way once it is known who did so. From the
    /// transaction on it is accepted: what is not sent then is sent by the sweeper.
    pub async fn accept(
        &self,
        portal: &PortalId,
        import: &ImportId,
        imports_accepted: u32,
    ) -> Result<Confirmed, UndoError> {
        let id = Import::undo_id(portal, import, imports_accepted);
        if let Some(undo) = self.state.find_import(portal, &id).await? {
            return Ok(Confirmed { undo, is_new: false });
        }
        let offer = self.plan(portal, import).await?;
        if offer.imports_accepted != imports_accepted {
            return Err(UndoError::Changed);
        }
        let undo = offer.import.undo(&offer.plan, imports_accepted, self.clock.now());
        match self.state.accept_import(&undo, imports_accepted).await {
            Ok(()) => {}
            Err(AcceptRefused::AcceptedBefore(undo)) => return Ok(Confirmed { undo: *undo, is_new: false }),
            Err(AcceptRefused::AnotherIsActive(active)) => return Err(UndoError::Running(active)),
            Err(AcceptRefused::PlanOutdated | AcceptRefused::NotEnoughPlaces { .. }) => return Err(UndoError::Changed),
            Err(AcceptRefused::Erased) => return Err(UndoError::NotFound),
            Err(AcceptRefused::State(error)) => return Err(error.into()),
        }
        tracing::info!(%portal, import = %undo.id, undoes = %import, people = undo.people, "undo accepted");
        Ok(Confirmed { undo, is_new: true })
    }

    /// Sends an undo that this press has accepted.
    pub async fn send(&self, confirmed: &Confirmed) {
        let Confirmed { undo, is_new: true } = confirmed else { return };
        if let Err(error) = self.dispatch(undo).await {
            tracing::error!(error = %Causes(&error), import = %undo.id, "an undo is accepted and not wholly sent; the sweeper goes on");
        }
    }

    /// Writes the people of an accepted undo, starts it, and puts its batches on the queue. While it is accepted nothing
    /// else changes what it is worked out from, so whoever finds it half dispatched writes the same.
    pub async fn dispatch(&self, undo: &Import) -> Result<(), DispatchError> {
        let id = undo.undoes.as_ref().ok_or(DispatchError::PlanMismatch)?;
        let undone = self.state.find_import(&undo.portal, id).await?.ok_or(DispatchError::PlanMismatch)?;
        let Facts { rows, members, later } = Facts::read(&*self.state, &undone).await?;
        let people = undo.undo_rows(&undone, &rows, &members, &later).ok_or(DispatchError::PlanMismatch)?;
        let dispatch = Dispatch { imports: &*self.state, queue: &*self.queue, clock: &*self.clock };
        // The names are kept no longer for it than they are for the import.
        dispatch.put_to_work(undo, people, undone.accepted_at + RETENTION).await
    }
}
