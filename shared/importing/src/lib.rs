#![doc = include_str!("../README.md")]

pub mod dispatch;
pub mod ending;
pub mod erasure;
pub mod queue;
pub mod stop;
pub mod undo;
