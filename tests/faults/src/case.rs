//! A case: what `make faults` can run again by its name, a seed or a schedule of planned faults.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;

use crate::checker::{Findings, check};
use crate::fault::PlannedFault;
use crate::panics::unexpected_panics;
use crate::scenario::{Retries, Scenario};
use crate::system::System;
use crate::trace::TraceEntry;
use crate::workload::{RunUntil, Workload};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Case {
    Seed(u64),
    /// Planned faults in the import of one person with two courses.
    Schedule(Vec<PlannedFault>),
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
            Self::Schedule(planned_faults) => Scenario::smallest(planned_faults.clone()),
        }
    }

    /// Runs the case. A panic that was not injected counts as a lost person.
    pub fn run(&self) -> CaseResult {
        let before = unexpected_panics();
        let mut result = catch_unwind(AssertUnwindSafe(|| run_scenario(self.scenario()))).unwrap_or_default();
        let panics = unexpected_panics() - before;
        if panics > 0 {
            result.findings.violations.lost += panics;
            result.findings.descriptions.push(format!("lost: {panics} panics that were not injected"));
        }
        result
    }
}

fn run_scenario(scenario: Scenario) -> CaseResult {
    let system = System::new(scenario);
    let before = system.simulator.world.go1().user_accounts(system.portal.as_str());
    let mut workload = Workload::start(&system);
    if system.scenario.retries == Retries::AtOnce {
        workload.run(RunUntil::ImportEnded);
        if !system.is_idle() {
            // The first import is not checked by itself, because requests of it may still be in flight.
            workload.retry_failed();
        }
    }
    workload.run(RunUntil::Idle);
    let mut findings = check(&system, &before, &workload.imports);
    let may_retry = system.scenario.retries != Retries::Never && workload.imports.len() == 1;
    if may_retry && findings.violations.is_none() {
        workload.retry_failed();
        workload.run(RunUntil::Idle);
        findings = check(&system, &before, &workload.imports);
    }
    CaseResult { findings, trace: system.simulator.trace() }
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(seed) => write!(formatter, "SEED={seed}"),
            Self::Schedule(planned_faults) => {
                let planned_faults: Vec<String> = planned_faults.iter().map(ToString::to_string).collect();
                write!(formatter, "SCHEDULE={}", planned_faults.join("+"))
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
        let planned_faults: Option<Vec<PlannedFault>> = text.split('+').map(planned_fault).collect();
        planned_faults
            .map(Self::Schedule)
            .ok_or_else(|| format!("{text} is neither a seed nor a schedule such as 17:3+20:0"))
    }
}
