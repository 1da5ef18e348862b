#![doc = include_str!("../README.md")]

mod batch;
mod calls;
mod handler;
mod pace;
mod person;
mod return_path;
mod undo;

pub use handler::{Worker, handle};
pub use pace::{Closed, Pace, PaceSettings};
pub use return_path::{QueueReturn, ReturnPath, ReturnPathError};
