//! The portal of an organisation, which is created once, when it is needed. The request is recorded before GO1 is
//! called, so where the answer was lost, a later request first looks the portal up.

use std::sync::Arc;

use domain::clock::Clock;
use domain::existing_portal::ExistingPortal;
use domain::fault::{Causes, Fault};
use domain::portal::{Portal, PortalDomain};
use domain::sign_up::{REQUEST_IN_FLIGHT, SignUpDetails};
use domain::tenant::{PortalStep, Tenant};
use go1::{CallError, CreatePortalError, CreatedPortal, FoundPortal, NewPortal, SoughtPortal};
use go1_access::{Go1Access, PartnerError};
use jiff::{SignedDuration, Timestamp};
use state::{Portals, StateError, Tenants, change_tenant};
use vault::{CALL_AND_STORE, OutOfTime, has_time, insist, unbroken};
use web::Problem;

/// So long GO1's list may not show a portal that it has made. Nothing about it is documented.
const LIST_BEHIND: SignedDuration = SignedDuration::from_mins(10);

/// The parts of the table that creating a portal uses.
pub trait ProvisioningState: Tenants + Portals {}

impl<S: Tenants + Portals> ProvisioningState for S {}

/// Creates portals, and finds those whose answer was lost.
pub(crate) struct Provisioning<'run> {
    pub(crate) state: Arc<dyn ProvisioningState>,
    pub(crate) go1: &'run Go1Access,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What a portal is requested with.
pub(crate) struct PortalRequest<'sign_up> {
    pub(crate) details: &'sign_up SignUpDetails,
    /// The existing portal whose administrator logged in with GO1, if there is one.
    pub(crate) existing: Option<&'sign_up ExistingPortal>,
}

/// Why there is no portal yet.
#[derive(Debug)]
pub(crate) enum NotProvisioned {
    /// GO1 was called, by this press or another, and its answer is not known.
    Pending,
    /// GO1 created nothing. Holds how long GO1 asks us to wait, where it says so.
    Unavailable(Option<SignedDuration>),
    /// Another customer has the address.
    AddressTaken,
    /// GO1 does not allow the address.
    AddressRefused,
    Refused,
    /// GO1 has not granted this product to create portals. Nothing was created.
    NotGranted,
    /// The portal was created, and the tokens that came with it are lost: its administrator has to log in.
    TokensLost(PortalDomain),
    /// The portal is connected with another organisation.
    OtherOrganisation(PortalDomain),
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
    pub(crate) async fn portal(&self, tenant: &Tenant, request: &PortalRequest<'_>) -> Result<Portal, NotProvisioned> {
        match &tenant.portal {
            PortalStep::Created { portal, .. } => {
                return self.state.find_portal(portal).await?.ok_or(NotProvisioned::Pending);
            }
            PortalStep::Requested { at, .. } if self.clock.now().duration_since(*at) < REQUEST_IN_FLIGHT => {
                // Another request may be calling GO1 at this moment, and two calls could create two portals.
                return Err(NotProvisioned::Pending);
            }
            PortalStep::Requested { domain, at } => {
                if let Some(found) = self.look_up(domain, *at, tenant, request.details).await? {
                    return self.recover(tenant, found, request.existing).await;
                }
            }
            PortalStep::NotRequested => {}
        }
        self.create(tenant, request.details).await
    }

    async fn create(&self, tenant: &Tenant, details: &SignUpDetails) -> Result<Portal, NotProvisioned> {
        self.go1.ready().await?;
        let (before, domain) = (tenant.portal.clone(), details.domain.clone());
        let asked_at = self.clock.now();
        let requested = PortalStep::Requested { domain: domain.clone(), at: asked_at };
        let tenant = self.store(Tenant { portal: requested, ..tenant.clone() }).await?;
        let new = new_portal(details, &tenant);
        let id = new.tenant.clone();
        let creation = Creation { state: self.state.clone(), go1: self.go1.clone(), clock: self.clock.clone() };
        let error = match unbroken(CALL_AND_STORE, creation.run(tenant.clone(), new)).await {
            Ok(Ok(portal)) => return portal,
            Ok(Err(PartnerError::Go1(NotCreated::Go1(error)))) => PartnerError::Go1(error),
            Ok(Err(PartnerError::NoToken(error))) => PartnerError::NoToken(error),
            Ok(Err(PartnerError::Go1(NotCreated::OutOfTime(OutOfTime)))) | Err(OutOfTime) => {
                self.store(Tenant { portal: before, ..tenant }).await?;
                return Err(NotProvisioned::Unavailable(None));
            }
        };
        tracing::warn!(error = %Causes(&error), "a portal was not created");
        match &error {
            PartnerError::Go1(CreatePortalError::OutcomeUnknown(_)) => return Err(NotProvisioned::Pending),
            PartnerError::Go1(CreatePortalError::DomainTaken)
                if self.look_up(&domain, earliest(&before, asked_at), &tenant, details).await?.is_some() =>
            {
                // We took the address ourselves: an earlier, slow request has created the portal.
                return Err(NotProvisioned::Pending);
            }
            PartnerError::Go1(CreatePortalError::DomainTaken) if may_be_ours(&before, &domain, asked_at) => {
                // Perhaps we did, and GO1's list does not show it yet: another address would make a second portal.
                self.store(Tenant { portal: before, ..tenant }).await?;
                return Err(NotProvisioned::Pending);
            }
            _ => {}
        }
        // GO1 created nothing, so the step before is restored. After a refused address no request is pending.
        let is_the_address =
            matches!(error, PartnerError::Go1(CreatePortalError::DomainTaken | CreatePortalError::DomainInvalid));
        let portal = if is_the_address { PortalStep::NotRequested } else { before };
        self.store(Tenant { portal, ..tenant }).await?;
        Err(match error {
            PartnerError::Go1(CreatePortalError::DomainTaken) => NotProvisioned::AddressTaken,
            PartnerError::Go1(CreatePortalError::DomainInvalid) => NotProvisioned::AddressRefused,
            PartnerError::Go1(CreatePortalError::RateLimited { retry_after }) => {
                NotProvisioned::Unavailable(retry_after.map(|wait| wait.wait(self.clock.now())))
            }
            PartnerError::Go1(CreatePortalError::MissingScope) => NotProvisioned::NotGranted,
            PartnerError::Go1(CreatePortalError::Refused(_)) => {
                tracing::error!(tenant = %id, "GO1 refuses a portal");
                NotProvisioned::Refused
            }
            PartnerError::NoToken(_)
            | PartnerError::Go1(
                CreatePortalError::Unauthorized | CreatePortalError::Unavailable | CreatePortalError::OutcomeUnknown(_),
            ) => NotProvisioned::Unavailable(None),
        })
    }

    /// The portal that GO1 created for the organisation at this address, if it did.
    async fn look_up(
        &self,
        domain: &PortalDomain,
        asked_at: Timestamp,
        tenant: &Tenant,
        details: &SignUpDetails,
    ) -> Result<Option<FoundPortal>, NotProvisioned> {
        let sought = SoughtPortal { domain, tenant: &tenant.organisation.tenant, name: &details.company, asked_at };
        let found = self.go1.as_partner(async |token| self.go1.client.find_portal(&token, sought).await).await;
        found.map_err(|error| {
            tracing::warn!(error = %Causes(&error), "whether a portal was created could not be looked up");
            NotProvisioned::Pending
        })
    }

    /// Takes up a portal that GO1 created and whose step is not stored. If its row was stored before the crash, the
    /// step is added. If its tokens are lost, its owner has to log in with GO1; the sign-up then names it as an
    /// existing portal.
    async fn recover(
        &self,
        tenant: &Tenant,
        found: FoundPortal,
        existing: Option<&ExistingPortal>,
    ) -> Result<Portal, NotProvisioned> {
        let kept = self.state.find_portal(&found.id).await?;
        let granted = existing.filter(|existing| existing.portal == found.id);
        let id = &tenant.organisation.tenant;
        let portal = match (kept, granted) {
            (Some(portal), _) if portal.tenant == *id => portal,
            (Some(portal), _) => return Err(NotProvisioned::OtherOrganisation(portal.domain)),
            (None, Some(existing)) => {
                let account = existing.account.clone();
                let portal = Portal::new(found.id, found.domain, account, id.clone(), self.clock.now());
                self.state.add_portal(&portal).await?;
                portal
            }
            (None, None) => {
                tracing::error!(portal = %found.id, "a portal was made, and its tokens are lost");
                return Err(NotProvisioned::TokensLost(found.domain));
            }
        };
        store_created(&*self.state, tenant.clone(), &portal).await?;
        Ok(portal)
    }

    /// Stores the organisation's step. A conflict means that another request asks for the same portal at the same time.
    async fn store(&self, tenant: Tenant) -> Result<Tenant, NotProvisioned> {
        match self.state.put_tenant(tenant).await {
            Err(StateError::Conflict) => Err(NotProvisioned::Pending),
            stored => Ok(stored?),
        }
    }
}

/// When GO1 was first asked for the portal, of this request and the one before.
fn earliest(before: &PortalStep, now: Timestamp) -> Timestamp {
    match before {
        PortalStep::Requested { at, .. } => *at,
        PortalStep::NotRequested | PortalStep::Created { .. } => now,
    }
}

/// What a creation takes with it into its own task, in which GO1's answer is stored whatever becomes of the request.
struct Creation {
    state: Arc<dyn ProvisioningState>,
    go1: Go1Access,
    clock: Arc<dyn Clock>,
}

impl Creation {
    /// Creates a portal and stores it. The tokens in GO1's answer exist nowhere else, so each call has the time to store
    /// them, whatever it took to get the partner's own token before it.
    async fn run(
        self,
        tenant: Tenant,
        new: NewPortal,
    ) -> Result<Result<Portal, NotProvisioned>, PartnerError<NotCreated>> {
        let Self { go1, clock, .. } = &self;
        let create = async |token| {
            if !has_time(CALL_AND_STORE) {
                return Err(NotCreated::OutOfTime(OutOfTime));
            }
            go1.client.create_portal(&token, &new, clock.now()).await.map_err(NotCreated::Go1)
        };
        let created = go1.as_partner(create).await?;
        Ok(self.keep(tenant, created).await)
    }

    /// Stores a new portal: first its tokens, which exist nowhere else, then the portal, whose administrator nobody tells
    /// again, then the organisation's step.
    async fn keep(&self, tenant: Tenant, created: CreatedPortal) -> Result<Portal, NotProvisioned> {
        self.go1.keep(&created.id, created.tokens).await?;
        let id = tenant.organisation.tenant.clone();
        let portal = Portal::new(created.id, created.domain, created.administrator, id, self.clock.now());
        insist(|| self.state.add_portal(&portal)).await?;
        insist(|| store_created(&*self.state, tenant.clone(), &portal)).await?;
        tracing::info!(portal = %portal.id, "portal created");
        Ok(portal)
    }
}

/// Why no portal was created.
#[derive(Debug, thiserror::Error)]
enum NotCreated {
    /// GO1 was not called.
    #[error(transparent)]
    OutOfTime(OutOfTime),
    #[error(transparent)]
    Go1(CreatePortalError),
}

impl CallError for NotCreated {
    fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Go1(error) if error.is_unauthorized())
    }
}

/// Stores that the organisation's portal exists, over any step that another request stored meanwhile, because it is a
/// fact.
async fn store_created(state: &dyn ProvisioningState, tenant: Tenant, portal: &Portal) -> Result<(), StateError> {
    let step = PortalStep::Created { portal: portal.id.clone(), domain: portal.domain.clone() };
    let created = |tenant| Some(Tenant { portal: step.clone(), ..tenant });
    change_tenant(state, tenant, created).await?.ok_or(StateError::Conflict).map(drop)
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

/// Whether a request for this address, whose answer is lost, was made so lately that its portal may not be listed yet.
fn may_be_ours(before: &PortalStep, domain: &PortalDomain, now: Timestamp) -> bool {
    matches!(before, PortalStep::Requested { domain: asked, at } if asked == domain && now.duration_since(*at) < LIST_BEHIND)
}
