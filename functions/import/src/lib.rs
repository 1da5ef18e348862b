#![doc = include_str!("../README.md")]

mod confirm;
mod get_started;
mod portal;
mod progress;
mod provisioning;
mod report;
mod retry;
mod stop;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use go1_access::{Go1Access, READ_TRIES};
use importing::dispatch::Dispatch;
use importing::queue::BatchQueue;
use importing::undo::{Undo, UndoState};
use planning::{PlanStore, Planner, PlannerState};
use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use state::{Grants, ImportWork, Members};
use transport::Transport;
use visiting::{PortalUrl, VisitorState, Visitors, layered};
use xero_access::XeroAccess;

use crate::provisioning::ProvisioningState;

/// The parts of the table that turning a shown plan into an import uses.
pub trait ImporterState:
    VisitorState + PlanStore + PlannerState + ProvisioningState + UndoState + ImportWork + Members
{
}

impl<S> ImporterState for S where
    S: VisitorState + PlanStore + PlannerState + ProvisioningState + UndoState + ImportWork + Members
{
}

/// What turns a shown plan into an import.
#[derive(Clone)]
pub struct Importer {
    visitors: Visitors,
    state: Arc<dyn ImporterState>,
    queue: Arc<dyn BatchQueue>,
    /// Reads Xero and GO1 again where a plan is more than a minute old.
    planner: Planner,
    go1: Go1Access,
    portal_url: PortalUrl,
}

impl Importer {
    pub async fn new<S: ImporterState + Grants + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
        queue: Arc<dyn BatchQueue>,
    ) -> Result<Self, StartError> {
        let xero = XeroAccess::new(context, secrets, transport.clone()).await?;
        let go1 = Go1Access::new(context, secrets, transport, READ_TRIES).await?;
        Ok(Self {
            visitors: Visitors::new(context)?,
            state: context.state.clone(),
            queue,
            planner: Planner::new(context, xero, go1.clone())?,
            go1,
            portal_url: PortalUrl::from_environment(&context.environment)?,
        })
    }

    fn dispatch(&self) -> Dispatch<'_> {
        Dispatch { imports: &*self.state, queue: &*self.queue, clock: &*self.visitors.clock }
    }

    fn undo(&self) -> Undo {
        Undo { state: self.state.clone(), queue: self.queue.clone(), clock: self.visitors.clock.clone() }
    }
}

pub fn router(importer: Importer) -> Router {
    let visitors = importer.visitors.clone();
    let routes = Router::new()
        .route("/imports", post(confirm::confirm))
        .route("/imports/skip", post(confirm::skip))
        .route("/imports/{import}", get(progress::show))
        .route("/imports/{import}/retry", post(retry::retry))
        .route("/imports/{import}/stop", post(stop::stop))
        .route("/imports/{import}/report.csv", get(report::download))
        .route("/portal-address", post(portal::choose_address))
        .route("/get-started", get(get_started::show).post(get_started::open))
        .with_state(importer);
    layered(routes, &visitors)
}
