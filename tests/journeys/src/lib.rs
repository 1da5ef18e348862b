#![doc = include_str!("../README.md")]

pub mod browser;
pub mod journey;
pub mod once;
pub mod stand_ins;
