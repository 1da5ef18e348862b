//! A process that stands still in the middle of its work while others go on.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use state::StateError;
use tokio::sync::Notify;

use crate::steps::{Step, StepHook};

/// Stands still before the first of a step until it is told to go on.
#[derive(Clone)]
pub struct StandsStill(Arc<Place>);

struct Place {
    step: Step,
    was_reached: AtomicBool,
    is_there: Notify,
    goes_on: Notify,
}

impl fmt::Debug for StandsStill {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("StandsStill").field(&self.0.step).finish()
    }
}

impl StandsStill {
    /// A hook that stands still before the first of this step.
    pub fn before(step: Step) -> Self {
        let (was_reached, is_there, goes_on) = (AtomicBool::new(false), Notify::new(), Notify::new());
        Self(Arc::new(Place { step, was_reached, is_there, goes_on }))
    }

    /// Waits until somebody stands still there.
    pub async fn is_there(&self) {
        self.0.is_there.notified().await;
    }

    /// Lets whoever stands still go on.
    pub fn go_on(&self) {
        self.0.goes_on.notify_one();
    }
}

#[async_trait]
impl StepHook for StandsStill {
    type Context = ();

    async fn before(&self, step: Step) -> Result<(), StateError> {
        if step == self.0.step && !self.0.was_reached.swap(true, Ordering::SeqCst) {
            self.0.is_there.notify_one();
            self.0.goes_on.notified().await;
        }
        Ok(())
    }
}
