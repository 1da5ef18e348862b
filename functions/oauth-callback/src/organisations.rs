//! The organisation is named back to the owner, and confirmed.

use application::visitor::Guest;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::arrival::Arrival;
use domain::audit::AuditAction;
use domain::country::Country;
use domain::ids::XeroUserId;
use domain::sign_up::{SignUp, SignUpStep};
use domain::tenant::{Claim, Organisation, Tenant};
use http::{HeaderMap, StatusCode};
use state::StateError;
use web::form_token::FormToken;
use web::forms::{OrganisationForm, parse};
use web::pages::{Candidate, OrganisationPage, OrganisationsPage};
use web::problem::ConsentProblem;
use web::responses::{page_with_status, see_other};
use web::{Problem, page};
use xero::{Identity, iana_timezone};

use crate::Callback;
use crate::candidates::{CandidateRead, candidates};
use crate::readiness::next_after_confirming;
use crate::sign_in::{Login, Next, enter, go_to, known_sign_ups};
use crate::turning_away::{linked_elsewhere, turn_away};

/// What Xero calls an organisation's plan while it is tried out
/// (<https://developer.xero.com/documentation/api/accounting/types#OrganisationClass>).
const TRIAL: &str = "TRIAL";

/// `GET /organisations`: one is named back, several are chosen from. Never the first of several.
pub(crate) async fn show(State(callback): State<Callback>, headers: HeaderMap) -> Result<Response, Problem> {
    let guest = callback.visitors.guest(&headers).await?.ok_or(Problem::SignedOut)?;
    let (user, event) = consent_of(&guest)?;
    let token = callback.xero.token(&user).await.map_err(|error| callback.no_access(&error))?.secret;
    let found = candidates(&callback, &token, event.as_deref()).await?;
    match &*found {
        [] => Err(Problem::Consent(ConsentProblem::NoOrganisation)),
        [only] if Country::from_code(&only.organisation.country_code).is_none() => {
            Err(turn_away(&callback, &user, only, &found).await)
        }
        [only] => {
            let confirm = OrganisationPage { form_token: guest.form_token(), organisation: candidate(only) };
            Ok(page(&callback.visitors.site, &confirm))
        }
        _ => Ok(page(&callback.visitors.site, &chooser(guest.form_token(), &found, false))),
    }
}

/// `POST /organisations`: the owner says which.
pub(crate) async fn confirm(
    State(callback): State<Callback>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &callback.visitors;
    let form: OrganisationForm = parse(&body)?;
    let guest = visitors.guest_press(&headers, &form.form_token).await?;
    let (user, event) = consent_of(&guest)?;
    let token = callback.xero.token(&user).await.map_err(|error| callback.no_access(&error))?.secret;
    let found = candidates(&callback, &token, event.as_deref()).await?;
    let chosen = form.organisation.and_then(|tenant| found.iter().find(|read| read.connection.tenant == tenant));
    let Some(chosen) = chosen else {
        let again = chooser(guest.form_token(), &found, true);
        return Ok(page_with_status(&visitors.site, StatusCode::UNPROCESSABLE_ENTITY, &again));
    };
    let visitor = match guest {
        Guest::Visitor(visitor) => *visitor,
        Guest::Arrival { session, arrival } => {
            let next = go_to(&callback, &headers, &login_of(*arrival), chosen, &found).await?;
            return enter(&callback, next, &session.hash()).await;
        }
    };
    let Some(country) = Country::from_code(&chosen.organisation.country_code) else {
        return Err(turn_away(&callback, &user, chosen, &found).await);
    };
    let tenant = match claim(&callback, organisation(chosen, country), user, &visitor.sign_up).await? {
        Claimed::Ours(tenant) => tenant,
        Claimed::SignedUpBefore(sign_up) => {
            return enter(&callback, Next::of(&sign_up), &visitor.session.hash()).await;
        }
    };
    let id = tenant.organisation.tenant.clone();
    let confirmed = |mut sign_up: SignUp| {
        // Xero has the last word about the country.
        sign_up.details.country = country;
        sign_up.organisation_confirmed(id.clone()).map_err(|_| visitor.elsewhere())
    };
    let sign_up = visitors.change(visitor.sign_up.clone(), confirmed).await?;
    visitors.record(&headers, &sign_up.id, AuditAction::OrganisationConfirmed { tenant: id }).await?;
    Ok(see_other(next_after_confirming(&callback, &token, &tenant, &sign_up).await))
}

/// As whom they consented, and in which event; an organisation can be confirmed until the portal exists.
fn consent_of(guest: &Guest) -> Result<(XeroUserId, Option<String>), Problem> {
    let visitor = match guest {
        Guest::Visitor(visitor) => visitor,
        Guest::Arrival { arrival, .. } => {
            return Ok((arrival.xero_user.clone(), arrival.authentication_event.clone()));
        }
    };
    match &visitor.sign_up.step {
        SignUpStep::Consented { xero_user, authentication_event } => {
            Ok((xero_user.clone(), authentication_event.clone()))
        }
        SignUpStep::OrganisationConfirmed { xero_user, .. } => Ok((xero_user.clone(), None)),
        _ => Err(visitor.elsewhere()),
    }
}

fn login_of(arrival: Arrival) -> Login {
    Login {
        user: arrival.xero_user.clone(),
        authentication_event: arrival.authentication_event,
        may_read_payroll: arrival.may_read_payroll,
        identity: Identity {
            xero_user: arrival.xero_user,
            given_name: arrival.given_name,
            family_name: arrival.family_name,
            email: arrival.email,
        },
    }
}

/// What came of claiming an organisation.
enum Claimed {
    Ours(Box<Tenant>),
    /// It has a portal, and it was the same person who signed up for that.
    SignedUpBefore(Box<SignUp>),
}

/// Makes the organisation this sign-up's, or refuses because somebody else has a portal for it.
async fn claim(
    callback: &Callback,
    organisation: Organisation,
    user: XeroUserId,
    sign_up: &SignUp,
) -> Result<Claimed, Problem> {
    let visitors = &callback.visitors;
    // Once more where somebody else claims at the same moment.
    for _ in 0..2 {
        let existing = callback.tenants.find_tenant(&organisation.tenant).await;
        let existing = existing.map_err(|error| visitors.failed(&error))?;
        let now = visitors.clock.now();
        match Tenant::claim(existing.clone(), organisation.clone(), user.clone(), sign_up.id.clone(), now) {
            Claim::LinkedElsewhere => {
                let Some(existing) = existing else { continue };
                let mut known = known_sign_ups(callback, &user).await?.into_iter();
                if let Some(own) = known.find(|sign_up| sign_up.id == existing.sign_up) {
                    return Ok(Claimed::SignedUpBefore(Box::new(own)));
                }
                return Err(linked_elsewhere(callback, &existing).unwrap_or(Problem::NotFound));
            }
            Claim::Granted(tenant) => match callback.tenants.put_tenant(*tenant).await {
                Ok(tenant) => return Ok(Claimed::Ours(Box::new(tenant))),
                Err(StateError::Conflict) => {}
                Err(error) => return Err(visitors.failed(&error)),
            },
        }
    }
    Err(visitors.failed(&StateError::Conflict))
}

fn organisation(chosen: &CandidateRead, country: Country) -> Organisation {
    let read = &chosen.organisation;
    Organisation {
        tenant: chosen.connection.tenant.clone(),
        name: read.name.clone(),
        country,
        connection: chosen.connection.id.clone(),
        short_code: read.short_code.clone(),
        timezone: read.timezone.as_deref().and_then(iana_timezone).map(str::to_owned),
        on_trial: read.class.as_deref() == Some(TRIAL),
    }
}

fn chooser(form_token: FormToken, found: &[CandidateRead], nothing_chosen: bool) -> OrganisationsPage {
    OrganisationsPage { form_token, organisations: found.iter().map(candidate).collect(), nothing_chosen }
}

fn candidate(read: &CandidateRead) -> Candidate {
    Candidate {
        tenant: read.connection.tenant.clone(),
        name: read.organisation.name.clone(),
        country: read.organisation.country_code.clone(),
    }
}
