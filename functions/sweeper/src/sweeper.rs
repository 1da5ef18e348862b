//! The sweeper, made from its settings.

use std::sync::Arc;

use domain::clock::Clock;
use importing::dispatch::Dispatch;
use importing::erasure::{Eraser, ErasureState};
use importing::queue::BatchQueue;
use importing::undo::{Undo, UndoState};
use jiff::SignedDuration;
use platform::function::{FunctionContext, StartError};
use platform::settings::names;
use state::{ActiveImports, ImportWork, Members, PlanReader};

/// The parts of the table that the sweeper uses: active imports, members, the plans that imports apply, and erasures.
pub trait SweeperState: ActiveImports + UndoState + ImportWork + Members + PlanReader + ErasureState {}

impl<S: ActiveImports + UndoState + ImportWork + Members + PlanReader + ErasureState> SweeperState for S {}

/// What the sweeper is made of. It has no secrets, so it cannot call Xero or GO1.
#[derive(Clone)]
pub struct Sweeper {
    pub(crate) state: Arc<dyn SweeperState>,
    pub(crate) queue: Arc<dyn BatchQueue>,
    pub(crate) clock: Arc<dyn Clock>,
    /// How long after its last attempt a batch counts as silent: twice the queue's visibility time-out.
    pub(crate) silent_after: SignedDuration,
}

impl Sweeper {
    /// In these surroundings. Reads `QUEUE_VISIBILITY_SECONDS`.
    pub fn new<S: SweeperState + 'static>(
        context: &FunctionContext<S>,
        queue: Arc<dyn BatchQueue>,
    ) -> Result<Self, StartError> {
        let visibility: i64 =
            context.environment.parsed(names::QUEUE_VISIBILITY_SECONDS, "a whole number of seconds")?;
        let silent_after = SignedDuration::from_secs(2 * visibility);
        Ok(Self { state: context.state.clone(), queue, clock: context.clock.clone(), silent_after })
    }

    pub(crate) fn dispatch(&self) -> Dispatch<'_> {
        Dispatch { imports: &*self.state, queue: &*self.queue, clock: &*self.clock }
    }

    pub(crate) fn undo(&self) -> Undo {
        Undo { state: self.state.clone(), queue: self.queue.clone(), clock: self.clock.clone() }
    }

    pub(crate) fn eraser(&self) -> Eraser {
        Eraser { state: self.state.clone(), clock: self.clock.clone() }
    }
}
