//! The partner app that is registered at the fake GO1.

pub const CLIENT_ID: &str = "local-go1-client";
pub const CLIENT_SECRET: &str = "local-go1-secret";
