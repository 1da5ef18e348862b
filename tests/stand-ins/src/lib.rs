#![doc = include_str!("../README.md")]

mod canaries;
mod clock;
mod control;
mod courses;
mod employee;
mod fault_script;
mod faults;
pub mod go1;
mod grade;
mod interceptor;
mod names;
mod organisations;
mod random;
mod request_log;
pub mod reverse_proxy;
mod sample_organisations;
mod server;
mod settings;
mod tier;
mod token_form;
mod upstream;
pub mod world;
pub mod xero;

pub use clock::{Clock, ManualClock, SystemClock, TokioClock};
pub use courses::Course;
pub use employee::{Employee, EmployeeStatus};
pub use fault_script::Faults;
pub use faults::{Fault, FaultKind};
pub use organisations::{Member, Organisation, OrganisationUser, PayrollPaging, PayrollState, Practice, XeroUser};
pub use request_log::Call;
pub use server::{cut_connections, serve};
pub use settings::{Duplicates, WorldSettings, XeroLimit, XeroLimits};
pub use tier::XeroTier;
pub use upstream::ConnectionCut;
pub use world::{World, WorldAsItWas};
