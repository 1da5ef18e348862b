#![doc = include_str!("../README.md")]

pub mod entered;
pub mod error;
pub mod grants;
pub mod held;
pub mod letters;
pub mod pausing;
pub mod redrive;
pub mod story;
pub mod stuck;
pub mod subject;
pub mod tier;
pub mod tool;
