//! The simulated storage: the state in memory, with an injection point around each of its functions.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::ids::PortalId;
use rig::{Step, StepHook};
use state::StateError;
use state::memory::Memory;
use tokio::time::sleep;

use crate::fault::Fault;
use crate::injection_points::InjectionPoint;
use crate::simulator::Simulator;

/// How long after the first time the SDK makes a write again whose answer it did not get.
const REPETITION: Duration = Duration::from_secs(2);

/// Injects the faults of the table. `rig::Steps` calls it before and after each function of the state.
#[derive(Clone)]
pub(crate) struct SimulatedStorage {
    pub(crate) simulator: Simulator,
    /// What is kept, which the history reads after a write.
    pub(crate) state: Memory,
    pub(crate) portals: Arc<[PortalId]>,
}

/// A step of the table, and the fault that is injected at it.
pub(crate) struct StepAndFault(Step, Option<Fault>);

fn point_of(step: Step) -> InjectionPoint {
    match step {
        Step::Read(name) => InjectionPoint::TableRead(name),
        Step::Write(name) => InjectionPoint::TableWrite(name),
    }
}

impl SimulatedStorage {
    fn failed(&self) -> StateError {
        let invocation = self.simulator.invocation();
        self.simulator.history().note_table_failed(invocation);
        StateError::Unavailable("an injected fault".into())
    }

    fn observe(&self, step: Step) {
        if let Step::Write(name) = step {
            let invocation = self.simulator.invocation();
            self.simulator.history().observe_write(name, invocation, &self.state, &self.portals);
        }
    }
}

#[async_trait]
impl StepHook for SimulatedStorage {
    type Context = StepAndFault;

    async fn before(&self, step: Step) -> Result<StepAndFault, StateError> {
        match self.simulator.step(point_of(step)).await {
            Some(Fault::CrashBefore) => self.simulator.crash().await,
            Some(Fault::FailBefore) => Err(self.failed()),
            fault => Ok(StepAndFault(step, fault)),
        }
    }

    fn is_repeated(&self, StepAndFault(_, fault): &StepAndFault) -> bool {
        matches!(fault, Some(Fault::RepeatedWrite | Fault::RepeatedLater))
    }

    async fn before_repetition(&self, StepAndFault(step, fault): &StepAndFault) {
        self.observe(*step);
        if *fault == Some(Fault::RepeatedLater) {
            sleep(REPETITION).await;
        }
    }

    async fn after(&self, StepAndFault(step, fault): StepAndFault) -> Result<(), StateError> {
        self.observe(step);
        match fault {
            Some(Fault::CrashAfter) => self.simulator.crash().await,
            Some(Fault::CancelAfter) => {
                self.simulator.cancel().await;
                Ok(())
            }
            Some(Fault::FailAfter) => Err(self.failed()),
            Some(Fault::LateAnswer(seconds)) => {
                sleep(Duration::from_secs(seconds.into())).await;
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
