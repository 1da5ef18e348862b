#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod change;
mod counters;
mod erasure;
mod error;
mod grants;
mod imports;
mod organisations;
mod sign_ups;

#[cfg(feature = "memory")]
pub mod conformance;
pub mod dynamodb;
#[cfg(feature = "memory")]
pub mod memory;

pub use change::change_tenant;
pub use counters::Counters;
pub use erasure::{BeginRefused, Erasures, ReceiptReader};
pub use error::StateError;
pub use grants::{
    GO1_GRANT_KEPT, GRANT_TRIES, GRANT_TRY, GrantList, GrantOwner, Grants, LONGEST_GRANT_STORE, Lease, StoredGrant,
    XERO_GRANT_KEPT,
};
pub use imports::{AcceptRefused, ActiveImport, ActiveImports, BatchRead, ImportAcceptance, ImportReader, ImportWork};
pub use organisations::{CountedConnections, MemberReader, Members, PortalReader, Portals, TenantReader, Tenants};
pub use sign_ups::{
    AuditTrail, Consents, Go1Logins, PLAN_KEPT, PlanReader, Plans, Sessions, SignUpList, SignUpReader, SignUps,
    UNFINISHED_SIGN_UP_KEPT, XeroLogins,
};
