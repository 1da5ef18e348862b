//! What the commands are made of.

use std::sync::Arc;

use domain::audit::{AuditAction, AuditEntry, OPERATORS};
use domain::clock::{Clock, Random};
use domain::ids::SignUpId;
use domain::portal::Portal;
use domain::tenant::Tenant;
use importing::erasure::ErasureState;
use state::{
    ActiveImports, AuditTrail, GrantList, ImportWork, MemberReader, PlanReader, PortalReader, Sessions, SignUpList,
    StateError,
};

use crate::error::OpsError;

/// The parts of the table that the commands use.
pub trait OpsState:
    ActiveImports
    + AuditTrail
    + ErasureState
    + GrantList
    + ImportWork
    + MemberReader
    + PlanReader
    + PortalReader
    + Sessions
    + SignUpList
{
}

impl<S> OpsState for S where
    S: ActiveImports
        + AuditTrail
        + ErasureState
        + GrantList
        + ImportWork
        + MemberReader
        + PlanReader
        + PortalReader
        + Sessions
        + SignUpList
{
}

/// The commands, over one table.
#[derive(Clone)]
pub struct Tool<S> {
    pub state: Arc<S>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

impl<S: OpsState + 'static> Tool<S> {
    /// Writes what `operator` is about to do into the operators' trail. It is written first: what is done and not written
    /// down could not be found again, and what is written down and not done can be.
    pub async fn note(&self, operator: &str, deed: &str, about: &str) -> Result<(), StateError> {
        let entry = AuditEntry {
            at: self.clock.now(),
            sign_up: SignUpId::new(OPERATORS),
            action: AuditAction::OperatorActed { deed: deed.to_owned(), about: about.to_owned() },
            by: Some(operator.to_owned()),
            from: None,
        };
        self.state.append_audit(&entry).await
    }

    /// What operators did, oldest first.
    pub async fn trail(&self) -> Result<Vec<AuditEntry>, StateError> {
        self.state.audit_of(&SignUpId::new(OPERATORS)).await
    }

    pub(crate) async fn portal(&self, id: &str) -> Result<Portal, OpsError> {
        self.state.find_portal(&id.into()).await?.ok_or(OpsError::NoPortal)
    }

    pub(crate) async fn tenant_of(&self, portal: &Portal) -> Result<Tenant, OpsError> {
        self.state.find_tenant(&portal.tenant).await?.ok_or(OpsError::NoOrganisation)
    }
}
