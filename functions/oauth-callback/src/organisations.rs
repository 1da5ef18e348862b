//! The owner confirms the organisation, or chooses one of several.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::arrival::XeroArrival;
use domain::audit::AuditAction;
use domain::country::Country;
use domain::existing_portal::ExistingPortal;
use domain::ids::XeroUserId;
use domain::portal::{PORTAL_GRANT_LIFETIME, Portal, PortalDomain};
use domain::sign_up::SignUp;
use domain::tenant::{Claim, Organisation, PortalStep, Tenant};
use domain::text::folded;
use http::{HeaderMap, StatusCode};
use state::{GrantOwner, StateError};
use visiting::{BrowserAddress, CountedOf, Deed, LiveSession, Visitor, own_tenant};
use web::forms::{OrganisationForm, parse};
use web::pages::{self, OrganisationPage, OrganisationsPage};
use web::responses::{page_with_status_in, see_other};
use web::{Locale, Problem, SavedDetails, page_in};
use xero::{Connection, Identity, iana_timezone};
use xero_access::organisation;

use crate::consented_organisations::{ConsentedOrganisation, consented_organisations};
use crate::counting::{count, give_back};
use crate::given_consent::GivenConsent;
use crate::readiness::next_after_confirming;
use crate::refusals::{refuse_country, refuse_linked, refuse_taken};
use crate::sign_in::{XeroLogin, continue_with, enter, token};
use crate::xero_callback::Callback;

/// How often an organisation is claimed where others claim it at the same moment: one of them is through each time.
const CLAIMED_AGAIN: u32 = 12;

/// `GET /organisations`: asks the owner to confirm the only organisation, or to choose one of several. The first of
/// several is never taken for the one that is meant. `?saved` says first what was saved of the owner's details.
pub(crate) async fn show(
    State(callback): State<Callback>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let live = callback.visitors.live_session(&headers).await?.ok_or(Problem::SignedOut)?;
    let consent = consent_of(&live)?;
    if let Some(first) = something_first(&callback, &live).await? {
        return Ok(first);
    }
    callback.visitors.allow(Deed::Organisations, &[CountedOf::Session(&live.session().hash())]).await?;
    let user = &consent.user;
    let token = token(&callback, user).await?;
    let found = consented_organisations(&callback, &token, &consent).await?;
    count(&callback, user, found.iter().map(|each| &each.connection)).await;
    let saved = match &live {
        LiveSession::Visitor(visitor) => SavedDetails::told_by(query.as_deref(), &visitor.sign_up.details),
        LiveSession::XeroArrival { .. } | LiveSession::PortalArrival { .. } => None,
    };
    let frame = live.sign_up_frame().saying(saved);
    let [only] = &*found else {
        return Ok(page_in(&callback.visitors.site, &frame, &chooser(&live, &found, false)));
    };
    let organisation = only.organisation(&callback)?;
    refuse_country(&callback, user, only, organisation).await?;
    let form_token = live.form_token();
    let confirm = OrganisationPage { form_token, organisation: shown(only), connecting: connecting(&live) };
    Ok(page_in(&callback.visitors.site, &frame, &confirm))
}

/// `POST /organisations`: the owner has confirmed or chosen an organisation.
pub(crate) async fn confirm(
    State(callback): State<Callback>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &callback.visitors;
    let form: OrganisationForm = parse(&body)?;
    let live = visitors.require_session_press(&headers, &form.form_token).await?;
    let consent = consent_of(&live)?;
    if let Some(first) = something_first(&callback, &live).await? {
        return Ok(first);
    }
    visitors.allow(Deed::Organisations, &[CountedOf::Session(&live.session().hash())]).await?;
    let user = &consent.user;
    let token = token(&callback, user).await?;
    let found = consented_organisations(&callback, &token, &consent).await?;
    let chosen = form.organisation.and_then(|tenant| found.iter().find(|each| each.connection.tenant == tenant));
    let Some(chosen) = chosen else {
        let again = chooser(&live, &found, true);
        let (frame, status) = (live.sign_up_frame(), StatusCode::UNPROCESSABLE_ENTITY);
        return Ok(page_with_status_in(&visitors.site, &frame, status, &again));
    };
    let visitor = match live {
        LiveSession::Visitor(visitor) => *visitor,
        LiveSession::PortalArrival { .. } => return Err(form_first()),
        LiveSession::XeroArrival { session, arrival, .. } => {
            let next = continue_with(&callback, &login_of(*arrival, BrowserAddress::of(&headers)), chosen).await?;
            return enter(&callback, next, &session.hash()).await;
        }
    };
    let read = chosen.organisation(&callback)?;
    let country = refuse_country(&callback, user, chosen, read).await?;
    let organisation = organisation(&chosen.connection, read, country);
    let tenant = claim(&callback, organisation, user, &chosen.connection, &visitor.sign_up).await?;
    let id = tenant.organisation.tenant.clone();
    let connected = connected_portal(&tenant, &visitor.sign_up).map(|existing| existing.portal.clone());
    let now = visitors.clock.now();
    let confirmed = |mut sign_up: SignUp| {
        // Xero has the last word about the country.
        sign_up.details.country = country;
        let sign_up = sign_up.organisation_confirmed(id.clone(), now).map_err(|_| visitor.wrong_step())?;
        match &connected {
            Some(portal) => sign_up.portal_provisioned(portal.clone()).map_err(|_| visitor.wrong_step()),
            None => Ok(sign_up),
        }
    };
    let sign_up = visitors.change(visitor.sign_up.clone(), confirmed).await?;
    let visitor = Visitor { sign_up, ..visitor };
    visitors.record(&visitor, AuditAction::OrganisationConfirmed { tenant: id.clone() }).await?;
    if let Some(portal) = connected {
        visitors.record(&visitor, AuditAction::PortalConnected { portal }).await?;
    }
    Ok(see_other(next_after_confirming(&callback, &token, &tenant, visitor.sign_up.may_read_payroll).await))
}

/// Who came from a portal and has not sent the form yet has nothing to confirm.
fn form_first() -> Problem {
    Problem::WrongStep { next_path: "/signup".to_owned() }
}

/// What comes before an organisation is named: where GO1 was asked for a portal for the one before, the sign-up is that
/// one's for ever; and GO1 must have said within the hour that they administer the portal that is to be connected.
async fn something_first(callback: &Callback, live: &LiveSession) -> Result<Option<Response>, Problem> {
    let LiveSession::Visitor(visitor) = live else { return Ok(None) };
    let tenant = own_tenant(&*callback.state, &visitor.sign_up).await?;
    let now = callback.visitors.clock.now();
    if visitor.sign_up.is_settled(now) || tenant.is_some_and(|tenant| tenant.is_settled()) {
        return Err(visitor.wrong_step());
    }
    let known_portal = visitor.sign_up.existing_portal.as_ref();
    let is_old = known_portal.is_some_and(|known_portal| !known_portal.is_fresh(now));
    Ok(is_old.then(|| see_other("/portal/login?for=sign-up")))
}

/// As whom they consented, and in which event; an organisation can be confirmed until the portal exists.
fn consent_of(live: &LiveSession) -> Result<GivenConsent, Problem> {
    match live {
        LiveSession::Visitor(visitor) => {
            GivenConsent::for_sign_up(&visitor.sign_up).ok_or_else(|| visitor.wrong_step())
        }
        LiveSession::PortalArrival { .. } => Err(form_first()),
        LiveSession::XeroArrival { arrival, .. } => Ok(GivenConsent::by_arrival(arrival)),
    }
}

fn login_of(arrival: XeroArrival, address: BrowserAddress) -> XeroLogin {
    XeroLogin {
        administrator: None,
        address,
        user: arrival.xero_user.clone(),
        authentication_event: arrival.authentication_event,
        began_at: None,
        may_read_payroll: arrival.may_read_payroll,
        asked_for_contacts: false,
        may_read_contacts: false,
        identity: Identity {
            xero_user: arrival.xero_user,
            given_name: arrival.given_name,
            family_name: arrival.family_name,
            email: arrival.email,
        },
    }
}

/// Makes the organisation this sign-up's, and connects the portal that it came with; or refuses, because another
/// sign-up has a portal for the organisation, or another organisation has the portal.
async fn claim(
    callback: &Callback,
    organisation: Organisation,
    user: &XeroUserId,
    connection: &Connection,
    sign_up: &SignUp,
) -> Result<Tenant, Problem> {
    let visitors = &callback.visitors;
    // Again where somebody else claims at the same moment.
    for _ in 0..CLAIMED_AGAIN {
        let existing = callback.state.find_tenant(&organisation.tenant).await;
        let existing = existing?;
        let before = existing.as_ref().map(|tenant| (tenant.xero_user.clone(), tenant.organisation.connection.clone()));
        let now = visitors.clock.now();
        let consent = (user.clone(), sign_up.consented_by.clone());
        let known_portal =
            sign_up.existing_portal.as_ref().filter(|known_portal| known_portal.is_for(&organisation.tenant));
        let tenant = match Tenant::claim(existing, organisation.clone(), consent, sign_up.id.clone(), known_portal, now)
        {
            Claim::Granted(tenant) => *tenant,
            Claim::LinkedByAnotherSignUp(tenant) => {
                return Err(refuse_linked(callback, user, connection, &tenant).await);
            }
        };
        match store(callback, tenant, sign_up).await {
            Err(StateError::Conflict) => {
                if let Some(existing) = known_portal {
                    refuse_taken(callback, user, connection, &organisation, existing).await?;
                }
            }
            stored => {
                let tenant = stored?;
                // It was somebody else's unfinished one; what they gave for it is of no use any more.
                if let Some((other, theirs)) = before.filter(|(other, _)| other != user) {
                    give_back(callback, &other, &theirs).await;
                }
                return Ok(tenant);
            }
        }
    }
    Err(Problem::SameMoment)
}

/// Stores an organisation, and connects the portal that the sign-up came with.
async fn store(callback: &Callback, tenant: Tenant, sign_up: &SignUp) -> Result<Tenant, StateError> {
    let Some(existing) = connected_portal(&tenant, sign_up) else { return callback.state.put_tenant(tenant).await };
    let ExistingPortal { portal: id, domain, account, .. } = existing.clone();
    let now = tenant.confirmed_at;
    let portal = Portal::new(id, domain, account, tenant.organisation.tenant.clone(), now);
    let tenant = callback.state.connect_portal(tenant, &portal).await?;
    // What GO1's login brought was kept for as long as it may take to get here.
    callback.state.limit_grant(&GrantOwner::Portal(portal.id), now + PORTAL_GRANT_LIFETIME).await?;
    Ok(tenant)
}

/// The portal that a sign-up came with, where it is the organisation's.
fn connected_portal<'sign_up>(tenant: &Tenant, sign_up: &'sign_up SignUp) -> Option<&'sign_up ExistingPortal> {
    let PortalStep::Created { portal, .. } = &tenant.portal else { return None };
    let is_its = |known_portal: &&ExistingPortal| {
        known_portal.portal == *portal && known_portal.is_for(&tenant.organisation.tenant)
    };
    sign_up.existing_portal.as_ref().filter(is_its)
}

/// The portal that is to be connected with the organisation.
fn connecting(live: &LiveSession) -> Option<PortalDomain> {
    match live {
        LiveSession::Visitor(visitor) => {
            visitor.sign_up.existing_portal.as_ref().map(|existing| existing.domain.clone())
        }
        LiveSession::XeroArrival { .. } | LiveSession::PortalArrival { .. } => None,
    }
}

fn chooser(live: &LiveSession, found: &[ConsentedOrganisation], nothing_chosen: bool) -> OrganisationsPage {
    let organisations: Vec<_> = found.iter().map(shown).collect();
    let names: Vec<String> = organisations.iter().map(|organisation| folded(&organisation.name)).collect();
    let is_alone = |name: &str| names.iter().filter(|other| *other == name).count() == 1;
    let organisations = organisations.into_iter().zip(found).zip(&names);
    let organisations = organisations
        .map(|((organisation, consented), name)| {
            let differences = if is_alone(name) { Vec::new() } else { differences(consented) };
            pages::OrganisationChoice { differences, ..organisation }
        })
        .collect();
    OrganisationsPage { form_token: live.form_token(), organisations, connecting: connecting(live), nothing_chosen }
}

fn shown(organisation: &ConsentedOrganisation) -> pages::OrganisationChoice {
    let read = organisation.read.as_ref().ok();
    pages::OrganisationChoice {
        tenant: organisation.connection.tenant.clone(),
        name: read.map_or_else(|| organisation.connection.name.clone(), |read| read.name.clone()),
        country: read.map(|read| read.country_code.clone()),
        differences: Vec::new(),
    }
}

/// What tells an organisation from another of the same name: whether it is tried out, the code that Xero shows in its own
/// addresses, and the day on which it was connected.
fn differences(organisation: &ConsentedOrganisation) -> Vec<String> {
    let read = organisation.read.as_ref().ok();
    let kind = read.and_then(|read| match () {
        () if read.is_demo() => Some("Demo company".to_owned()),
        () if read.is_trial() => Some("Trial".to_owned()),
        () => None,
    });
    let code = read.and_then(|read| read.short_code.as_ref()).map(|code| format!("Xero’s code {code}"));
    let timezone = read.and_then(|read| read.timezone.as_deref()).and_then(iana_timezone);
    let country = read.and_then(|read| Country::from_code(&read.country_code)).unwrap_or(Country::Australia);
    let locale = Locale { country, timezone: timezone.map(str::to_owned) };
    let connected = organisation.connection.created.map(|at| format!("connected on {}", locale.moment(at)));
    [kind, code, connected].into_iter().flatten().collect()
}
