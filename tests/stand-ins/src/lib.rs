#![doc = include_str!("../README.md")]

mod cast;
mod clock;
mod control;
mod courses;
mod employee;
mod faults;
pub mod front_door;
mod gate;
pub mod go1;
mod names;
mod organisations;
mod random;
mod server;
mod tier;
pub mod world;
pub mod xero;

pub use clock::{Clock, ManualClock, SystemClock, TokioClock};
pub use courses::Course;
pub use employee::{Employee, EmployeeStatus};
pub use faults::{Fault, FaultKind, Faults};
pub use gate::{Call, ConnectionCut};
pub use organisations::{Member, Organisation, OrganisationUser, PayrollPaging, PayrollState, Practice, XeroUser};
pub use server::{cut_connections, serve};
pub use tier::XeroTier;
pub use world::{Duplicates, World, WorldSettings, XeroLimit, XeroLimits};
