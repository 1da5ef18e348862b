#![doc = include_str!("../README.md")]

pub mod browser;
mod cookies;
pub mod journey;
mod network;
pub mod once;
pub mod page;
pub mod stand_ins;
