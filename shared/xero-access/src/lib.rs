#![doc = include_str!("../README.md")]

mod access;
mod connection;
mod diagnosis;
mod start;

pub use access::{DisconnectResult, XeroAccess, XeroAccessError, XeroRefresh, has_run_out, xero_token_set};
pub use connection::{ConnectionState, check, store_connection_state};
pub use diagnosis::diagnose;
pub use start::{XERO_CALLBACK_PATH, xero_client};
