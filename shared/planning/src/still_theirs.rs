//! Whether what a login at Xero, or at GO1, gave is still theirs: asked before an organisation's people are shown or handed
//! out, and before they are imported.

use domain::obstacle::ConnectionTrouble;
use domain::tenant::Tenant;
use visiting::{CountedOf, Deed, Visitor, Visitors};
use web::Problem;
use xero_access::{ConnectionState, check_as};

use crate::planner::Planner;
use crate::still_administrator::still_administrator;

/// Asked before people are read anew, by whatever button: counts the read, and refuses whom Xero no longer lets into the
/// organisation, or GO1 into the portal. Where their own access to Xero is used, the read itself asks Xero as them.
pub async fn may_look(
    planner: &Planner,
    visitors: &Visitors,
    visitor: &Visitor,
    tenant: &Tenant,
) -> Result<(), Problem> {
    if !reads_as_them(visitor, tenant) {
        // Of this session first, so that whoever is refused does not use up what the organisation may look.
        visitors.allow(Deed::Look, &[CountedOf::Session(&visitor.session.hash())]).await?;
        still_theirs(planner, visitors, visitor, tenant).await?;
    }
    visitors.allow(Deed::Look, &[CountedOf::Organisation(&tenant.organisation.tenant)]).await
}

/// Refuses where Xero says that the login which opened the session no longer belongs to the organisation, or may no
/// longer see its people, or that it does not know the login or the connection any more: then a new login there says it.
/// But for a role in payroll, which can come back, the session ends with it, because its pages show people too. Of a trial
/// Xero does not say whether it is over or the role is lost, so it counts as the latter. Where Xero does not answer, what its
/// last yes allowed goes on: with a portal the session is at most an hour old. What is disconnected gives Xero nothing to be
/// asked about: whoever disconnects was asked for before. An administrator of the portal came in by GO1, so GO1 is asked.
pub async fn still_theirs(
    planner: &Planner,
    visitors: &Visitors,
    visitor: &Visitor,
    tenant: &Tenant,
) -> Result<(), Problem> {
    if let Some(administrator) = &visitor.administrator {
        return match still_administrator(planner.go1(), visitors, visitor, administrator).await {
            Err(Problem::Go1Unavailable { .. } | Problem::Go1LoginNeeded | Problem::Go1NotGranted) => Ok(()),
            answered => answered,
        };
    }
    let Some(login) = visitor.login.as_ref().filter(|_| tenant.disconnected.is_none()) else { return Ok(()) };
    let found = check_as(planner.xero(), login, tenant, visitors.clock.now()).await?;
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

/// Asked before people are imported, which cannot be taken back: where the list is not as good as read by the visitor
/// themselves, and so by Xero's leave, within the last minute. Counts the question. GO1's silence is an answer here.
pub async fn may_import(
    planner: &Planner,
    visitors: &Visitors,
    visitor: &Visitor,
    tenant: &Tenant,
) -> Result<(), Problem> {
    if reads_as_them(visitor, tenant) {
        return Ok(());
    }
    visitors.allow(Deed::Look, &[CountedOf::Session(&visitor.session.hash())]).await?;
    match &visitor.administrator {
        Some(administrator) => still_administrator(planner.go1(), visitors, visitor, administrator).await,
        None => still_theirs(planner, visitors, visitor, tenant).await,
    }
}

/// Whether the people are read by the access of the very login that opened the session.
fn reads_as_them(visitor: &Visitor, tenant: &Tenant) -> bool {
    visitor.administrator.is_none() && visitor.login.as_ref() == Some(&tenant.xero_user)
}
