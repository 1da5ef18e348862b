#![doc = include_str!("../README.md")]

mod fact;
pub mod facts;
mod live;
mod looks;
mod mocks;
mod report;
mod settings;

pub use fact::{Fact, Grade};
pub use facts::all_facts;
pub use live::{Live, LiveError, Operator, run as run_live};
pub use looks::{Looks, go1, people, xero};
pub use mocks::{Mocks, Outcome, run as run_mocks};
pub use report::{Report, Verdict};
pub use settings::Addresses;
