#![doc = include_str!("../README.md")]

mod look;
mod people_page;

pub use look::{Look, LookError, LookState};
pub use people_page::{PlanningState, keep_shown, look_and_keep, obstacle, people_context};
