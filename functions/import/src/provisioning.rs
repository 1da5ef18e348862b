//! The portal of an organisation: made once, for ever, at the moment it is needed. What is asked of GO1 is recorded before
//! it is asked, so an answer that never came is looked up before anything is asked again.

use std::time::Duration;

use domain::clock::Clock;
use domain::existing_portal::ExistingPortal;
use domain::fault::{Causes, Fault};
use domain::portal::{Portal, PortalDomain};
use domain::sign_up::SignUpDetails;
use domain::tenant::{PortalStep, Tenant};
use go1::{CreatePortalError, CreatedPortal, FoundPortal, NewPortal};
use go1_access::{Go1Access, PartnerError};
use jiff::SignedDuration;
use state::{Portals, StateError, Tenants, change_tenant};
use tokio::time::Instant;
use web::Problem;

/// How long after GO1 was asked the one who asked may still be at it: longer than a function of ours lives.
const STILL_ASKING: SignedDuration = SignedDuration::from_secs(35);

/// GO1 is not asked for a portal later than this after a press: one call and the writes after it must fit in what is left
/// of the HTTP API's 30 seconds.
const TIME_TO_BEGIN: Duration = Duration::from_secs(14);

/// How many addresses after one that is taken are looked at.
const ADDRESSES_TRIED: usize = 10;

/// All of the table that making a portal touches.
pub trait ProvisioningState: Tenants + Portals {}

impl<S: Tenants + Portals> ProvisioningState for S {}

/// Makes portals, and finds those that were made.
pub(crate) struct Provisioning<'run> {
    pub(crate) state: &'run dyn ProvisioningState,
    pub(crate) go1: &'run Go1Access,
    pub(crate) clock: &'run dyn Clock,
    /// When the button was pressed.
    pub(crate) begun: Instant,
}

/// What the portal is asked for with.
pub(crate) struct Wish<'sign_up> {
    pub(crate) details: &'sign_up SignUpDetails,
    /// The portal that GO1 has let its administrator in to, if one was there before.
    pub(crate) existing: Option<&'sign_up ExistingPortal>,
}

/// Why there is no portal yet.
#[derive(Debug)]
pub(crate) enum NotProvisioned {
    /// GO1 was asked, by this press or by another, and has not said what came of it.
    Pending,
    /// GO1 did nothing. How long it asks us to wait, where it says.
    Unavailable(Option<SignedDuration>),
    /// The address is another customer's. The next one, and whether it looks free: GO1 need not tell us of everybody's.
    AddressTaken { taken: PortalDomain, next: PortalDomain, looks_free: bool },
    /// GO1 does not allow the address.
    AddressRefused(PortalDomain),
    /// GO1 refuses the portal.
    Refused,
    /// The portal was made, and the tokens that came with it are lost: its administrator has to log in.
    OutOfReach(PortalDomain),
    /// Somebody has connected the portal with another organisation.
    AnotherOrganisations(PortalDomain),
    /// A fault of ours.
    Fault(Problem),
}

impl<E: Fault> From<E> for NotProvisioned {
    #[track_caller]
    fn from(fault: E) -> Self {
        Self::Fault(fault.into())
    }
}

impl Provisioning<'_> {
    /// The organisation's portal: the one it has, or a new one.
    pub(crate) async fn portal(&self, tenant: &Tenant, wish: &Wish<'_>) -> Result<Portal, NotProvisioned> {
        match &tenant.portal {
            PortalStep::Created { portal, .. } => {
                return self.state.find_portal(portal).await?.ok_or(NotProvisioned::Pending);
            }
            PortalStep::Requested { at, .. } if self.clock.now().duration_since(*at) < STILL_ASKING => {
                // Another press is asking GO1 at this moment. Asking twice could make two.
                return Err(NotProvisioned::Pending);
            }
            PortalStep::Requested { domain, .. } => {
                if let Some(found) = self.look_up(domain, tenant).await? {
                    return self.regain(tenant, found, wish.existing).await;
                }
            }
            PortalStep::NotRequested => {}
        }
        if self.begun.elapsed() > TIME_TO_BEGIN {
            // What GO1 answers exists nowhere else, so it is not asked without the time to keep its answer.
            return Err(NotProvisioned::Unavailable(None));
        }
        self.create(tenant, wish.details).await
    }

    async fn create(&self, tenant: &Tenant, details: &SignUpDetails) -> Result<Portal, NotProvisioned> {
        let (before, domain) = (tenant.portal.clone(), details.domain.clone());
        let requested = PortalStep::Requested { domain: domain.clone(), at: self.clock.now() };
        let tenant = self.store(Tenant { portal: requested, ..tenant.clone() }).await?;
        let new = new_portal(details, &tenant);
        let asked =
            self.go1.as_partner(async |token| self.go1.client.create_portal(&token, &new, self.clock.now()).await);
        let error = match asked.await {
            Ok(created) => return self.keep(tenant, created).await,
            Err(error) => error,
        };
        tracing::warn!(error = %Causes(&error), "a portal was not created");
        match &error {
            PartnerError::Go1(CreatePortalError::OutcomeUnknown(_)) => return Err(NotProvisioned::Pending),
            PartnerError::Go1(CreatePortalError::DomainTaken) if self.look_up(&domain, &tenant).await?.is_some() => {
                // By ourselves: what was asked for before was slow, and is there now.
                return Err(NotProvisioned::Pending);
            }
            _ => {}
        }
        // GO1 says that it did nothing, so things are as they were; for an address that cannot be had, nothing is asked for.
        let is_the_address =
            matches!(error, PartnerError::Go1(CreatePortalError::DomainTaken | CreatePortalError::DomainInvalid));
        let portal = if is_the_address { PortalStep::NotRequested } else { before };
        self.store(Tenant { portal, ..tenant }).await?;
        Err(match error {
            PartnerError::Go1(CreatePortalError::DomainTaken) => {
                let (next, looks_free) = self.next_domain(&domain).await;
                NotProvisioned::AddressTaken { taken: domain, next, looks_free }
            }
            PartnerError::Go1(CreatePortalError::DomainInvalid) => NotProvisioned::AddressRefused(domain),
            PartnerError::Go1(CreatePortalError::RateLimited { retry_after }) => {
                NotProvisioned::Unavailable(retry_after.map(|wait| wait.wait(self.clock.now())))
            }
            PartnerError::Go1(CreatePortalError::Refused(_)) => {
                tracing::error!(tenant = %new.tenant, "GO1 refuses a portal");
                NotProvisioned::Refused
            }
            PartnerError::NoToken(_)
            | PartnerError::Go1(
                CreatePortalError::Unauthorized | CreatePortalError::Unavailable | CreatePortalError::OutcomeUnknown(_),
            ) => NotProvisioned::Unavailable(None),
        })
    }

    /// The portal that GO1 made for the organisation at this address, if it did.
    async fn look_up(&self, domain: &PortalDomain, tenant: &Tenant) -> Result<Option<FoundPortal>, NotProvisioned> {
        let id = &tenant.organisation.tenant;
        let found = self.go1.as_partner(async |token| self.go1.client.find_portal(&token, domain, id).await).await;
        found.map_err(|error| {
            tracing::warn!(error = %Causes(&error), "whether a portal was created could not be looked up");
            NotProvisioned::Pending
        })
    }

    /// A portal that GO1 made and whose step is not stored. Where we kept it before the crash, we go on; where the tokens
    /// that came with it are lost, only its owner can let us in again, by logging in with GO1: then the sign-up names it.
    async fn regain(
        &self,
        tenant: &Tenant,
        found: FoundPortal,
        existing: Option<&ExistingPortal>,
    ) -> Result<Portal, NotProvisioned> {
        let kept = self.state.find_portal(&found.id).await?;
        let let_in = existing.filter(|existing| existing.portal == found.id);
        let id = &tenant.organisation.tenant;
        let portal = match (kept, let_in) {
            (Some(portal), _) if portal.tenant == *id => portal,
            (Some(portal), _) => return Err(NotProvisioned::AnotherOrganisations(portal.domain)),
            (None, Some(existing)) => {
                let account = existing.account.clone();
                let portal = Portal::new(found.id, found.domain, account, id.clone(), self.clock.now());
                self.state.add_portal(&portal).await?;
                portal
            }
            (None, None) => {
                tracing::error!(portal = %found.id, "a portal was made, and its tokens are lost");
                return Err(NotProvisioned::OutOfReach(found.domain));
            }
        };
        self.store_created(tenant.clone(), &portal).await?;
        Ok(portal)
    }

    /// Keeps a new portal. First its tokens, which exist nowhere else; then the portal; then the organisation's step.
    async fn keep(&self, tenant: Tenant, created: CreatedPortal) -> Result<Portal, NotProvisioned> {
        self.go1.keep(&created.id, created.tokens).await?;
        let id = tenant.organisation.tenant.clone();
        let portal = Portal::new(created.id, created.domain, created.administrator, id, self.clock.now());
        self.state.add_portal(&portal).await?;
        self.store_created(tenant, &portal).await?;
        tracing::info!(portal = %portal.id, "portal created");
        Ok(portal)
    }

    /// Stores that the organisation's portal is there, over whatever another press stored meanwhile: this is the truth.
    async fn store_created(&self, tenant: Tenant, portal: &Portal) -> Result<(), StateError> {
        let step = PortalStep::Created { portal: portal.id.clone(), domain: portal.domain.clone() };
        let created = |tenant| Some(Tenant { portal: step.clone(), ..tenant });
        change_tenant(self.state, tenant, created).await?.ok_or(StateError::Conflict).map(drop)
    }

    /// Stores the organisation's step. Somebody else who does so at the same moment is asking for the same portal.
    async fn store(&self, tenant: Tenant) -> Result<Tenant, NotProvisioned> {
        match self.state.put_tenant(tenant).await {
            Err(StateError::Conflict) => Err(NotProvisioned::Pending),
            stored => Ok(stored?),
        }
    }

    /// The next address after one that is taken, and whether it looks free.
    async fn next_domain(&self, taken: &PortalDomain) -> (PortalDomain, bool) {
        let read = async |token| self.go1.client.taken_domains(&token, taken.stem()).await;
        let known = self.go1.as_partner(read).await.inspect_err(|error| {
            tracing::warn!(error = %Causes(error), "which addresses are taken could not be read");
        });
        let Ok(known) = known else { return (taken.next(), false) };
        let mut candidates =
            std::iter::successors(Some(taken.next()), |domain| Some(domain.next())).take(ADDRESSES_TRIED);
        let free = candidates.find(|domain| !known.contains(domain));
        free.map_or_else(|| (taken.next(), false), |domain| (domain, true))
    }
}

fn new_portal(details: &SignUpDetails, tenant: &Tenant) -> NewPortal {
    NewPortal {
        name: details.company.clone(),
        domain: details.domain.clone(),
        country: tenant.organisation.country,
        industry: details.industry.clone(),
        timezone: tenant.organisation.timezone.clone(),
        tenant: tenant.organisation.tenant.clone(),
        email: details.email.clone(),
        given_name: details.given_name.clone(),
        family_name: details.family_name.clone(),
    }
}
