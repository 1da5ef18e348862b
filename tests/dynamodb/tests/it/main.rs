//! The tables as the real client sees them.

mod access;
mod faults;
mod items;
mod over_http;
mod reads;
mod stage;
mod transactions;
