//! Whether what a login at Xero gave is still theirs: asked before an organisation's people are shown or handed out.

use domain::obstacle::ConnectionTrouble;
use domain::tenant::Tenant;
use visiting::{CountedOf, Deed, Visitor, Visitors};
use web::Problem;
use xero_access::{ConnectionState, XeroAccess, check_as};

/// Asked before people are read anew, by whatever button: counts the read, and refuses whom Xero no longer lets into the
/// organisation. Where their own access is used, the read itself asks Xero as them.
pub async fn may_look(
    xero: &XeroAccess,
    visitors: &Visitors,
    visitor: &Visitor,
    tenant: &Tenant,
) -> Result<(), Problem> {
    visitors.allow(Deed::Look, &[CountedOf::Organisation(&tenant.organisation.tenant)]).await?;
    if visitor.login.as_ref() == Some(&tenant.xero_user) {
        return Ok(());
    }
    still_theirs(xero, visitors, visitor, tenant).await
}

/// Refuses where Xero says that the login which opened the session no longer belongs to the organisation, or may no
/// longer see its people, or that it does not know the login or the connection any more: then a new login there says it.
/// Where Xero does not answer, what its last yes allowed goes on: with a portal the session is at most an hour old. An
/// administrator of the portal came in by GO1, and what is disconnected gives Xero nothing to be asked about: whoever
/// disconnects was asked for before.
pub async fn still_theirs(
    xero: &XeroAccess,
    visitors: &Visitors,
    visitor: &Visitor,
    tenant: &Tenant,
) -> Result<(), Problem> {
    let Some(login) = visitor.login.as_ref().filter(|_| tenant.disconnected.is_none()) else { return Ok(()) };
    let found = check_as(xero, login, tenant, visitor.sign_up.may_read_payroll, visitors.clock.now()).await?;
    let organisation = tenant.organisation.name.clone();
    match found.state {
        ConnectionState::Troubled(ConnectionTrouble::RoleLost) => Err(Problem::OrganisationForbidden { organisation }),
        ConnectionState::Troubled(ConnectionTrouble::NoPayrollAdministrator) => {
            Err(Problem::PeopleForbidden { organisation })
        }
        ConnectionState::Troubled(ConnectionTrouble::RemovedAtXero) => Err(Problem::SignedOut),
        // Where a colleague's access is used, the login's own is given back to Xero, which then knows nothing of it.
        ConnectionState::Troubled(ConnectionTrouble::AccessEnded) if *login == tenant.xero_user => {
            Err(Problem::SignedOut)
        }
        ConnectionState::Troubled(_) | ConnectionState::Sound | ConnectionState::Unknown(_) => Ok(()),
    }
}
