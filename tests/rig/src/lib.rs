#![doc = include_str!("../README.md")]

mod addresses;
mod administrator;
mod browser;
mod chance;
mod customer;
mod functions;
mod gateway;
mod kept;
mod killed;
mod queue;
mod recording;
mod rights;
mod scenes;
mod settings;
mod standing_still;
mod steps;
mod world;

pub use addresses::{APP, address};
pub use browser::{Browser, SESSION};
pub use chance::{RigClock, SeededRandom};
pub use customer::{
    BLUEGUM, EMPLOYEES_GROUP, HARBOUR, JUNIPER, MEI, PAPERBARK, PRAIRIE, Progress, THORNBURY, Visitor, WATTLE, expect,
    import_of, press_import, press_with, ticked, with_query,
};
pub use functions::{EDGE_SECRET, Surroundings, Wiring};
pub use gateway::Route;
pub use journeys::browser::Sent;
pub use journeys::journey::{Customer, ReportLine};
pub use journeys::page::Page;
pub use killed::killed_at;
pub use queue::{DeadLetter, Queue};
pub use recording::Outgoing;
pub use rights::{TableRights, given_rights};
pub use settings::RigSettings;
pub use standing_still::StandsStill;
pub use state::conformance::Store;
pub use steps::{Step, StepHook, Steps};
pub use world::Rig;
