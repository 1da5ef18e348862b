#![doc = include_str!("../README.md")]

mod people_page;
mod planner;

pub use people_page::{PlanStore, keep_shown, obstacle, people_context, plan_and_keep};
pub use planner::{PlanError, Planner, PlannerState};
