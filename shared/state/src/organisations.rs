//! Organisations, their portals, and who was imported into them.

use async_trait::async_trait;
use domain::counted_connection::CountedConnection;
use domain::ids::{ConnectionId, EmployeeId, PortalId, TenantId};
use domain::member::Member;
use domain::portal::Portal;
use domain::sign_up::SignUp;
use domain::tenant::Tenant;
use jiff::Timestamp;

use crate::{StateError, UNFINISHED_SIGN_UP_KEPT};

/// When an organisation ends by itself: with its sign-up, and `None` once GO1 was asked for its portal.
pub(crate) fn tenant_ends_at(tenant: &Tenant, sign_up: Option<&SignUp>) -> Option<Timestamp> {
    let since = sign_up.map_or(tenant.confirmed_at, |sign_up| sign_up.started_at);
    (!tenant.is_settled()).then(|| since + UNFINISHED_SIGN_UP_KEPT)
}

/// Reads organisations.
#[async_trait]
pub trait TenantReader: Send + Sync {
    /// The organisation, if it was ever confirmed.
    async fn find_tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StateError>;
}

/// Stores organisations.
#[async_trait]
pub trait Tenants: TenantReader {
    /// Stores an organisation: a new one (revision 0) on the condition that there is none, a known one on the condition that its
    /// revision is the stored one. Returns it with the next revision; [`StateError::Conflict`] otherwise. Until GO1 is asked
    /// for its portal it is kept for as long as its sign-up.
    async fn put_tenant(&self, tenant: Tenant) -> Result<Tenant, StateError>;

    /// Removes an organisation of which GO1 was not asked for a portal, on the condition that it is stored as it was read.
    /// One that is not there is fine; [`StateError::Conflict`] otherwise.
    async fn remove_tenant(&self, tenant: &Tenant) -> Result<(), StateError>;

    /// Like [`Self::put_tenant`] for an organisation whose portal was there before, and the portal with it: both or neither. A portal
    /// that we know must be this organisation's ([`StateError::Conflict`] otherwise): it is no longer an erased one,
    /// and has the given administrator; all else of it, its places above all, stays as it is.
    async fn connect_portal(&self, tenant: Tenant, portal: &Portal) -> Result<Tenant, StateError>;
}

/// Keeps the connections at Xero that count against the application's tier: a list of its own, so that they are counted
/// without looking at every organisation.
#[async_trait]
pub trait CountedConnections: Send + Sync {
    /// Counts a connection. Counting it again renews when it was seen.
    async fn count_connection(&self, connection: &CountedConnection) -> Result<(), StateError>;

    /// Takes a connection from the count, unconditionally: one that is not counted is fine.
    async fn discount_connection(&self, connection: &ConnectionId) -> Result<(), StateError>;

    /// All that are counted, in the order of their ids.
    async fn counted_connections(&self) -> Result<Vec<CountedConnection>, StateError>;
}

/// Reads portals.
#[async_trait]
pub trait PortalReader: Send + Sync {
    /// The portal, if we made it.
    async fn find_portal(&self, id: &PortalId) -> Result<Option<Portal>, StateError>;
}

/// Adds portals. Their places and their active import change only through an import.
#[async_trait]
pub trait Portals: PortalReader {
    /// Stores a new portal. Storing it again changes nothing.
    async fn add_portal(&self, portal: &Portal) -> Result<(), StateError>;
}

/// Reads members: who was imported into a portal.
#[async_trait]
pub trait MemberReader: Send + Sync {
    /// All members of the portal.
    async fn members(&self, portal: &PortalId) -> Result<Vec<Member>, StateError>;

    /// The member row of this employee, if there is one.
    async fn find_member(&self, portal: &PortalId, employee: &EmployeeId) -> Result<Option<Member>, StateError>;
}

/// Stores members.
#[async_trait]
pub trait Members: MemberReader {
    /// Stores a member on the condition that this employee is none yet; [`StateError::Conflict`] otherwise. Where this
    /// very member is stored, all is well: the answer to the same write was lost.
    async fn add_member(&self, portal: &PortalId, member: &Member) -> Result<(), StateError>;

    /// Stores `after` in place of `before`, on the condition that the stored revision and account are those of
    /// `before`, and returns it with the next revision; [`StateError::Conflict`] otherwise. Where exactly that is stored
    /// already, all is well: the answer to the same write was lost.
    async fn change_member(&self, portal: &PortalId, before: &Member, after: &Member) -> Result<Member, StateError>;
}
