#![doc = include_str!("../README.md")]

mod browser;
mod campaign;
mod case;
mod checker;
mod clock;
mod delivery;
mod enumeration;
mod fault;
mod import_run;
mod initial_state;
mod injection_points;
mod network;
mod panics;
mod pause;
mod queue;
mod scenario;
mod simulator;
mod storage;
mod system;
mod trace;
mod workload;

pub use campaign::{Campaign, Report};
pub use case::{Case, CaseResult};
pub use checker::{Findings, Violations};
pub use fault::{Fault, PlannedFault, RetryAfter};
pub use injection_points::InjectionPoint;
pub use scenario::Scenario;
pub use trace::TraceEntry;
