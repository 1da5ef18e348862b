//! Organisations, portals, members and counted connections in DynamoDB.

use async_trait::async_trait;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::counted_connection::CountedConnection;
use domain::ids::{ConnectionId, EmployeeId, PortalId, TenantId};
use domain::member::Member;
use domain::portal::Portal;
use domain::tenant::Tenant;
use jiff::Timestamp;

use super::items::{Change, IS_NEW, attribute, number, row_version, text, to_item};
use super::rows::Row;
use super::{DynamoDb, keys};
use crate::organisations::tenant_ends_at;
use crate::{CountedConnections, MemberReader, Members, PortalReader, Portals, StateError, TenantReader, Tenants};

#[async_trait]
impl TenantReader for DynamoDb {
    async fn find_tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StateError> {
        self.get(keys::tenant(id)).await
    }
}

#[async_trait]
impl Tenants for DynamoDb {
    async fn put_tenant(&self, tenant: Tenant) -> Result<Tenant, StateError> {
        let before = tenant.revision;
        let next = Tenant { revision: before + 1, ..tenant };
        let item = to_item(keys::tenant(&next.organisation.tenant), &next, self.tenant_ends_at(&next).await?)?;
        let (condition, values) = self.is_still_tenant(before);
        // Two may want to store the same step, and only one may have it. The SDK repeats a transaction under the same
        // token, by which the table tells a write whose answer was lost from another caller's.
        self.transact(vec![self.put_part(item, condition, values)?]).await?;
        Ok(next)
    }

    async fn remove_tenant(&self, tenant: &Tenant) -> Result<(), StateError> {
        let condition = "attribute_not_exists(#pk) OR (#revision = :before AND #portal.#step = :not_requested)";
        let values = vec![(":before", number(tenant.revision)), (":not_requested", text("not_requested"))];
        let removal = self.delete_part(keys::tenant(&tenant.organisation.tenant), Some(condition), values)?;
        Ok(self.transact(vec![removal]).await?)
    }

    async fn connect_portal(&self, tenant: Tenant, portal: &Portal) -> Result<Tenant, StateError> {
        let before = tenant.revision;
        let next = Tenant { revision: before + 1, ..tenant };
        let item = to_item(keys::tenant(&next.organisation.tenant), &next, None)?;
        let (condition, values) = self.is_still_tenant(before);
        let portal = Change {
            key: keys::portal(&portal.id),
            update: "SET #id = :id, #tenant = :tenant, #domain = :domain, #administrator = :administrator, \
                     #places_used = if_not_exists(#places_used, :places), \
                     #imports_accepted = if_not_exists(#imports_accepted, :imports), \
                     #created_at = if_not_exists(#created_at, :now), \
                     #row_version = if_not_exists(#row_version, :row_version) REMOVE #erased_at",
            condition: Some("attribute_not_exists(#pk) OR #tenant = :tenant"),
            values: vec![
                (":id", text(&portal.id)),
                (":tenant", text(&portal.tenant)),
                (":domain", text(&portal.domain)),
                (":administrator", attribute(Row::Portal, &portal.administrator)?),
                (":places", number(portal.places_used)),
                (":imports", number(portal.imports_accepted)),
                (":now", attribute(Row::Portal, &portal.created_at)?),
                row_version(Row::Portal),
            ],
        };
        self.transact(vec![self.put_part(item, condition, values)?, self.change_part(portal)?]).await?;
        Ok(next)
    }
}

#[async_trait]
impl CountedConnections for DynamoDb {
    async fn count_connection(&self, connection: &CountedConnection) -> Result<(), StateError> {
        self.put(to_item(keys::counted_connection(&connection.connection), connection, None)?).await
    }

    async fn discount_connection(&self, connection: &ConnectionId) -> Result<(), StateError> {
        self.delete(keys::counted_connection(connection)).await
    }

    async fn counted_connections(&self) -> Result<Vec<CountedConnection>, StateError> {
        self.query(keys::counted_connections()).await
    }
}

#[async_trait]
impl PortalReader for DynamoDb {
    async fn find_portal(&self, id: &PortalId) -> Result<Option<Portal>, StateError> {
        self.get(keys::portal(id)).await
    }
}

#[async_trait]
impl Portals for DynamoDb {
    async fn add_portal(&self, portal: &Portal) -> Result<(), StateError> {
        match self.put_new(to_item(keys::portal(&portal.id), portal, None)?).await {
            Err(StateError::Conflict) => Ok(()),
            result => result,
        }
    }
}

#[async_trait]
impl MemberReader for DynamoDb {
    async fn members(&self, portal: &PortalId) -> Result<Vec<Member>, StateError> {
        self.query(keys::members(portal)).await
    }

    async fn find_member(&self, portal: &PortalId, employee: &EmployeeId) -> Result<Option<Member>, StateError> {
        self.get(keys::member(portal, employee)).await
    }
}

#[async_trait]
impl Members for DynamoDb {
    async fn add_member(&self, portal: &PortalId, member: &Member) -> Result<(), StateError> {
        let put = self.put_new(to_item(keys::member(portal, &member.employee_id), member, None)?).await;
        self.unless_there(keys::member(portal, &member.employee_id), member, put).await
    }

    async fn change_member(&self, portal: &PortalId, before: &Member, after: &Member) -> Result<Member, StateError> {
        let next = Member { revision: before.revision + 1, ..after.clone() };
        let (condition, values) = is_still(before);
        let item = to_item(keys::member(portal, &after.employee_id), &next, None)?;
        let put = self.put_where(item, condition, values).await;
        self.unless_there(keys::member(portal, &next.employee_id), &next, put).await?;
        Ok(next)
    }
}

/// A condition, and the values in it.
type Condition = (&'static str, Vec<(&'static str, AttributeValue)>);

/// That the stored member has the revision and the account of `before`. Rows from before there was a revision have
/// none, and count as 0.
fn is_still(before: &Member) -> Condition {
    let mut values = vec![(":revision", number(before.revision))];
    let condition = match (&before.account, before.revision) {
        (None, 0) => {
            "attribute_exists(#pk) AND attribute_not_exists(#account) \
             AND (attribute_not_exists(#revision) OR #revision = :revision)"
        }
        (None, _) => "attribute_not_exists(#account) AND #revision = :revision",
        (Some(_), 0) => "#account = :account AND (attribute_not_exists(#revision) OR #revision = :revision)",
        (Some(_), _) => "#account = :account AND #revision = :revision",
    };
    values.extend(before.account.iter().map(|account| (":account", text(account))));
    (condition, values)
}

impl DynamoDb {
    /// When an organisation ends by itself: with its sign-up, as long as GO1 was not asked for a portal.
    async fn tenant_ends_at(&self, tenant: &Tenant) -> Result<Option<Timestamp>, StateError> {
        if tenant.is_settled() {
            return Ok(None);
        }
        let sign_up = self.sign_up_even_past(&tenant.sign_up).await?;
        Ok(tenant_ends_at(tenant, sign_up.as_ref()))
    }

    /// That the stored organisation has this revision. Without one there is none, or one that is past its time.
    fn is_still_tenant(&self, revision: u64) -> Condition {
        match revision {
            0 => (
                "attribute_not_exists(#pk) OR #expires_at <= :now",
                vec![(":now", number(self.clock.now().as_second()))],
            ),
            _ => ("#revision = :before", vec![(":before", number(revision))]),
        }
    }

    /// `after` in place of `before`, as a part of a transaction.
    pub(super) fn member_part(
        &self,
        portal: &PortalId,
        employee: &EmployeeId,
        before: Option<&Member>,
        after: Option<&Member>,
    ) -> Result<TransactWriteItem, StateError> {
        let key = keys::member(portal, employee);
        let (condition, values) = before.map_or((IS_NEW, Vec::new()), is_still);
        match after {
            Some(after) => {
                let next = Member { revision: before.map_or(0, |before| before.revision + 1), ..after.clone() };
                self.put_part(to_item(key, &next, None)?, condition, values)
            }
            // Also where there was none: then it must not have come meanwhile.
            None => self.delete_part(key, Some(condition), values),
        }
    }
}
