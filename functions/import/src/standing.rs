//! Whether the owner is still one at Xero: asked before a report, before a portal is made, and before the way into it.

use domain::tenant::Tenant;
use planning::still_theirs;
use visiting::{CountedOf, Deed, Visitor, confirmed_tenant};
use web::Problem;

use crate::importer::Importer;

/// Counts a report or a way into the portal, and refuses where Xero has taken from the login what it gave.
pub(crate) async fn require_still_theirs(importer: &Importer, visitor: &Visitor) -> Result<(), Problem> {
    let tenant = confirmed_tenant(&*importer.state, visitor).await?;
    require_theirs(importer, visitor, &tenant).await
}

/// The same before a portal is made without people: whoever may not see them is still the organisation's.
pub(crate) async fn require_in_organisation(
    importer: &Importer,
    visitor: &Visitor,
    tenant: &Tenant,
) -> Result<(), Problem> {
    match require_theirs(importer, visitor, tenant).await {
        Err(Problem::PeopleForbidden { .. }) => Ok(()),
        asked => asked,
    }
}

async fn require_theirs(importer: &Importer, visitor: &Visitor, tenant: &Tenant) -> Result<(), Problem> {
    let visitors = &importer.visitors;
    visitors.allow(Deed::Report, &[CountedOf::Organisation(&tenant.organisation.tenant)]).await?;
    still_theirs(&importer.planner, visitors, visitor, tenant).await
}
