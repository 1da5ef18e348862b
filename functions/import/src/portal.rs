//! The step at which a sign-up gets its portal, and the choice of another address where the first one is taken.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::audit::AuditAction;
use domain::portal::{Portal, PortalDomain};
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use http::{HeaderMap, StatusCode};
use visiting::{Visitor, confirmed_tenant};
use web::Problem;
use web::forms::{PortalAddressForm, parse};
use web::pages::PortalAddressPage;
use web::responses::{page_with_status_in, see_other};

use crate::importer::Importer;
use crate::provisioning::{NotProvisioned, PortalRequest, Provisioning};

/// The result of asking for the portal.
pub(crate) enum PortalAnswer {
    /// The portal exists, and the visitor's sign-up says so.
    Portal(Box<Visitor>, Portal),
    /// The address is taken or refused. The response asks the owner for another one.
    ChooseAddress(Response),
}

/// The organisation's portal: the one it has, or a new one.
pub(crate) async fn provide(importer: &Importer, visitor: Visitor, tenant: &Tenant) -> Result<PortalAnswer, Problem> {
    let visitors = &importer.visitors;
    let (state, clock) = (importer.state.clone(), visitors.clock.clone());
    let provisioning = Provisioning { state, go1: &importer.go1, clock };
    let request =
        PortalRequest { details: &visitor.sign_up.details, existing: visitor.sign_up.existing_portal.as_ref() };
    let refused = match provisioning.portal(tenant, &request).await {
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
            return Ok(PortalAnswer::ChooseAddress(address_page(
                importer,
                &visitor,
                next.label().to_owned(),
                Some(why),
            )));
        }
        NotProvisioned::AddressRefused(domain) => {
            let why = format!("GO1 does not allow {domain}");
            return Ok(PortalAnswer::ChooseAddress(address_page(
                importer,
                &visitor,
                domain.label().to_owned(),
                Some(why),
            )));
        }
        NotProvisioned::Pending => Problem::PortalPending,
        NotProvisioned::Unavailable(retry_after) => Problem::Go1Unavailable { retry_after },
        NotProvisioned::Refused => Problem::PortalRefused,
        NotProvisioned::NotGranted => Problem::Go1NotGranted,
        NotProvisioned::TokensLost(domain) => Problem::PortalTokensLost { domain },
        NotProvisioned::OtherOrganisation(domain) => {
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
        return Err(visitor.wrong_step());
    }
    if let PortalStep::Requested { .. } = confirmed_tenant(&*importer.state, &visitor).await?.portal {
        // GO1 may still create the portal at the first address, and an organisation has only one.
        return Err(Problem::PortalPending);
    }
    match PortalDomain::choose(&form.portal) {
        Ok(domain) => {
            let moved = |mut sign_up: SignUp| {
                sign_up.portal().map_or(Ok(()), |_| Err(visitor.wrong_step()))?;
                sign_up.details.domain = domain.clone();
                Ok(sign_up)
            };
            let sign_up = importer.visitors.change(visitor.sign_up.clone(), moved).await?;
            Ok(see_other(if sign_up.plan.is_some() { "/preview/people" } else { "/preview" }))
        }
        Err(error) => Ok(address_page(&importer, &visitor, form.portal, Some(error.to_string()))),
    }
}

/// Stores in the sign-up, once, that the portal exists.
async fn provisioned(importer: &Importer, visitor: Visitor, portal: &Portal) -> Result<Visitor, Problem> {
    if visitor.sign_up.portal().is_some() {
        return Ok(visitor);
    }
    let at_step = |sign_up: SignUp| {
        // Another tab may have confirmed another organisation.
        if sign_up.tenant() != Some(&portal.tenant) {
            return Err(visitor.wrong_step());
        }
        sign_up.portal_provisioned(portal.id.clone()).map_err(|_| visitor.wrong_step())
    };
    let sign_up = importer.visitors.change(visitor.sign_up.clone(), at_step).await?;
    let visitor = Visitor { sign_up, ..visitor };
    importer.visitors.record(&visitor, AuditAction::PortalCreated { portal: portal.id.clone() }).await?;
    Ok(visitor)
}

fn address_page(importer: &Importer, visitor: &Visitor, portal: String, error: Option<String>) -> Response {
    let page = PortalAddressPage { form_token: visitor.form_token(), portal, error };
    page_with_status_in(&importer.visitors.site, &visitor.frame(), StatusCode::CONFLICT, &page)
}
