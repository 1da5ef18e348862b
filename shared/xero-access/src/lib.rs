#![doc = include_str!("../README.md")]

mod access;
mod connection;
mod diagnosis;
mod ending;
mod organisation;
mod start;

pub use access::{DisconnectResult, XeroAccess, XeroAccessError, XeroRefresh, has_run_out, xero_token_set};
pub use connection::{Checked, ConnectionState, check, check_as, store_connection_state};
pub use diagnosis::diagnose;
pub use ending::{end_connection, give_back_others};
pub use organisation::{as_read, organisation, store_reading};
pub use start::{XERO_CALLBACK_PATH, xero_client};
