//! The step at which a sign-up gets its portal, and the other address where the one asked for is taken.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::audit::AuditAction;
use domain::portal::{Portal, PortalDomain};
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use http::{HeaderMap, StatusCode};
use tokio::time::Instant;
use visiting::{Visitor, confirmed_tenant};
use web::Problem;
use web::forms::{PortalAddressForm, parse};
use web::pages::PortalAddressPage;
use web::responses::{page_with_status, see_other};

use crate::importer::Importer;
use crate::provisioning::{NotProvisioned, Provisioning, Wish};

/// What came of asking for the portal.
pub(crate) enum PortalAnswer {
    /// It is there, and the visitor's sign-up says so.
    Portal(Box<Visitor>, Portal),
    /// Its address cannot be had: the owner chooses another.
    Ask(Response),
}

/// The organisation's portal: the one it has, or a new one. `begun`: when the button was pressed.
pub(crate) async fn provide(
    importer: &Importer,
    visitor: Visitor,
    tenant: &Tenant,
    begun: Instant,
) -> Result<PortalAnswer, Problem> {
    let visitors = &importer.visitors;
    let provisioning = Provisioning { state: &*importer.state, go1: &importer.go1, clock: &*visitors.clock, begun };
    let wish = Wish { details: &visitor.sign_up.details, existing: visitor.sign_up.existing_portal.as_ref() };
    let refused = match provisioning.portal(tenant, &wish).await {
        Ok(portal) => {
            let visitor = provisioned(importer, visitor, &portal).await?;
            return Ok(PortalAnswer::Portal(Box::new(visitor), portal));
        }
        Err(refused) => refused,
    };
    Err(match refused {
        NotProvisioned::AddressTaken { taken, next, looks_free } => {
            let mut why = format!("{taken} belongs to another customer");
            if looks_free {
                why = format!("{why}. {next} looks free");
            }
            return Ok(PortalAnswer::Ask(ask(importer, &visitor, next.label().to_owned(), Some(why))));
        }
        NotProvisioned::AddressRefused(domain) => {
            let why = format!("GO1 does not allow {domain}");
            return Ok(PortalAnswer::Ask(ask(importer, &visitor, domain.label().to_owned(), Some(why))));
        }
        NotProvisioned::Pending => Problem::PortalPending,
        NotProvisioned::Unavailable(retry_after) => Problem::Go1Unavailable { retry_after },
        NotProvisioned::Refused => Problem::PortalRefused,
        NotProvisioned::OutOfReach(domain) => Problem::PortalOutOfReach { domain },
        NotProvisioned::AnotherOrganisations(domain) => {
            let organisation = tenant.organisation.name.clone();
            Problem::PortalTaken { organisation, domain, connection_removed: false }
        }
        NotProvisioned::Fault(problem) => problem,
    })
}

/// `POST /portal-address`: another address, because the one asked for is taken.
pub(crate) async fn choose_address(
    State(importer): State<Importer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let form: PortalAddressForm = parse(&body)?;
    let visitor = importer.visitors.require_press(&headers, &form.form_token).await?;
    if visitor.sign_up.portal().is_some() {
        return Err(visitor.elsewhere());
    }
    if let PortalStep::Requested { .. } = confirmed_tenant(&*importer.state, &visitor).await?.portal {
        // At the address before: it may be there any moment, and then it is the only one.
        return Err(Problem::PortalPending);
    }
    match PortalDomain::parse(&form.portal) {
        Ok(domain) => {
            let moved = |mut sign_up: SignUp| {
                sign_up.portal().map_or(Ok(()), |_| Err(visitor.elsewhere()))?;
                sign_up.details.domain = domain.clone();
                Ok(sign_up)
            };
            let sign_up = importer.visitors.change(visitor.sign_up.clone(), moved).await?;
            Ok(see_other(if sign_up.plan.is_some() { "/preview/people" } else { "/preview" }))
        }
        Err(error) => Ok(ask(&importer, &visitor, form.portal, Some(error.to_string()))),
    }
}

/// Says in the sign-up, once, that the portal is there.
async fn provisioned(importer: &Importer, visitor: Visitor, portal: &Portal) -> Result<Visitor, Problem> {
    if visitor.sign_up.portal().is_some() {
        return Ok(visitor);
    }
    let at_step = |sign_up: SignUp| {
        // Another tab may have gone on with another organisation.
        if sign_up.tenant() != Some(&portal.tenant) {
            return Err(visitor.elsewhere());
        }
        sign_up.portal_provisioned(portal.id.clone()).map_err(|_| visitor.elsewhere())
    };
    let sign_up = importer.visitors.change(visitor.sign_up.clone(), at_step).await?;
    let visitor = Visitor { sign_up, ..visitor };
    importer.visitors.record(&visitor, AuditAction::PortalCreated { portal: portal.id.clone() }).await?;
    Ok(visitor)
}

fn ask(importer: &Importer, visitor: &Visitor, portal: String, error: Option<String>) -> Response {
    let page = PortalAddressPage { form_token: visitor.form_token(), portal, error };
    page_with_status(&importer.visitors.site, StatusCode::CONFLICT, &page)
}
