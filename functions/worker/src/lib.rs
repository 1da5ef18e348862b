#![doc = include_str!("../README.md")]

mod batch;
mod calls;
mod handler;
mod pace;
mod person;
mod return_path;
mod undo;
mod verdict;
mod waits;
mod worker;

pub use handler::handle;
pub use pace::{Closed, Pace, PaceSettings};
pub use return_path::{QueueReturn, ReturnPath, ReturnPathError};
pub use worker::{Worker, WorkerState};
