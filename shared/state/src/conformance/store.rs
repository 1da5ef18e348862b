//! What the suite is about.

use crate::{
    ActiveImports, AuditTrail, Consents, CountedConnections, Counters, Erasures, Go1Logins, Grants, ImportAcceptance,
    ImportWork, Members, Plans, Portals, Sessions, SignUps, StateError, Tenants, XeroLogins,
};

/// All of the traits of this crate, which both implementations have.
pub trait Store:
    SignUps
    + XeroLogins
    + Sessions
    + Consents
    + Go1Logins
    + Plans
    + AuditTrail
    + Tenants
    + CountedConnections
    + Counters
    + Portals
    + Members
    + Grants
    + ImportAcceptance
    + ImportWork
    + ActiveImports
    + Erasures
{
}

impl<S> Store for S where
    S: SignUps
        + XeroLogins
        + Sessions
        + Consents
        + Go1Logins
        + Plans
        + AuditTrail
        + Tenants
        + CountedConnections
        + Counters
        + Portals
        + Members
        + Grants
        + ImportAcceptance
        + ImportWork
        + ActiveImports
        + Erasures
{
}

/// Panics unless `result` is a conflict.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "reads better in every line that calls it")]
pub(super) fn assert_conflict<T: std::fmt::Debug>(result: Result<T, StateError>) {
    assert!(matches!(result, Err(StateError::Conflict)), "expected a conflict, got {result:?}");
}
