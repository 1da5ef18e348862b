#![doc = include_str!("../README.md")]

pub mod arrival;
pub mod audit;
pub mod clock;
pub mod consent;
pub mod country;
pub mod email;
pub mod ids;
pub mod import;
pub mod member;
pub mod people;
pub mod plan;
pub mod portal;
pub mod session;
pub mod sign_up;
pub mod tenant;
