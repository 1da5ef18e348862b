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
use planning::{Look, LookState, PlanningState};
use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use state::{Grants, ImportWork, Members};
use transport::Transport;
use visiting::{PortalUrl, VisitorState, Visitors, layered};
use xero_access::XeroAccess;

use crate::provisioning::ProvisioningState;

/// All of the table that turning a shown plan into an import touches.
pub trait ImporterState:
    VisitorState + PlanningState + LookState + ProvisioningState + UndoState + ImportWork + Members
{
}

impl<S> ImporterState for S where
    S: VisitorState + PlanningState + LookState + ProvisioningState + UndoState + ImportWork + Members
{
}

/// All that turns a shown plan into an import.
#[derive(Clone)]
pub struct Importer {
    visitors: Visitors,
    state: Arc<dyn ImporterState>,
    /// The queue of batches.
    queue: Arc<dyn BatchQueue>,
    /// Reads both upstreams again, where a plan has grown old.
    look: Look,
    go1: Go1Access,
    /// How a portal is opened.
    portal_url: PortalUrl,
}

impl Importer {
    /// In these surroundings.
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
            look: Look::new(context, xero, go1.clone())?,
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

/// The routes.
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
