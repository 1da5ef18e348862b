#![doc = include_str!("../README.md")]

pub mod browser;
pub mod journey;
pub mod stand_ins;
