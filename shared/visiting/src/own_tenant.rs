//! The organisation of a sign-up.

use domain::sign_up::SignUp;
use domain::tenant::Tenant;
use state::{StateError, TenantReader};
use web::Problem;

use crate::visitor::Visitor;

/// The organisation that the sign-up confirmed, unless another sign-up went on with it.
pub async fn own_tenant(tenants: &dyn TenantReader, sign_up: &SignUp) -> Result<Option<Tenant>, StateError> {
    let Some(id) = sign_up.tenant() else { return Ok(None) };
    Ok(tenants.find_tenant(id).await?.filter(|tenant| tenant.sign_up == sign_up.id))
}

/// The organisation that the visitor confirmed. Where another sign-up went on with it, it can be confirmed here again
/// until its portal exists, so that is where they are led.
pub async fn confirmed_tenant(tenants: &dyn TenantReader, visitor: &Visitor) -> Result<Tenant, Problem> {
    if visitor.sign_up.tenant().is_none() {
        return Err(visitor.wrong_step());
    }
    let tenant = own_tenant(tenants, &visitor.sign_up).await?;
    tenant.ok_or_else(|| Problem::WrongStep { next_path: "/organisations".to_owned() })
}
