//! The organisation is named back to the owner, and confirmed.

use application::visitor::Guest;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::arrival::Arrival;
use domain::audit::AuditAction;
use domain::country::Country;
use domain::ids::{TenantId, XeroUserId};
use domain::sign_up::{SignUp, SignUpStep};
use domain::tenant::{Claim, Organisation, Tenant};
use http::{HeaderMap, StatusCode};
use state::StateError;
use web::forms::{OrganisationForm, parse};
use web::pages::{self, OrganisationPage, OrganisationsPage};
use web::responses::{page_with_status, see_other};
use web::{FormToken, Problem, page};
use xero::{Connection, Identity, OrganisationRead, iana_timezone};

use crate::Callback;
use crate::candidates::{Candidate, candidates};
use crate::readiness::next_after_confirming;
use crate::sign_in::{Login, enter, go_to, token};
use crate::turning_away::{refuse_country, refuse_linked};

/// `GET /organisations`: one is named back, several are chosen from. Never the first of several.
pub(crate) async fn show(State(callback): State<Callback>, headers: HeaderMap) -> Result<Response, Problem> {
    let guest = callback.visitors.guest(&headers).await?.ok_or(Problem::SignedOut)?;
    let Asked { user, event, chosen } = consent_of(&guest)?;
    let token = token(&callback, &user).await?;
    let found = candidates(&callback, &token, event.as_deref(), chosen.as_ref()).await?;
    let [only] = &*found else {
        return Ok(page(&callback.visitors.site, &chooser(guest.form_token(), &found, false)));
    };
    let organisation = only.organisation(&callback)?;
    refuse_country(&callback, &user, only, organisation).await?;
    let confirm = OrganisationPage { form_token: guest.form_token(), organisation: shown(only) };
    Ok(page(&callback.visitors.site, &confirm))
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
    let Asked { user, event, chosen } = consent_of(&guest)?;
    let token = token(&callback, &user).await?;
    let found = candidates(&callback, &token, event.as_deref(), chosen.as_ref()).await?;
    let chosen = form.organisation.and_then(|tenant| found.iter().find(|each| each.connection.tenant == tenant));
    let Some(chosen) = chosen else {
        let again = chooser(guest.form_token(), &found, true);
        return Ok(page_with_status(&visitors.site, StatusCode::UNPROCESSABLE_ENTITY, &again));
    };
    let visitor = match guest {
        Guest::Visitor(visitor) => *visitor,
        Guest::Arrival { session, arrival } => {
            let next = go_to(&callback, &headers, &login_of(*arrival), chosen).await?;
            return enter(&callback, next, &session.hash()).await;
        }
    };
    let read = chosen.organisation(&callback)?;
    let country = refuse_country(&callback, &user, chosen, read).await?;
    let organisation = organisation(&chosen.connection, read, country);
    let tenant = claim(&callback, organisation, &user, &chosen.connection, &visitor.sign_up).await?;
    let id = tenant.organisation.tenant.clone();
    let confirmed = |mut sign_up: SignUp| {
        // Xero has the last word about the country.
        sign_up.details.country = country;
        sign_up.organisation_confirmed(id.clone()).map_err(|_| visitor.elsewhere())
    };
    let sign_up = visitors.change(visitor.sign_up.clone(), confirmed).await?;
    visitors.record(&headers, &sign_up.id, AuditAction::OrganisationConfirmed { tenant: id }).await?;
    Ok(see_other(next_after_confirming(&callback, &token, &tenant, sign_up.may_read_payroll).await))
}

/// What was consented to.
struct Asked {
    user: XeroUserId,
    event: Option<String>,
    chosen: Option<TenantId>,
}

/// As whom they consented, and in which event; an organisation can be confirmed until the portal exists.
fn consent_of(guest: &Guest) -> Result<Asked, Problem> {
    let visitor = match guest {
        Guest::Visitor(visitor) => visitor,
        Guest::Arrival { arrival, .. } => {
            let chosen = arrival.organisation.as_ref().map(|organisation| organisation.tenant.clone());
            return Ok(Asked { user: arrival.xero_user.clone(), event: arrival.authentication_event.clone(), chosen });
        }
    };
    let (user, event, chosen) = match &visitor.sign_up.step {
        SignUpStep::Consented { xero_user, authentication_event, chosen } => (xero_user, authentication_event, chosen),
        SignUpStep::OrganisationConfirmed { xero_user, authentication_event, .. } => {
            (xero_user, authentication_event, &None)
        }
        _ => return Err(visitor.elsewhere()),
    };
    Ok(Asked { user: user.clone(), event: event.clone(), chosen: chosen.clone() })
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

/// Makes the organisation this sign-up's, or refuses because another has a portal for it.
async fn claim(
    callback: &Callback,
    organisation: Organisation,
    user: &XeroUserId,
    connection: &Connection,
    sign_up: &SignUp,
) -> Result<Tenant, Problem> {
    let visitors = &callback.visitors;
    // Once more where somebody else claims at the same moment.
    for _ in 0..2 {
        let existing = callback.tenants.find_tenant(&organisation.tenant).await;
        let existing = existing.map_err(|error| visitors.failed(&error))?;
        let before = existing.as_ref().map(|tenant| (tenant.xero_user.clone(), tenant.organisation.connection.clone()));
        let now = visitors.clock.now();
        let tenant = match Tenant::claim(existing, organisation.clone(), user.clone(), sign_up.id.clone(), now) {
            Claim::Granted(tenant) => *tenant,
            Claim::LinkedElsewhere(tenant) => return Err(refuse_linked(callback, user, connection, &tenant).await),
        };
        match callback.tenants.put_tenant(tenant).await {
            Err(StateError::Conflict) => {}
            stored => {
                let tenant = stored.map_err(|error| visitors.failed(&error))?;
                // It was somebody else's unfinished one; what they gave for it is of no use any more.
                if let Some((other, theirs)) = before.filter(|(other, _)| other != user) {
                    callback.xero.leave_quietly(&other, &theirs).await;
                }
                return Ok(tenant);
            }
        }
    }
    Err(visitors.failed(&StateError::Conflict))
}

fn organisation(connection: &Connection, read: &OrganisationRead, country: Country) -> Organisation {
    Organisation {
        tenant: connection.tenant.clone(),
        name: read.name.clone(),
        country,
        connection: connection.id.clone(),
        short_code: read.short_code.clone(),
        timezone: read.timezone.as_deref().and_then(iana_timezone).map(str::to_owned),
        on_trial: read.is_trial(),
    }
}

fn chooser(form_token: FormToken, found: &[Candidate], nothing_chosen: bool) -> OrganisationsPage {
    OrganisationsPage { form_token, organisations: found.iter().map(shown).collect(), nothing_chosen }
}

fn shown(candidate: &Candidate) -> pages::Candidate {
    let read = candidate.read.as_ref().ok();
    pages::Candidate {
        tenant: candidate.connection.tenant.clone(),
        name: read.map_or_else(|| candidate.connection.name.clone(), |read| read.name.clone()),
        country: read.map(|read| read.country_code.clone()),
    }
}
