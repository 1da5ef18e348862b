#![doc = include_str!("../README.md")]

pub mod aws;
mod aws_connections;
pub mod cause;
pub mod entropy;
pub mod figures;
pub mod function;
pub mod rereading;
pub mod secrets;
pub mod settings;
pub mod telemetry;
