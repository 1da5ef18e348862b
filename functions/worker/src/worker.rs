//! All that the worker works with.

use std::sync::Arc;

use domain::clock::Clock;
use go1_access::Go1Access;
use jiff::SignedDuration;
use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use platform::settings::names;
use state::{Grants, ImportWork, Members, PortalReader};
use transport::Transport;

use crate::pace::PaceSettings;
use crate::return_path::ReturnPath;

/// A read that fails comes back with its batch, so it is not tried again within the call.
const READ_TRIES: u32 = 1;

/// All of the table that the worker touches: imports with their batches and people, who was imported, and portals, to see
/// whether one was erased.
pub trait WorkerState: ImportWork + Members + PortalReader {}

impl<S: ImportWork + Members + PortalReader> WorkerState for S {}

/// Makes GO1 accounts and enrollments for batches of people. It has no way to Xero.
#[derive(Clone)]
pub struct Worker {
    pub(crate) state: Arc<dyn WorkerState>,
    pub(crate) go1: Go1Access,
    /// Where messages go that are not done with.
    pub(crate) return_path: Arc<dyn ReturnPath>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How fast GO1 is called for one portal.
    pub(crate) pace: PaceSettings,
    /// How long one invocation may take: an attempt that is older is nobody's any more.
    pub(crate) longest: SignedDuration,
}

impl Worker {
    /// In these surroundings. Reads `GO1_CALLS_IN_FLIGHT`, `GO1_CALLS_PER_SECOND` and `WORKER_TIMEOUT_SECONDS`.
    pub async fn new<S: WorkerState + Grants + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
        return_path: Arc<dyn ReturnPath>,
    ) -> Result<Self, StartError> {
        let environment = &context.environment;
        let pace = PaceSettings {
            in_flight: environment.parsed(names::GO1_CALLS_IN_FLIGHT, "a whole number from 1")?,
            per_second: environment.parsed(names::GO1_CALLS_PER_SECOND, "a whole number, 0 for no limit")?,
        };
        let longest = environment.parsed(names::WORKER_TIMEOUT_SECONDS, "a whole number of seconds")?;
        Ok(Self {
            state: context.state.clone(),
            go1: Go1Access::new(context, secrets, transport, READ_TRIES).await?,
            return_path,
            clock: context.clock.clone(),
            pace,
            longest: SignedDuration::from_secs(longest),
        })
    }

    /// The same with another return path: tests put one there that fails.
    #[must_use]
    pub fn returning_by(self, return_path: Arc<dyn ReturnPath>) -> Self {
        Self { return_path, ..self }
    }
}
