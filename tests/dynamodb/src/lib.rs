#![doc = include_str!("../README.md")]

mod access;
mod batch;
mod connector;
mod counts;
mod database;
mod errors;
mod expression;
mod faults;
mod keys;
mod reading;
mod reads;
mod request;
mod server;
mod settings;
mod size;
mod store;
mod tables;
mod transactions;
mod value;
mod writes;

pub use access::Access;
pub use counts::{Asked, Count, Counts};
pub use database::InMemoryDynamoDb;
pub use faults::Fault;
pub use server::router;
pub use settings::Settings;
