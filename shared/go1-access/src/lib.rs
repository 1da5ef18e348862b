#![doc = include_str!("../README.md")]

mod access;
pub mod addresses;
pub mod courses;
mod partner;
mod start;

pub use access::{Go1Access, Go1AccessError, Go1Refresh, PartnerError, PortalCalls, go1_token_set};
pub use start::{GO1_CALLBACK_PATH, READ_TRIES, go1_login};
