//! Organisations, portals, members and counted connections in memory.

use std::collections::btree_map::Entry;

use async_trait::async_trait;
use domain::counted_connection::CountedConnection;
use domain::ids::{ConnectionId, EmployeeId, PortalId, TenantId};
use domain::member::Member;
use domain::portal::Portal;
use domain::tenant::Tenant;
use jiff::Timestamp;

use super::{Dated, Kept, Memory};
use crate::organisations::tenant_ends_at;
use crate::{CountedConnections, MemberReader, Members, PortalReader, Portals, StateError, TenantReader, Tenants};

#[async_trait]
impl TenantReader for Memory {
    async fn find_tenant(&self, id: &TenantId) -> Result<Option<Tenant>, StateError> {
        let now = self.clock.now();
        let kept = self.kept();
        Ok(kept.tenants.get(id).filter(|tenant| tenant.is_there(now)).map(|tenant| tenant.value.clone()))
    }
}

#[async_trait]
impl Tenants for Memory {
    async fn put_tenant(&self, tenant: Tenant) -> Result<Tenant, StateError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        if !kept.is_still_tenant(&tenant, now) {
            return Err(StateError::Conflict);
        }
        let next = Tenant { revision: tenant.revision + 1, ..tenant };
        let until = tenant_ends_at(&next, kept.sign_ups.get(&next.sign_up));
        kept.tenants.insert(next.organisation.tenant.clone(), Dated { value: next.clone(), until });
        Ok(next)
    }

    async fn remove_tenant(&self, tenant: &Tenant) -> Result<(), StateError> {
        let mut kept = self.kept();
        let id = &tenant.organisation.tenant;
        let is_as_read =
            |stored: &Dated<Tenant>| stored.value.revision == tenant.revision && !stored.value.is_settled();
        if !kept.tenants.get(id).is_none_or(is_as_read) {
            return Err(StateError::Conflict);
        }
        kept.tenants.remove(id);
        Ok(())
    }

    async fn connect_portal(&self, tenant: Tenant, portal: &Portal) -> Result<Tenant, StateError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        let known = kept.portals.get(&portal.id).cloned().unwrap_or_else(|| portal.clone());
        if !kept.is_still_tenant(&tenant, now) || known.tenant != portal.tenant {
            return Err(StateError::Conflict);
        }
        let next = Tenant { revision: tenant.revision + 1, ..tenant };
        kept.tenants.insert(next.organisation.tenant.clone(), Dated { value: next.clone(), until: None });
        let administrator = portal.administrator.clone();
        let domain = portal.domain.clone();
        kept.portals.insert(portal.id.clone(), Portal { domain, administrator, erased_at: None, ..known });
        Ok(next)
    }
}

#[async_trait]
impl CountedConnections for Memory {
    async fn count_connection(&self, connection: &CountedConnection) -> Result<(), StateError> {
        self.kept().counted_connections.insert(connection.connection.clone(), connection.clone());
        Ok(())
    }

    async fn discount_connection(&self, connection: &ConnectionId) -> Result<(), StateError> {
        self.kept().counted_connections.remove(connection);
        Ok(())
    }

    async fn counted_connections(&self) -> Result<Vec<CountedConnection>, StateError> {
        Ok(self.kept().counted_connections.values().cloned().collect())
    }
}

#[async_trait]
impl PortalReader for Memory {
    async fn find_portal(&self, id: &PortalId) -> Result<Option<Portal>, StateError> {
        Ok(self.kept().portals.get(id).cloned())
    }
}

#[async_trait]
impl Portals for Memory {
    async fn add_portal(&self, portal: &Portal) -> Result<(), StateError> {
        self.kept().portals.entry(portal.id.clone()).or_insert_with(|| portal.clone());
        Ok(())
    }
}

#[async_trait]
impl MemberReader for Memory {
    async fn members(&self, portal: &PortalId) -> Result<Vec<Member>, StateError> {
        Ok(self.kept().members.get(portal).into_iter().flat_map(|members| members.values().cloned()).collect())
    }

    async fn find_member(&self, portal: &PortalId, employee: &EmployeeId) -> Result<Option<Member>, StateError> {
        Ok(self.kept().members.get(portal).and_then(|members| members.get(employee)).cloned())
    }
}

#[async_trait]
impl Members for Memory {
    async fn add_member(&self, portal: &PortalId, member: &Member) -> Result<(), StateError> {
        match self.kept().members.entry(portal.clone()).or_default().entry(member.employee_id.clone()) {
            Entry::Occupied(place) if place.get() == member => Ok(()),
            Entry::Occupied(_) => Err(StateError::Conflict),
            Entry::Vacant(place) => {
                place.insert(member.clone());
                Ok(())
            }
        }
    }

    async fn change_member(&self, portal: &PortalId, before: &Member, after: &Member) -> Result<Member, StateError> {
        let next = Member { revision: before.revision + 1, ..after.clone() };
        let mut kept = self.kept();
        let stored = kept.members.get(portal).and_then(|members| members.get(&next.employee_id));
        if stored != Some(&next) {
            kept.replace_member(portal, &before.employee_id, Some(before), Some(next.clone()))?;
        }
        Ok(next)
    }
}

impl Kept {
    /// Whether the stored organisation has the revision of this one; 0 also where there is none, or one that is past its
    /// time. What is stored has a revision of at least 1.
    fn is_still_tenant(&self, tenant: &Tenant, now: Timestamp) -> bool {
        let stored = self.tenants.get(&tenant.organisation.tenant);
        match tenant.revision {
            0 => stored.is_none_or(|stored| !stored.is_there(now)),
            revision => stored.is_some_and(|stored| stored.value.revision == revision),
        }
    }

    /// Puts `after` in the place of `before`, where what is stored has the revision and the account of `before`.
    pub(super) fn replace_member(
        &mut self,
        portal: &PortalId,
        employee: &EmployeeId,
        before: Option<&Member>,
        after: Option<Member>,
    ) -> Result<(), StateError> {
        let members = self.members.entry(portal.clone()).or_default();
        let seen = |member: &Member| (member.revision, member.account.clone());
        if members.get(employee).map(seen) != before.map(seen) {
            return Err(StateError::Conflict);
        }
        match after {
            Some(after) => drop(members.insert(employee.clone(), after)),
            None => drop(members.remove(employee)),
        }
        Ok(())
    }
}
