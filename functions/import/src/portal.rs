//! The step at which a sign-up gets its portal.

use axum::response::Response;
use domain::audit::AuditAction;
use domain::portal::Portal;
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use jiff::{SignedDuration, Timestamp};
use visiting::{CountedOf, Deed, Visitor, confirmed_tenant};
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
    let asked = asking(importer, &visitor, tenant).await;
    // As it is now that no other press changes it: reading Xero anew takes seconds.
    let tenant = confirmed_tenant(&*importer.state, &visitor).await?;
    let visitor = match asked {
        Ok(sign_up) => Visitor { sign_up, ..visitor },
        // The press that made the portal was cut off before it said so.
        Err(Problem::PortalPending) if matches!(tenant.portal, PortalStep::Created { .. }) => visitor,
        Err(problem) => return Err(problem),
    };
    let press = Press::of(importer, &visitor.sign_up, &tenant);
    if let Err(refused) = press.count().await {
        press.is_over(visitor.sign_up).await?;
        return Err(refused);
    }
    let (state, clock) = (importer.state.clone(), importer.visitors.clock.clone());
    let provisioning = Provisioning { state, go1: &importer.go1, clock };
    let request =
        PortalRequest { details: &visitor.sign_up.details, existing: visitor.sign_up.existing_portal.as_ref() };
    let refused = match provisioning.portal(&tenant, &request).await {
        Ok(portal) => {
            let visitor = provisioned(importer, visitor, &portal).await?;
            return Ok(PortalAnswer::Portal(Box::new(visitor), portal));
        }
        Err(refused) => refused,
    };
    press.made_none(visitor.sign_up).await?;
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
/// while this press waits for Xero or GO1 would otherwise get into the portal of another email, or leave one to nobody. One
/// press asks at a time, so that what it has stored is undone by itself: [`Problem::PortalPending`] where another does.
async fn asking(importer: &Importer, visitor: &Visitor, tenant: &Tenant) -> Result<SignUp, Problem> {
    if visitor.sign_up.portal().is_some() {
        return Ok(visitor.sign_up.clone());
    }
    let (id, now) = (&tenant.organisation.tenant, importer.visitors.clock.now());
    // Of two presses at one moment each would take the other's write for its own, whose answer was lost.
    let mut nanoseconds = [0; 2];
    importer.visitors.random.fill(&mut nanoseconds);
    let asked_at = now - SignedDuration::from_nanos(i64::from(u16::from_le_bytes(nanoseconds)));
    let asks = |sign_up: SignUp| {
        if sign_up.is_asking(now) {
            return Err(Problem::PortalPending);
        }
        sign_up.asks_for_portal(id, asked_at).map_err(|_| visitor.wrong_step())
    };
    importer.visitors.change(visitor.sign_up.clone(), asks).await
}

/// A press that asks GO1 for a portal, with what is undone where it makes none.
struct Press<'run> {
    importer: &'run Importer,
    tenant: &'run Tenant,
    deed: Deed,
    /// Whether GO1 was not asked before: it is counted now.
    is_new: bool,
    /// When the portal was counted that the organisation is to have.
    counted_at: Timestamp,
    asked_at: Option<Timestamp>,
}

impl<'run> Press<'run> {
    fn of(importer: &'run Importer, sign_up: &SignUp, tenant: &'run Tenant) -> Self {
        let PortalsADay { paying, free } = importer.portals_a_day;
        let costs_nothing = tenant.organisation.on_trial;
        let deed = Deed::Portal { costs_nothing, most: if costs_nothing { free } else { paying } };
        let counted_at = match tenant.portal {
            PortalStep::Requested { at, .. } => at,
            PortalStep::NotRequested | PortalStep::Created { .. } => importer.visitors.clock.now(),
        };
        let is_new = tenant.portal == PortalStep::NotRequested;
        Self { importer, tenant, deed, is_new, counted_at, asked_at: sign_up.portal_asked_for_at }
    }

    /// Counts the portal, once. A press that is refused counts for no other: where the one that was counted makes none, its
    /// owner may press again.
    async fn count(&self) -> Result<(), Problem> {
        if !self.is_new {
            return Ok(());
        }
        let counted = self.importer.visitors.allow(self.deed, &self.counted_of()).await;
        if let Err(Problem::TooOften { .. }) = counted {
            self.give_back().await?;
        }
        counted
    }

    /// GO1 made no portal for this press, or nobody knows. What the organisation's step says is so, because nobody else changes it
    /// meanwhile. Where it says that nothing is asked for, what was counted for it is given back, whichever press counted it. Where this
    /// press asked and may still get a portal, the sign-up keeps when: whoever has read the step before must not change it.
    async fn made_none(&self, sign_up: SignUp) -> Result<(), Problem> {
        let step = self.importer.state.find_tenant(&self.tenant.organisation.tenant).await?.map(|tenant| tenant.portal);
        let is_open = step == Some(PortalStep::NotRequested);
        if is_open {
            self.give_back().await?;
        }
        if is_open || !self.is_new { self.is_over(sign_up).await } else { Ok(()) }
    }

    async fn is_over(&self, sign_up: SignUp) -> Result<(), Problem> {
        let over = |sign_up: SignUp| Ok(sign_up.asks_no_more(self.asked_at));
        self.importer.visitors.change(sign_up, over).await.map(drop)
    }

    async fn give_back(&self) -> Result<(), Problem> {
        self.importer.visitors.give_back(self.deed, &self.counted_of(), self.counted_at).await
    }

    fn counted_of(&self) -> [CountedOf<'run>; 1] {
        [CountedOf::Login(&self.tenant.xero_user)]
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
