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
    if visitor.login.is_some() && visitor.login.as_ref() != Some(&tenant.xero_user) {
        // Of this session first, so that whoever is refused does not use up what the organisation may look.
        visitors.allow(Deed::Look, &[CountedOf::Session(&visitor.session.hash())]).await?;
        still_theirs(xero, visitors, visitor, tenant).await?;
    }
    visitors.allow(Deed::Look, &[CountedOf::Organisation(&tenant.organisation.tenant)]).await
}

/// Refuses where Xero says that the login which opened the session no longer belongs to the organisation, or may no
/// longer see its people, or that it does not know the login or the connection any more: then a new login there says it.
/// But for a role in payroll, which can come back, the session ends with it, because its pages show people too. Of a trial
/// Xero does not say whether it is over or the role is lost, so it counts as the latter. Where Xero does not answer, what its
/// last yes allowed goes on: with a portal the session is at most an hour old. An administrator of the portal came in by GO1,
/// and what is disconnected gives Xero nothing to be asked about: whoever disconnects was asked for before.
pub async fn still_theirs(
    xero: &XeroAccess,
    visitors: &Visitors,
    visitor: &Visitor,
    tenant: &Tenant,
) -> Result<(), Problem> {
    let Some(login) = visitor.login.as_ref().filter(|_| tenant.disconnected.is_none()) else { return Ok(()) };
    let found = check_as(xero, login, tenant, visitors.clock.now()).await?;
    let organisation = tenant.organisation.name.clone();
    let problem = match found.state {
        ConnectionState::Troubled(ConnectionTrouble::NoPayrollAdministrator) => {
            return Err(Problem::PeopleForbidden { organisation });
        }
        ConnectionState::Troubled(ConnectionTrouble::RoleLost | ConnectionTrouble::TrialOver) => {
            Problem::OrganisationForbidden { organisation }
        }
        ConnectionState::Troubled(ConnectionTrouble::RemovedAtXero | ConnectionTrouble::AccessEnded) => {
            Problem::SignedOut
        }
        ConnectionState::Troubled(_) | ConnectionState::Sound | ConnectionState::Unknown(_) => return Ok(()),
    };
    visitors.state.remove_session(&visitor.session.hash()).await?;
    Err(problem)
}
