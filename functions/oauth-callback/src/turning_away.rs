//! Organisations that cannot be linked. A connection is removed again only where no portal uses it.

use domain::country::Country;
use domain::ids::XeroUserId;
use domain::tenant::{PortalStep, Tenant};
use web::Problem;
use xero::Connection;

use crate::Callback;
use crate::candidates::CandidateRead;

/// Not in a country that we serve: its connection goes again, and with it those of the same consent that are not either.
pub(crate) async fn turn_away(
    callback: &Callback,
    user: &XeroUserId,
    read: &CandidateRead,
    found: &[CandidateRead],
) -> Problem {
    let is_served = |each: &CandidateRead| Country::from_code(&each.organisation.country_code).is_some();
    let not_served = found.iter().filter(|each| !is_served(each)).map(|each| each.connection.clone());
    match remove_unused(callback, user, &not_served.collect::<Vec<_>>()).await {
        Err(problem) => problem,
        Ok(connection_removed) => Problem::CountryNotSupported {
            organisation: read.organisation.name.clone(),
            country: read.organisation.country_code.clone(),
            connection_removed,
        },
    }
}

/// Another organisation than the one that the portal belongs to: what was connected just now goes again.
pub(crate) async fn refuse_another(
    callback: &Callback,
    user: &XeroUserId,
    own: &Tenant,
    connections: Vec<Connection>,
) -> Problem {
    let chosen = connections.first().map(|connection| connection.name.clone()).unwrap_or_default();
    match remove_unused(callback, user, &connections).await {
        Err(problem) => problem,
        Ok(connection_removed) => {
            Problem::AnotherOrganisation { organisation: own.organisation.name.clone(), chosen, connection_removed }
        }
    }
}

/// The refusal of an organisation whose portal was asked for by another sign-up.
pub(crate) fn linked_elsewhere(callback: &Callback, tenant: &Tenant) -> Option<Problem> {
    let (PortalStep::Requested { domain, .. } | PortalStep::Created { domain, .. }) = &tenant.portal else {
        return None;
    };
    Some(Problem::LinkedElsewhere {
        organisation: tenant.organisation.name.clone(),
        domain: domain.clone(),
        portal_url: callback.portal_url.of(domain),
    })
}

/// Removes those connections that no portal uses, and our access with the user's last one. Whether any was removed.
async fn remove_unused(callback: &Callback, user: &XeroUserId, connections: &[Connection]) -> Result<bool, Problem> {
    let mut removed = false;
    for connection in connections {
        let tenant = callback.tenants.find_tenant(&connection.tenant).await;
        if tenant.map_err(|error| callback.visitors.failed(&error))?.is_none() {
            let left = callback.xero.leave(user, &connection.id).await;
            removed |= left.map_err(|error| callback.no_access(&error))?.removed_at_xero;
        }
    }
    Ok(removed)
}
