#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod arrival;
pub mod audit;
pub mod clock;
pub mod consent;
pub mod counted_connection;
pub mod country;
pub mod email;
pub mod erasure;
pub mod existing_portal;
pub mod fault;
pub mod go1_login;
pub mod ids;
pub mod import;
pub mod member;
pub mod obstacle;
pub mod people;
pub mod plan;
pub mod portal;
#[cfg(feature = "samples")]
pub mod samples;
pub mod session;
pub mod sign_up;
pub mod tenant;
pub mod text;
