//! Organisations, portals, members.

use async_trait::async_trait;
use domain::ids::{EmployeeId, PortalId, TenantId};
use domain::member::Member;
use domain::portal::Portal;
use domain::tenant::Tenant;

use super::items::{number, to_item};
use super::{DynamoDb, keys};
use crate::{MemberReader, Members, PortalReader, Portals, StateError, TenantReader, Tenants};

#[async_trait]
impl TenantReader for DynamoDb {
    async fn find_tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StateError> {
        self.get("organisation", keys::tenant(id)).await
    }
}

#[async_trait]
impl Tenants for DynamoDb {
    async fn put_tenant(&self, tenant: Tenant) -> Result<Tenant, StateError> {
        let before = tenant.revision;
        let next = Tenant { revision: before + 1, ..tenant };
        let item = to_item("organisation", keys::tenant(&next.organisation.tenant), &next, None)?;
        match before {
            0 => self.put_new(item).await?,
            _ => self.put_where(item, "#revision = :before", vec![(":before", number(before))]).await?,
        }
        Ok(next)
    }
}

#[async_trait]
impl PortalReader for DynamoDb {
    async fn find_portal(&self, id: &PortalId) -> Result<Option<Portal>, StateError> {
        self.get("portal", keys::portal(id)).await
    }
}

#[async_trait]
impl Portals for DynamoDb {
    async fn add_portal(&self, portal: &Portal) -> Result<(), StateError> {
        match self.put_new(to_item("portal", keys::portal(&portal.id), portal, None)?).await {
            Err(StateError::Conflict) => Ok(()),
            result => result,
        }
    }
}

#[async_trait]
impl MemberReader for DynamoDb {
    async fn members(&self, portal: &PortalId) -> Result<Vec<Member>, StateError> {
        self.query("member", keys::members(portal)).await
    }

    async fn find_member(&self, portal: &PortalId, employee: &EmployeeId) -> Result<Option<Member>, StateError> {
        self.get("member", keys::member(portal, employee)).await
    }
}

#[async_trait]
impl Members for DynamoDb {
    async fn add_member(&self, portal: &PortalId, member: &Member) -> Result<(), StateError> {
        self.put_new(to_item("member", keys::member(portal, &member.employee_id), member, None)?).await
    }
}
