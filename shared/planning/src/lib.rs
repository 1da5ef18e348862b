#![doc = include_str!("../README.md")]

mod contact_group;
mod people_page;
mod planner;
mod still_administrator;
mod still_theirs;

pub use contact_group::keep_group;
pub use people_page::{
    PEOPLE, PlanStore, find_plan, keep_obstacle, keep_shown, keep_ticks, obstacle_of, obstacle_page, obstacle_view,
    people_context, plan_and_keep, shown_plan, xero_url,
};
pub use planner::{PlanError, Planner, PlannerState};
pub use still_administrator::{still_administrator, unanswered};
pub use still_theirs::{may_import, may_look, still_theirs};
