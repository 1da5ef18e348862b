//! The import function, made from its settings.

use crate::provisioning::ProvisioningState;
use go1_access::{Go1Access, READ_TRIES};
use importing::dispatch::Dispatch;
use importing::queue::BatchQueue;
use importing::undo::{Undo, UndoState};
use planning::{PlanStore, Planner, PlannerState};
use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use platform::settings::names;
use state::{Grants, ImportWork, Members};
use std::sync::Arc;
use transport::Transport;
use visiting::{PortalUrl, VisitorState, Visitors};
use xero_access::XeroAccess;

const A_DAY: &str = "a whole number of portals";

/// The parts of the table that turning a shown plan into an import uses.
pub trait ImporterState:
    VisitorState + PlanStore + PlannerState + ProvisioningState + UndoState + ImportWork + Members
{
}

impl<S> ImporterState for S where
    S: VisitorState + PlanStore + PlannerState + ProvisioningState + UndoState + ImportWork + Members
{
}

/// How many portals one login at Xero may have made in a day. They can never be deleted, and GO1 mails people from them.
#[derive(Clone, Copy)]
pub(crate) struct PortalsADay {
    pub(crate) paying: u32,
    /// For trials and demo companies, which cost nothing and which anybody can make at will.
    pub(crate) free: u32,
}

/// What the import's handlers work with.
#[derive(Clone)]
pub struct Importer {
    pub(crate) visitors: Visitors,
    pub(crate) state: Arc<dyn ImporterState>,
    pub(crate) queue: Arc<dyn BatchQueue>,
    /// Reads Xero and GO1 again where a plan is more than a minute old.
    pub(crate) planner: Planner,
    pub(crate) go1: Go1Access,
    pub(crate) portal_url: PortalUrl,
    pub(crate) portals_a_day: PortalsADay,
    /// How many calls a second GO1 takes for one portal; 0 for as many as it can. For the time that is left.
    pub(crate) calls_per_second: u32,
}

impl Importer {
    pub async fn new<S: ImporterState + Grants + 'static>(
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
            planner: Planner::new(context, xero, go1.clone())?,
            go1,
            portal_url: PortalUrl::from_environment(&context.environment)?,
            portals_a_day: PortalsADay {
                paying: context.environment.parsed(names::PORTALS_PER_DAY, A_DAY)?,
                free: context.environment.parsed(names::TRIAL_PORTALS_PER_DAY, A_DAY)?,
            },
            calls_per_second: context
                .environment
                .parsed(names::GO1_CALLS_PER_SECOND, "a whole number, 0 for no limit")?,
        })
    }

    pub(crate) fn dispatch(&self) -> Dispatch<'_> {
        Dispatch { imports: &*self.state, queue: &*self.queue, clock: &*self.visitors.clock }
    }

    pub(crate) fn undo(&self) -> Undo {
        Undo { state: self.state.clone(), queue: self.queue.clone(), clock: self.visitors.clock.clone() }
    }
}
