//! Whether GO1 still says that the person of a session administers the portal: asked before what cannot be taken back.

use domain::session::Administrator;
use go1::PortalRole;
use tokio::time::timeout;
use visiting::Visitor;
use web::{LoginFor, Problem};

use crate::addon::Addon;
use crate::users::{LONGEST_READ, unavailable};

/// Refuses whom GO1 has made somebody else than an administrator since they came in, and ends their session. Where GO1
/// does not answer, nothing that cannot be taken back happens.
pub(crate) async fn require_still_administrator(
    addon: &Addon,
    visitor: &Visitor,
    administrator: &Administrator,
) -> Result<(), Problem> {
    let Administrator { portal, account, domain, .. } = administrator;
    let asked = addon.go1.as_portal(portal, async |token| addon.go1.client.user_account(&token, account).await);
    let found = timeout(LONGEST_READ, asked).await.map_err(|_| Problem::Go1Unavailable { retry_after: None })?;
    let role = found.map_err(|error| unavailable(portal, error))?.map(PortalRole::of);
    if matches!(role, Some(PortalRole::Administrator { .. })) {
        return Ok(());
    }
    addon.visitors.state.remove_session(&visitor.session.hash()).await?;
    let login = LoginFor::Enter { portal: Some(domain.clone()) };
    Err(Problem::NotAdministrator { domain: domain.clone(), login })
}
