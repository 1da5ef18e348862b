#![doc = include_str!("../README.md")]

mod error;
mod grants;
mod imports;
mod journey;
mod organisations;

#[cfg(feature = "memory")]
pub mod conformance;
pub mod dynamodb;
#[cfg(feature = "memory")]
pub mod memory;

pub use error::StateError;
pub use grants::{GrantOwner, Grants, Lease, StoredGrant};
pub use imports::{AcceptRefused, ActiveImport, ActiveImports, ImportAcceptance, ImportReader, ImportWork};
pub use journey::{AuditTrail, Consents, PlanReader, Plans, Sessions, SignUpReader, SignUps, XeroLogins};
pub use organisations::{MemberReader, Members, PortalReader, Portals, TenantReader, Tenants};
