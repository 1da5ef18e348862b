#![doc = include_str!("../README.md")]

mod arrival;
mod callback;
mod erase;
mod history;
mod login;
mod named_administrator;
mod overview;
mod receipts;
mod settings;
mod undo;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
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
use state::{Go1Logins, ImportWork, PlanReader, Portals};
use transport::Transport;
use visiting::{Visitor, VisitorState, Visitors, layered, own_tenant};
use web::Problem;
use xero_access::XeroAccess;

/// The parts of the table that the portal's pages use: attempts at "Log in with GO1", sessions, organisations, portals,
/// members, the plan that was shown last, imports, and everything that an erasure removes.
pub trait AddonState: VisitorState + Go1Logins + Portals + PlanReader + UndoState + ImportWork + ErasureState {}

impl<S: VisitorState + Go1Logins + Portals + PlanReader + UndoState + ImportWork + ErasureState> AddonState for S {}

/// What the pages for a portal's administrators are made of.
#[derive(Clone)]
pub struct Addon {
    visitors: Visitors,
    state: Arc<dyn AddonState>,
    queue: Arc<dyn BatchQueue>,
    /// Xero, as the users who let us in.
    xero: XeroAccess,
    go1: Go1Access,
    /// "Log in with GO1".
    go1_login: LoginClient,
}

impl Addon {
    pub async fn new<S: AddonState + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
        queue: Arc<dyn BatchQueue>,
    ) -> Result<Self, StartError> {
        let go1 = Go1Access::new(context, secrets, transport.clone(), READ_TRIES).await?;
        Ok(Self {
            visitors: Visitors::new(context)?,
            state: context.state.clone(),
            queue,
            xero: XeroAccess::new(context, secrets, transport).await?,
            go1_login: go1_login(&context.environment, go1.client.clone())?,
            go1,
        })
    }

    fn undo(&self) -> Undo {
        Undo { state: self.state.clone(), queue: self.queue.clone(), clock: self.visitors.clock.clone() }
    }

    fn eraser(&self) -> Eraser {
        Eraser { state: self.state.clone(), clock: self.visitors.clock.clone() }
    }

    /// The organisation of the portal that an administrator manages.
    async fn tenant(&self, visitor: &Visitor) -> Result<Tenant, Problem> {
        own_tenant(&*self.state, &visitor.sign_up).await?.ok_or(Problem::NotFound)
    }

    async fn portal(&self, id: &PortalId) -> Result<Portal, Problem> {
        self.state.find_portal(id).await?.ok_or(Problem::NotFound)
    }
}

pub fn router(addon: Addon) -> Router {
    let visitors = addon.visitors.clone();
    let routes = Router::new()
        .route("/oauth/go1/callback", get(callback::arrive))
        .route("/portal", get(overview::show))
        .route("/portal/check", post(overview::check))
        .route("/portal/login", get(login::begin))
        .route("/portal/logout", post(login::log_out))
        .route("/portal/connect", get(login::connect))
        .route("/portal/users", get(users::show))
        .route("/portal/settings", get(settings::show))
        .route("/portal/undo/{import}", get(undo::ask).post(undo::confirm))
        .route("/portal/erase", get(erase::ask).post(erase::erase))
        .route("/portal/receipts/{receipt}", get(receipts::show))
        .route("/portal/receipts/{receipt}/text", get(receipts::download))
        .with_state(addon);
    layered(routes, &visitors)
}
