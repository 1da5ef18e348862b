#![doc = include_str!("../README.md")]

pub mod courses;
pub mod dispatch;
pub mod ending;
pub mod look;
pub mod partner;
pub mod people_page;
pub mod queue;
pub mod refresh;
pub mod site;
pub mod start;
pub mod upstreams;
pub mod visitor;
