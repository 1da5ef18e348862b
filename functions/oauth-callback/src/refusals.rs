//! Refuses organisations that cannot be linked. Their new connection is removed again, unless a portal uses it.

use domain::country::Country;
use domain::existing_portal::ExistingPortal;
use domain::ids::XeroUserId;
use domain::tenant::{Organisation, PortalStep, Tenant};
use web::Problem;
use xero::{Connection, OrganisationRead};

use crate::consented_organisations::{ConsentConnections, ConsentedOrganisation};
use crate::counting::{discount, give_back};
use crate::xero_callback::Callback;

/// What to answer where the organisation is in no country that we serve.
pub(crate) async fn refuse_country(
    callback: &Callback,
    user: &XeroUserId,
    chosen: &ConsentedOrganisation,
    organisation: &OrganisationRead,
) -> Result<Country, Problem> {
    if let Some(country) = Country::from_code(&organisation.country_code) {
        return Ok(country);
    }
    Err(Problem::CountryNotSupported {
        organisation: organisation.name.clone(),
        country: organisation.country_code.clone(),
        connection_removed: remove_unused(callback, user, &chosen.connection).await?,
    })
}

/// Another organisation than the one that the portal belongs to.
pub(crate) async fn refuse_another(
    callback: &Callback,
    user: &XeroUserId,
    own: &Tenant,
    connections: ConsentConnections,
) -> Problem {
    let organisation = own.organisation.name.clone();
    let (mut chosen, mut connection_removed) = (None, false);
    if connections.of_this_consent {
        for connection in &connections.all {
            chosen.get_or_insert_with(|| connection.name.clone());
            match remove_unused(callback, user, connection).await {
                Ok(removed) => connection_removed |= removed,
                Err(problem) => return problem,
            }
        }
    }
    Problem::AnotherOrganisation { organisation, chosen, connection_removed }
}

/// An organisation whose portal was asked for by somebody else's sign-up. A connection of a colleague's is not the
/// portal's, and goes again.
pub(crate) async fn refuse_linked(
    callback: &Callback,
    user: &XeroUserId,
    connection: &Connection,
    tenant: &Tenant,
) -> Problem {
    let (PortalStep::Requested { domain, .. } | PortalStep::Created { domain, .. }) = &tenant.portal else {
        return Problem::NotFound;
    };
    if connection.id != tenant.organisation.connection {
        give_back(callback, user, &connection.id).await;
    }
    if tenant.erased_at.is_some() {
        // Its name is only known from Xero.
        let (organisation, portal_url) = (connection.name.clone(), callback.portal_url.of(domain));
        return Problem::ErasedBefore { organisation, domain: domain.clone(), portal_url };
    }
    Problem::LinkedByAnotherSignUp {
        organisation: tenant.organisation.name.clone(),
        domain: domain.clone(),
        portal_url: callback.portal_url.of(domain),
    }
}

/// Refuses where the portal that is to be connected belongs to another organisation by now.
pub(crate) async fn refuse_taken(
    callback: &Callback,
    user: &XeroUserId,
    connection: &Connection,
    organisation: &Organisation,
    existing: &ExistingPortal,
) -> Result<(), Problem> {
    let portal = callback.state.find_portal(&existing.portal).await;
    match portal? {
        Some(portal) if portal.tenant != organisation.tenant => Err(Problem::PortalTaken {
            organisation: organisation.name.clone(),
            domain: portal.domain,
            connection_removed: remove_unused(callback, user, connection).await?,
        }),
        _ => Ok(()),
    }
}

/// Removes a connection that no portal uses, and our grant with the user's last one. Returns whether it was removed.
async fn remove_unused(callback: &Callback, user: &XeroUserId, connection: &Connection) -> Result<bool, Problem> {
    let tenant = callback.state.find_tenant(&connection.tenant).await;
    if tenant?.is_some() {
        return Ok(false);
    }
    let left = callback.xero.disconnect(user, &connection.id).await;
    let left = left.map_err(|error| callback.no_access(error))?;
    discount(callback, &connection.id).await;
    Ok(left.removed_at_xero)
}
