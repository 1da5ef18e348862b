//! The step at which a sign-up gets its portal.

use axum::response::Response;
use domain::audit::AuditAction;
use domain::portal::Portal;
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use visiting::{CountedOf, Deed, Visitor};
use web::Problem;
use web::responses::see_other;

use crate::importer::{Importer, PortalsADay};
use crate::provisioning::{NotProvisioned, PortalRequest, Provisioning};

/// The result of asking for the portal.
pub(crate) enum PortalAnswer {
    /// The portal exists, and the visitor's sign-up says so.
    Portal(Box<Visitor>, Portal),
    /// The address is taken or refused. The response leads to where another one is chosen.
    ChooseAddress(Response),
}

/// The organisation's portal: the one it has, or a new one.
pub(crate) async fn provide(importer: &Importer, visitor: Visitor, tenant: &Tenant) -> Result<PortalAnswer, Problem> {
    let visitors = &importer.visitors;
    let PortalsADay { paying, free } = importer.portals_a_day;
    let costs_nothing = tenant.organisation.on_trial;
    let deed = Deed::Portal { costs_nothing, most: if costs_nothing { free } else { paying } };
    let counted_of = [CountedOf::Login(&tenant.xero_user)];
    let is_new = tenant.portal == PortalStep::NotRequested;
    if is_new {
        visitors.allow(deed, &counted_of).await?;
    }
    let visitor = asking(importer, visitor, tenant).await?;
    let asked_at = visitor.sign_up.portal_asked_for_at;
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
    let made_nothing =
        !matches!(refused, NotProvisioned::Pending | NotProvisioned::TokensLost(_) | NotProvisioned::Fault(_));
    let is_the_address = matches!(refused, NotProvisioned::AddressTaken | NotProvisioned::AddressRefused);
    if is_the_address || is_new && made_nothing {
        visitors.change(visitor.sign_up, |sign_up| Ok(sign_up.without_portal(asked_at))).await?;
    }
    if is_new && made_nothing {
        visitors.give_back(deed, &counted_of).await?;
    }
    Err(match refused {
        NotProvisioned::AddressTaken => return Ok(PortalAnswer::ChooseAddress(see_other("/portal-address?taken"))),
        NotProvisioned::AddressRefused => return Ok(PortalAnswer::ChooseAddress(see_other("/portal-address?refused"))),
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

/// Stores in the sign-up that GO1 is asked for its portal, before it is: an owner who changes their email, or the organisation,
/// while this press waits for Xero or GO1 would otherwise get into the portal of another email, or leave one to nobody.
async fn asking(importer: &Importer, visitor: Visitor, tenant: &Tenant) -> Result<Visitor, Problem> {
    if visitor.sign_up.portal().is_some() {
        return Ok(visitor);
    }
    let (id, now) = (&tenant.organisation.tenant, importer.visitors.clock.now());
    let asks = |sign_up: SignUp| sign_up.asks_for_portal(id, now).map_err(|_| visitor.wrong_step());
    let sign_up = importer.visitors.change(visitor.sign_up.clone(), asks).await?;
    Ok(Visitor { sign_up, ..visitor })
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
