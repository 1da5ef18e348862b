#![doc = include_str!("../README.md")]

pub mod aws;
mod aws_connections;
pub mod entropy;
pub mod function;
pub mod secrets;
pub mod settings;
pub mod telemetry;
