//! The app that is registered at the fake Xero.

pub const CLIENT_ID: &str = "local-xero-client";
pub const CLIENT_SECRET: &str = "local-xero-secret";
