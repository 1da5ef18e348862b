#![doc = include_str!("../README.md")]

mod people_page;
mod planner;
mod still_theirs;

pub use people_page::{
    PEOPLE, PlanStore, find_plan, keep_obstacle, keep_shown, keep_ticks, obstacle_page, people_context, plan_and_keep,
    shown_plan,
};
pub use planner::{PlanError, Planner, PlannerState};
pub use still_theirs::still_theirs;
