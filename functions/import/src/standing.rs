//! Whether the owner is still one at Xero: asked before a report and before the way into the portal.

use planning::still_theirs;
use visiting::{CountedOf, Deed, Visitor, confirmed_tenant};
use web::Problem;

use crate::importer::Importer;

/// Counts a report or a way into the portal, and refuses where Xero has taken from the login what it gave.
pub(crate) async fn require_still_theirs(importer: &Importer, visitor: &Visitor) -> Result<(), Problem> {
    let visitors = &importer.visitors;
    let tenant = confirmed_tenant(&*importer.state, visitor).await?;
    visitors.allow(Deed::Report, &[CountedOf::Organisation(&tenant.organisation.tenant)]).await?;
    still_theirs(importer.planner.xero(), visitors, visitor, &tenant).await
}
