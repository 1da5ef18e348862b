#![doc = include_str!("../README.md")]

mod code;
mod edge;
mod limits;
mod network;
mod own_tenant;
mod pkce;
mod request;
mod security;
mod seen;
mod serve;
mod site;
mod staying;
mod trail;
mod visitor;

pub use code::code_of;
pub use limits::{CountedOf, Deed};
pub use network::BrowserAddress;
pub use own_tenant::{confirmed_tenant, own_tenant};
pub use pkce::Pkce;
pub use request::layered;
pub use security::Guard;
pub use seen::Seen;
pub use serve::{handler, serve};
pub use site::{PortalUrl, site_settings};
pub use staying::listed;
pub use trail::{CLOCKS_DIFFER, PRESSED_AGAIN};
pub use visitor::{LiveSession, Visitor, VisitorState, Visitors, next_path};
