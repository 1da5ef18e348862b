//! The contact group whose contacts are an organisation's people, as it is kept with the organisation.

use domain::contact_group::ContactGroup;
use domain::tenant::Tenant;
use state::{StateError, Tenants, change_tenant};

/// Keeps that the people are the contacts of this group; or, without one, those that the country's source lists. Unless
/// the organisation was disconnected, or is read in another way by now. Returns the organisation as it is then.
pub async fn keep_group(
    tenants: &dyn Tenants,
    tenant: &Tenant,
    group: Option<&ContactGroup>,
) -> Result<Tenant, StateError> {
    if tenant.contact_group.as_ref() == group {
        return Ok(tenant.clone());
    }
    let with_group = |stored: Tenant| {
        let is_same = stored.disconnected.is_none() && stored.is_read_as(tenant);
        is_same.then(|| Tenant { contact_group: group.cloned(), ..stored })
    };
    change_tenant(tenants, tenant.clone(), with_group).await?.ok_or(StateError::Conflict)
}
