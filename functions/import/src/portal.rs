//! The portal of an organisation: made once, for ever, at the moment it is needed.

use std::time::Duration;

use application::refresh::go1_token_set;
use application::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::audit::AuditAction;
use domain::clock::random_hex;
use domain::ids::PortalId;
use domain::portal::{Portal, PortalDomain};
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use go1::{Classify as _, CreatePortalError, CreatedPortal, FoundPortal, NewPortal};
use http::{HeaderMap, StatusCode};
use jiff::SignedDuration;
use platform::telemetry::Causes;
use secrecy::SecretString;
use state::{GrantOwner, StateError};
use tokio::time::Instant;
use web::Problem;
use web::forms::{PortalAddressForm, parse};
use web::pages::PortalAddressPage;
use web::responses::{page_with_status, see_other};

use crate::Importer;

/// How long after GO1 was asked the one who asked may still be at it: longer than a function of ours lives.
const STILL_ASKING: SignedDuration = SignedDuration::from_secs(35);

/// GO1 is not asked for a portal later than this after a press: one call and the writes after it must fit in what is left
/// of the HTTP API's 30 seconds.
const TIME_TO_BEGIN: Duration = Duration::from_secs(14);

/// How often the step of an organisation is stored again, where other presses store at the same time.
const STORE_TRIES: u32 = 5;

/// How many addresses after one that is taken are looked at.
const ADDRESSES_TRIED: usize = 10;

/// What came of asking for the portal.
pub(crate) enum Provisioned {
    /// It is there, and the visitor's sign-up says so.
    Portal(Box<Visitor>, Portal),
    /// Its address is taken: the owner chooses another.
    Ask(Response),
}

/// The organisation's portal: the one it has, or a new one. What is asked of GO1 is recorded before it is asked, so an
/// answer that never came is looked up before anything is asked again.
pub(crate) async fn provision(
    importer: &Importer,
    headers: &HeaderMap,
    visitor: Visitor,
    tenant: &Tenant,
    begun: Instant,
) -> Result<Provisioned, Problem> {
    let visitors = &importer.visitors;
    if let PortalStep::Created { portal, .. } = &tenant.portal {
        let portal = known(importer, portal).await?;
        let visitor = provisioned(importer, headers, visitor, &portal).await?;
        return Ok(Provisioned::Portal(Box::new(visitor), portal));
    }
    if let PortalStep::Requested { at, .. } = &tenant.portal
        && visitors.clock.now().duration_since(*at) < STILL_ASKING
    {
        // Another press is asking GO1 at this moment. Asking twice could make two.
        return Err(Problem::PortalPending);
    }
    let token = partner_token(importer).await?;
    if let PortalStep::Requested { domain, .. } = &tenant.portal
        && let Some(found) = look_up(importer, &token, domain, tenant).await?
    {
        let portal = regain(importer, &visitor, tenant, found).await?;
        let visitor = provisioned(importer, headers, visitor, &portal).await?;
        return Ok(Provisioned::Portal(Box::new(visitor), portal));
    }
    if begun.elapsed() > TIME_TO_BEGIN {
        // What GO1 answers exists nowhere else, so it is not asked without the time to keep its answer.
        return Err(Problem::Go1Unavailable { retry_after: None });
    }
    let domain = visitor.sign_up.details.domain.clone();
    let requested = PortalStep::Requested { domain: domain.clone(), at: visitors.clock.now() };
    let before = tenant.portal.clone();
    let tenant = store(importer, Tenant { portal: requested, ..tenant.clone() }).await?;
    let new = new_portal(&visitor, &tenant);
    let mut answer = importer.go1.create_portal(&token, &new, visitors.clock.now()).await;
    if matches!(answer, Err(CreatePortalError::Unauthorized)) {
        // Nothing was done: our own token has ended early, and a new one may do.
        importer.partner.forget().await;
        let token = partner_token(importer).await?;
        answer = importer.go1.create_portal(&token, &new, visitors.clock.now()).await;
    }
    match answer {
        Ok(created) => {
            let portal = keep(importer, tenant, created).await?;
            let visitor = provisioned(importer, headers, visitor, &portal).await?;
            Ok(Provisioned::Portal(Box::new(visitor), portal))
        }
        Err(CreatePortalError::DomainTaken) if look_up(importer, &token, &domain, &tenant).await?.is_some() => {
            // By ourselves: what was asked for before was slow, and is there now.
            Err(Problem::PortalPending)
        }
        Err(error) => not_created(importer, &visitor, tenant, before, &domain, &error).await,
    }
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
    if let PortalStep::Requested { .. } = importer.tenant(&visitor).await?.portal {
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

async fn known(importer: &Importer, id: &PortalId) -> Result<Portal, Problem> {
    let portal = importer.portals.find_portal(id).await.map_err(|error| importer.visitors.failed(&error))?;
    portal.ok_or(Problem::PortalPending)
}

async fn partner_token(importer: &Importer) -> Result<SecretString, Problem> {
    importer.partner.token().await.map_err(|error| {
        tracing::error!(error = %Causes(&error), "GO1 gives us no partner token");
        Problem::Go1Unavailable { retry_after: None }
    })
}

async fn look_up(
    importer: &Importer,
    token: &SecretString,
    domain: &PortalDomain,
    tenant: &Tenant,
) -> Result<Option<FoundPortal>, Problem> {
    match importer.go1.find_portal(token, domain, &tenant.organisation.tenant).await {
        Ok(found) => Ok(found),
        Err(error) => {
            tracing::warn!(error = %Causes(&error), "whether a portal was created could not be looked up");
            if error.is_unauthorized() {
                importer.partner.forget().await;
            }
            Err(Problem::PortalPending)
        }
    }
}

/// A portal that GO1 made and whose step is not stored. Where we kept it before the crash, we go on; where the tokens
/// that came with it are lost, only its owner can let us in again, by logging in with GO1: then the sign-up names it.
async fn regain(
    importer: &Importer,
    visitor: &Visitor,
    tenant: &Tenant,
    found: FoundPortal,
) -> Result<Portal, Problem> {
    let visitors = &importer.visitors;
    let kept = importer.portals.find_portal(&found.id).await.map_err(|error| visitors.failed(&error))?;
    let let_in = visitor.sign_up.existing_portal.as_ref().filter(|existing| existing.portal == found.id);
    let (id, now) = (tenant.organisation.tenant.clone(), visitors.clock.now());
    let portal = match (kept, let_in) {
        (Some(portal), _) if portal.tenant == id => portal,
        (Some(portal), _) => {
            // Somebody has connected it with another organisation: it stays with that.
            let (organisation, domain) = (tenant.organisation.name.clone(), portal.domain);
            return Err(Problem::PortalTaken { organisation, domain, connection_removed: false });
        }
        (None, Some(existing)) => {
            let portal = Portal::new(found.id, found.domain, existing.account.clone(), id, now);
            importer.portals.add_portal(&portal).await.map_err(|error| visitors.failed(&error))?;
            portal
        }
        (None, None) => {
            let reference = random_hex::<6>(&*visitors.random);
            tracing::error!(reference, portal = %found.id, "a portal was made, and its tokens are lost");
            return Err(Problem::PortalOutOfReach { domain: found.domain, reference });
        }
    };
    store_created(importer, tenant.clone(), &portal).await?;
    Ok(portal)
}

/// Keeps a new portal. First its tokens, which exist nowhere else; then the portal; then the organisation's step.
async fn keep(importer: &Importer, tenant: Tenant, created: CreatedPortal) -> Result<Portal, Problem> {
    let visitors = &importer.visitors;
    let owner = GrantOwner::Portal(created.id.clone());
    let kept = importer.go1_vault.keep(&owner, &go1_token_set(created.tokens)).await;
    kept.map_err(|error| visitors.failed(&error))?;
    let (id, now) = (tenant.organisation.tenant.clone(), visitors.clock.now());
    let portal = Portal::new(created.id, created.domain, created.administrator, id, now);
    importer.portals.add_portal(&portal).await.map_err(|error| visitors.failed(&error))?;
    store_created(importer, tenant, &portal).await?;
    tracing::info!(portal = %portal.id, "portal created");
    Ok(portal)
}

/// Stores that the organisation's portal is there, over whatever another press stored meanwhile: this is the truth.
async fn store_created(importer: &Importer, mut tenant: Tenant, portal: &Portal) -> Result<(), Problem> {
    let failed = |error| importer.visitors.failed(&error);
    let step = PortalStep::Created { portal: portal.id.clone(), domain: portal.domain.clone() };
    for _ in 0..STORE_TRIES {
        match importer.tenants.put_tenant(Tenant { portal: step.clone(), ..tenant.clone() }).await {
            Ok(_) => return Ok(()),
            Err(StateError::Conflict) => {}
            Err(error) => return Err(failed(error)),
        }
        let stored = importer.tenants.find_tenant(&portal.tenant).await.map_err(failed)?;
        tenant = stored.ok_or(Problem::NotFound)?;
    }
    Err(failed(StateError::Conflict))
}

/// The next address after one that is taken, and whether it looks free: GO1 need not tell us of everybody's.
async fn next_domain(importer: &Importer, taken: &PortalDomain) -> (PortalDomain, bool) {
    let known = async { importer.go1.taken_domains(&importer.partner.token().await?, taken.stem()).await };
    let known = known.await.inspect_err(|error| {
        tracing::warn!(error = %Causes(error), "which addresses are taken could not be read");
    });
    let Ok(known) = known else { return (taken.next(), false) };
    let mut candidates = std::iter::successors(Some(taken.next()), |domain| Some(domain.next())).take(ADDRESSES_TRIED);
    candidates.find(|domain| !known.contains(domain)).map_or_else(|| (taken.next(), false), |domain| (domain, true))
}

async fn not_created(
    importer: &Importer,
    visitor: &Visitor,
    tenant: Tenant,
    before: PortalStep,
    domain: &PortalDomain,
    error: &CreatePortalError,
) -> Result<Provisioned, Problem> {
    tracing::warn!(error = %Causes(error), "a portal was not created");
    if matches!(error, CreatePortalError::OutcomeUnknown(_)) {
        return Err(Problem::PortalPending);
    }
    // GO1 says that it did nothing, so things are as they were; for an address that cannot be had, nothing is asked for.
    let unavailable = matches!(error, CreatePortalError::DomainTaken | CreatePortalError::DomainInvalid);
    let portal = if unavailable { PortalStep::NotRequested } else { before };
    store(importer, Tenant { portal, ..tenant }).await?;
    match error {
        CreatePortalError::DomainTaken => {
            let (next, looks_free) = next_domain(importer, domain).await;
            let mut why = format!("{domain} belongs to another customer");
            if looks_free {
                why = format!("{why}. {next} looks free");
            }
            Ok(Provisioned::Ask(ask(importer, visitor, next.label().to_owned(), Some(why))))
        }
        CreatePortalError::DomainInvalid => {
            let why = format!("GO1 does not allow {domain}");
            Ok(Provisioned::Ask(ask(importer, visitor, domain.label().to_owned(), Some(why))))
        }
        CreatePortalError::Unauthorized => {
            importer.partner.forget().await;
            Err(Problem::Go1Unavailable { retry_after: None })
        }
        CreatePortalError::RateLimited { retry_after } => Err(Problem::Go1Unavailable {
            retry_after: retry_after.map(|wait| wait.wait(importer.visitors.clock.now())),
        }),
        CreatePortalError::Refused(_) => {
            let reference = random_hex::<6>(&*importer.visitors.random);
            tracing::error!(error = %Causes(error), reference, "GO1 refuses a portal");
            Err(Problem::PortalRefused { reference })
        }
        CreatePortalError::Unavailable | CreatePortalError::OutcomeUnknown(_) => {
            Err(Problem::Go1Unavailable { retry_after: None })
        }
    }
}

/// Says in the sign-up, once, that the portal is there.
async fn provisioned(
    importer: &Importer,
    headers: &HeaderMap,
    visitor: Visitor,
    portal: &Portal,
) -> Result<Visitor, Problem> {
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
    let created = AuditAction::PortalCreated { portal: portal.id.clone() };
    importer.visitors.record(headers, &sign_up.id, Some(visitor.name()), created).await?;
    Ok(Visitor { sign_up, ..visitor })
}

/// Stores the organisation's step. Somebody else who does so at the same moment is asking for the same portal.
async fn store(importer: &Importer, tenant: Tenant) -> Result<Tenant, Problem> {
    importer.tenants.put_tenant(tenant).await.map_err(|error| match error {
        StateError::Conflict => Problem::PortalPending,
        error => importer.visitors.failed(&error),
    })
}

fn ask(importer: &Importer, visitor: &Visitor, portal: String, error: Option<String>) -> Response {
    let page = PortalAddressPage { form_token: visitor.form_token(), portal, error };
    page_with_status(&importer.visitors.site, StatusCode::CONFLICT, &page)
}

fn new_portal(visitor: &Visitor, tenant: &Tenant) -> NewPortal {
    let details = &visitor.sign_up.details;
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
