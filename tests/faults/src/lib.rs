#![doc = include_str!("../README.md")]

mod campaign;
mod clock;
mod cosmos;
mod door;
mod drive;
mod freezing;
mod points;
mod run;
mod scenario;
mod seams;
mod universe;
mod verdict;

pub use campaign::{Campaign, Report};
pub use points::{Kind, Mark, Order, Place};
pub use run::{Case, Outcome, pairs_of, run, run_all, singles};
pub use scenario::Scenario;
pub use verdict::{Broken, Verdict};
