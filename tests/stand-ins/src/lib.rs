#![doc = include_str!("../README.md")]
#![expect(missing_docs, reason = "this crate is for tests only, and most names need no comment")]

mod clock;
mod control;
mod courses;
mod employee;
mod faults;
pub mod go1;
mod interceptor;
mod names;
mod organisations;
mod random;
mod request_log;
pub mod reverse_proxy;
mod sample_organisations;
mod server;
mod tier;
pub mod world;
pub mod xero;

pub use clock::{Clock, ManualClock, SystemClock, TokioClock};
pub use courses::Course;
pub use employee::{Employee, EmployeeStatus};
pub use faults::{Fault, FaultKind, Faults};
pub use interceptor::ConnectionCut;
pub use organisations::{Member, Organisation, OrganisationUser, PayrollPaging, PayrollState, Practice, XeroUser};
pub use request_log::Call;
pub use server::{cut_connections, serve};
pub use tier::XeroTier;
pub use world::{Duplicates, World, WorldSettings, XeroLimit, XeroLimits};
