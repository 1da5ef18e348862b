//! All that a portal's administrators work with.

use domain::ids::PortalId;
use domain::portal::Portal;
use domain::tenant::Tenant;
use go1::LoginClient;
use go1_access::{Go1Access, READ_TRIES, go1_login};
use importing::erasure::{Eraser, ErasureState};
use importing::queue::BatchQueue;
use importing::undo::{Undo, UndoState};
use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use platform::settings::names;
use state::{Go1Logins, ImportWork, PlanReader, Portals};
use std::sync::Arc;
use transport::Transport;
use visiting::{PortalUrl, Visitor, VisitorState, Visitors, own_tenant};
use web::Problem;
use xero_access::XeroAccess;

/// The parts of the table that the portal's pages use: attempts at "Log in with GO1", sessions, organisations, portals,
/// members, the plan that was shown last, imports, and everything that an erasure removes.
pub trait AddonState: VisitorState + Go1Logins + Portals + PlanReader + UndoState + ImportWork + ErasureState {}

impl<S: VisitorState + Go1Logins + Portals + PlanReader + UndoState + ImportWork + ErasureState> AddonState for S {}

/// What the pages for a portal's administrators are made of.
#[derive(Clone)]
pub struct Addon {
    pub(crate) visitors: Visitors,
    pub(crate) state: Arc<dyn AddonState>,
    pub(crate) queue: Arc<dyn BatchQueue>,
    /// Xero, as the users who let us in.
    pub(crate) xero: XeroAccess,
    pub(crate) go1: Go1Access,
    /// "Log in with GO1".
    pub(crate) go1_login: LoginClient,
    /// Whether PKCE's challenge is sent there.
    pub(crate) pkce: bool,
    pub(crate) portal_url: PortalUrl,
}

impl Addon {
    pub async fn new<S: AddonState + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
        queue: Arc<dyn BatchQueue>,
    ) -> Result<Self, StartError> {
        let xero = XeroAccess::new(context, secrets, transport.clone())?;
        let go1 = Go1Access::new(context, secrets, transport, READ_TRIES)?;
        Ok(Self {
            visitors: Visitors::new(context, secrets).await?,
            state: context.state.clone(),
            queue,
            xero,
            go1_login: go1_login(&context.environment, go1.client.clone())?,
            portal_url: PortalUrl::from_environment(&context.environment)?,
            pkce: context.environment.switch(names::GO1_PKCE)?,
            go1,
        })
    }

    pub(crate) fn undo(&self) -> Undo {
        Undo { state: self.state.clone(), queue: self.queue.clone(), clock: self.visitors.clock.clone() }
    }

    pub(crate) fn eraser(&self) -> Eraser {
        Eraser { state: self.state.clone(), clock: self.visitors.clock.clone() }
    }

    /// The organisation of the portal that an administrator manages.
    pub(crate) async fn tenant(&self, visitor: &Visitor) -> Result<Tenant, Problem> {
        own_tenant(&*self.state, &visitor.sign_up).await?.ok_or(Problem::NotFound)
    }

    /// The organisation and the portal as they were read with the session, for a page that only shows them.
    pub(crate) fn shown(visitor: &Visitor) -> Result<(&Tenant, &Portal), Problem> {
        let tenant = visitor.shown_tenant().map_err(|_| Problem::NotFound)?;
        Ok((tenant, visitor.seen.portal().ok_or(Problem::NotFound)?))
    }

    pub(crate) async fn portal(&self, id: &PortalId) -> Result<Portal, Problem> {
        self.state.find_portal(id).await?.ok_or(Problem::NotFound)
    }
}
