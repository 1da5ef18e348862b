//! The preview function, made from its settings.

use go1_access::courses::CourseSets;
use go1_access::{Go1Access, READ_TRIES};
use planning::{PlanStore, Planner, PlannerState};
use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use std::sync::Arc;
use transport::Transport;
use visiting::{VisitorState, Visitors};
use xero_access::XeroAccess;

/// The parts of the table that the preview uses. It can store plans and the state of a connection, and nothing of an
/// import.
pub trait PreviewState: VisitorState + PlanStore + PlannerState {}

impl<S: VisitorState + PlanStore + PlannerState> PreviewState for S {}

/// What the preview's handlers work with.
#[derive(Clone)]
pub struct Preview {
    pub(crate) visitors: Visitors,
    pub(crate) state: Arc<dyn PreviewState>,
    /// Reads both upstreams.
    pub(crate) planner: Planner,
    pub(crate) go1: Go1Access,
    pub(crate) courses: CourseSets,
}

impl Preview {
    pub async fn new<S: PreviewState + state::Grants + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, StartError> {
        let xero = XeroAccess::new(context, secrets, transport.clone())?;
        let go1 = Go1Access::new(context, secrets, transport, READ_TRIES)?;
        Ok(Self {
            visitors: Visitors::new(context, secrets).await?,
            state: context.state.clone(),
            planner: Planner::new(context, xero, go1.clone())?,
            go1,
            courses: CourseSets::from_environment(&context.environment)?,
        })
    }
}
