#![doc = include_str!("../README.md")]

pub mod courses;
mod diagnosis;
pub mod dispatch;
pub mod ending;
pub mod erasure;
pub mod framing;
pub mod health;
pub mod look;
pub mod partner;
pub mod people_page;
pub mod queue;
pub mod refresh;
pub mod site;
pub mod start;
pub mod stop;
pub mod undo;
pub mod upstreams;
pub mod visitor;
pub mod xero_access;
