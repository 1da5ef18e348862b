#![doc = include_str!("../README.md")]

mod account;
mod batch;
mod calls;
mod courses;
mod first;
mod handler;
mod idle_attempt;
mod import_wait;
mod pace;
mod person;
mod return_path;
mod schedule;
mod undo;
mod verdict;
mod waits;
mod worker;

pub use handler::handle;
pub use pace::{NoTurn, Pace, PaceSettings, Turn};
pub use return_path::{ReturnPath, ReturnPathError, SqsReturnPath, Unhandled};
pub use worker::{Worker, WorkerState};
