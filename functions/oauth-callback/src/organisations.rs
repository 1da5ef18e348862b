//! The organisation is named back to the owner, and confirmed.

use application::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::audit::AuditAction;
use domain::country::Country;
use domain::ids::XeroUserId;
use domain::sign_up::{SignUp, SignUpStep};
use domain::tenant::{Claim, Organisation, Tenant};
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;
use state::StateError;
use web::forms::{OrganisationForm, parse};
use web::pages::{Candidate, OrganisationPage, OrganisationsPage};
use web::problem::ConsentProblem;
use web::responses::{page_with_status, see_other};
use web::{Problem, page};
use xero::iana_timezone;

use crate::Callback;
use crate::candidates::{CandidateRead, access_token, candidates, unavailable};

/// `GET /organisations`: one is named back, several are chosen from. Never the first of several.
pub(crate) async fn show(State(callback): State<Callback>, headers: HeaderMap) -> Result<Response, Problem> {
    let visitor = callback.visitors.require(&headers).await?;
    let (user, event) = consent_of(&visitor)?;
    let token = access_token(&callback, &user).await?;
    let mut found = candidates(&callback, &token, event.as_deref()).await?;
    if found.is_empty() {
        return Err(Problem::Consent(ConsentProblem::NoOrganisation));
    }
    if found.len() > 1 {
        return Ok(page(&callback.visitors.site, &chooser(&visitor, &found, false)));
    }
    let only = found.remove(0);
    if Country::from_code(&only.organisation.country_code).is_none() {
        return Err(turn_away(&callback, &token, &only).await);
    }
    let confirm = OrganisationPage { form_token: visitor.form_token(), organisation: candidate(&only) };
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
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let (user, event) = consent_of(&visitor)?;
    let token = access_token(&callback, &user).await?;
    let found = candidates(&callback, &token, event.as_deref()).await?;
    let chosen = form.organisation.and_then(|tenant| found.iter().find(|read| read.connection.tenant == tenant));
    let Some(chosen) = chosen else {
        let again = chooser(&visitor, &found, true);
        return Ok(page_with_status(&visitors.site, StatusCode::UNPROCESSABLE_ENTITY, &again));
    };
    let Some(country) = Country::from_code(&chosen.organisation.country_code) else {
        return Err(turn_away(&callback, &token, chosen).await);
    };
    let organisation = Organisation {
        tenant: chosen.connection.tenant.clone(),
        name: chosen.organisation.name.clone(),
        country,
        connection: chosen.connection.id.clone(),
        short_code: chosen.organisation.short_code.clone(),
        timezone: chosen.organisation.timezone.as_deref().and_then(iana_timezone).map(str::to_owned),
    };
    let tenant = claim(&callback, organisation, user, &visitor.sign_up).await?;
    if country != visitor.sign_up.details.country {
        return consent_for(&callback, visitor, country).await;
    }
    let id = tenant.organisation.tenant;
    let confirmed = |sign_up: SignUp| sign_up.organisation_confirmed(id.clone()).map_err(|_| visitor.elsewhere());
    let sign_up = visitors.change(visitor.sign_up.clone(), confirmed).await?;
    visitors.record(&headers, &sign_up.id, AuditAction::OrganisationConfirmed { tenant: id }).await?;
    Ok(see_other("/preview"))
}

/// As whom the visitor consented, and in which event; an organisation can be confirmed until the portal exists.
fn consent_of(visitor: &Visitor) -> Result<(XeroUserId, Option<String>), Problem> {
    match &visitor.sign_up.step {
        SignUpStep::Consented { xero_user, authentication_event } => {
            Ok((xero_user.clone(), authentication_event.clone()))
        }
        SignUpStep::OrganisationConfirmed { xero_user, .. } => Ok((xero_user.clone(), None)),
        _ => Err(visitor.elsewhere()),
    }
}

/// Makes the organisation this sign-up's, or refuses because it has a portal from another.
async fn claim(
    callback: &Callback,
    organisation: Organisation,
    user: XeroUserId,
    sign_up: &SignUp,
) -> Result<Tenant, Problem> {
    let visitors = &callback.visitors;
    // Once more where somebody else claims at the same moment.
    for _ in 0..2 {
        let existing = callback.tenants.find_tenant(&organisation.tenant).await;
        let existing = existing.map_err(|error| visitors.failed(&error))?;
        let now = visitors.clock.now();
        match Tenant::claim(existing, organisation.clone(), user.clone(), sign_up.id.clone(), now) {
            Claim::LinkedElsewhere { domain } => {
                let portal_url = callback.portal_url.of(&domain);
                return Err(Problem::LinkedElsewhere { organisation: organisation.name, domain, portal_url });
            }
            Claim::Granted(tenant) => match callback.tenants.put_tenant(*tenant).await {
                Ok(tenant) => return Ok(tenant),
                Err(StateError::Conflict) => {}
                Err(error) => return Err(visitors.failed(&error)),
            },
        }
    }
    Err(visitors.failed(&StateError::Conflict))
}

/// The organisation is in the other country than the form said, and people are read with other scopes there: one more
/// consent.
async fn consent_for(callback: &Callback, visitor: Visitor, country: Country) -> Result<Response, Problem> {
    let moved = |mut sign_up: SignUp| {
        sign_up.details.country = country;
        Ok(sign_up)
    };
    callback.visitors.change(visitor.sign_up, moved).await?;
    Ok(see_other("/connect"))
}

/// Not in a country that we serve: the connection goes again, unless a portal uses it.
async fn turn_away(callback: &Callback, token: &SecretString, read: &CandidateRead) -> Problem {
    let connection_removed = match callback.tenants.find_tenant(&read.connection.tenant).await {
        Err(error) => return callback.visitors.failed(&error),
        Ok(Some(_)) => false,
        Ok(None) => match callback.xero.delete_connection(token, &read.connection.id).await {
            Err(error) => return unavailable(callback, &error),
            Ok(()) => true,
        },
    };
    Problem::CountryNotSupported {
        organisation: read.organisation.name.clone(),
        country: read.organisation.country_code.clone(),
        connection_removed,
    }
}

fn chooser(visitor: &Visitor, found: &[CandidateRead], nothing_chosen: bool) -> OrganisationsPage {
    OrganisationsPage {
        form_token: visitor.form_token(),
        organisations: found.iter().map(candidate).collect(),
        nothing_chosen,
    }
}

fn candidate(read: &CandidateRead) -> Candidate {
    Candidate {
        tenant: read.connection.tenant.clone(),
        name: read.organisation.name.clone(),
        country: read.organisation.country_code.clone(),
    }
}
