//! The simulated storage: the state in memory, with an injection point around each of its functions.

use async_trait::async_trait;
use rig::{Step, StepHook};
use state::StateError;

use crate::fault::Fault;
use crate::injection_points::InjectionPoint;
use crate::simulator::Simulator;

/// Injects the faults of the table. `rig::Steps` calls it before and after each function of the state.
#[derive(Clone)]
pub(crate) struct SimulatedStorage(pub(crate) Simulator);

fn point_of(step: Step) -> InjectionPoint {
    match step {
        Step::Read(name) => InjectionPoint::TableRead(name),
        Step::Write(name) => InjectionPoint::TableWrite(name),
    }
}

fn table_failed() -> StateError {
    StateError::Unavailable("an injected fault".into())
}

#[async_trait]
impl StepHook for SimulatedStorage {
    type Context = Option<Fault>;

    async fn before(&self, step: Step) -> Result<Option<Fault>, StateError> {
        match self.0.step(point_of(step)).await {
            Some(Fault::CrashBefore) => self.0.crash().await,
            Some(Fault::FailBefore) => Err(table_failed()),
            fault => Ok(fault),
        }
    }

    fn is_repeated(&self, fault: &Option<Fault>) -> bool {
        *fault == Some(Fault::RepeatedWrite)
    }

    async fn after(&self, fault: Option<Fault>) -> Result<(), StateError> {
        match fault {
            Some(Fault::CrashAfter) => self.0.crash().await,
            Some(Fault::FailAfter) => Err(table_failed()),
            _ => Ok(()),
        }
    }
}
