#![doc = include_str!("../README.md")]

mod own_tenant;
mod request;
mod site;
mod visitor;

pub use own_tenant::{confirmed_tenant, own_tenant};
pub use request::layered;
pub use site::{PortalUrl, site_settings};
pub use visitor::{BrowserAddress, LiveSession, Visitor, VisitorState, Visitors, next_path};
