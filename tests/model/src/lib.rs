#![doc = include_str!("../README.md")]

pub mod model;
pub mod owner;
pub mod rules;
pub mod scenarios;
pub mod state;
pub mod stop;
pub mod worker;

pub use model::Action;
pub use owner::Press;
pub use rules::{Rule, Scenario};
pub use scenarios::scenarios;
