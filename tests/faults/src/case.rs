//! A case: what `make faults` can run again by its name, a seed or a schedule of planned faults.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;

use crate::checker::check;
use crate::fault::PlannedFault;
use crate::findings::{Broken, Findings};
use crate::panics::unexpected_panics;
use crate::scenario::{Scenario, Story};
use crate::system::{BEFORE_START, System};
use crate::trace::TraceEntry;
use crate::workload::Workload;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Case {
    Seed(u64),
    /// Planned faults in a story of one customer with one person and two courses.
    Schedule(Story, Vec<PlannedFault>),
}

/// What came of a case.
#[derive(Default)]
pub struct CaseResult {
    pub findings: Findings,
    pub trace: Vec<TraceEntry>,
}

impl Case {
    pub fn scenario(&self) -> Scenario {
        match self {
            Self::Seed(seed) => Scenario::of(*seed),
            Self::Schedule(story, planned_faults) => Scenario::smallest(*story, planned_faults.clone()),
        }
    }

    /// Runs the case. A panic that was not injected counts as a lost person.
    pub fn run(&self) -> CaseResult {
        let before = unexpected_panics();
        let mut result = catch_unwind(AssertUnwindSafe(|| run_scenario(self.scenario()))).unwrap_or_default();
        let panics = unexpected_panics() - before;
        if panics > 0 {
            result.findings.add(Broken::Lost, &format!("{panics} panics that were not injected"));
        }
        result
    }
}

fn run_scenario(scenario: Scenario) -> CaseResult {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime of one thread");
    runtime.block_on(async {
        let system = System::new(scenario);
        tokio::time::sleep(BEFORE_START).await;
        let mut workload = Workload::new(&system);
        workload.run().await;
        let mut runs = std::mem::take(&mut workload.runs);
        drop(workload);
        runs.observe_again(&system);
        CaseResult { findings: check(&system, &runs), trace: system.simulator.trace() }
    })
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(seed) => write!(formatter, "SEED={seed}"),
            Self::Schedule(story, planned_faults) => {
                let planned_faults: Vec<String> = planned_faults.iter().map(ToString::to_string).collect();
                let story = if *story == Story::Import { String::new() } else { format!("{}@", story.name()) };
                write!(formatter, "SCHEDULE={story}{}", planned_faults.join("+"))
            }
        }
    }
}

impl FromStr for Case {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(seed) = text.parse() {
            return Ok(Self::Seed(seed));
        }
        let planned_fault = |text: &str| {
            let (step, choice) = text.split_once(':')?;
            Some(PlannedFault { step: step.parse().ok()?, choice: choice.parse().ok()? })
        };
        let (story, faults) = text.split_once('@').unwrap_or((Story::Import.name(), text));
        let story = Story::ALL.into_iter().find(|known| known.name() == story);
        let faults = faults.split('+').filter(|fault| !fault.is_empty());
        let planned_faults: Option<Vec<PlannedFault>> = faults.map(planned_fault).collect();
        story
            .zip(planned_faults)
            .map(|(story, planned_faults)| Self::Schedule(story, planned_faults))
            .ok_or_else(|| format!("{text} is neither a seed nor a schedule such as 17:3+20:0 or undo@17:3"))
    }
}
