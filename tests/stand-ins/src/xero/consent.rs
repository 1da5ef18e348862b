//! The pages of a consent: log in, choose an organisation, allow or cancel. They are plain forms without a script.

use std::collections::BTreeSet;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use url::Url;

use super::client::CLIENT_ID;
use super::granted_consent::grant;
use super::pages::{
    ConsentPage, ErrorPage, FrontPage, LoginPage, LoginRow, OrganisationRow, OrganisationsPage, error_page, page,
};
use super::state::ConsentRequest;
use crate::world::{State as WorldState, World};

/// A selection of the scopes for which an app made after March 2026 may ask
/// (<https://developer.xero.com/documentation/guides/oauth2/scopes/>).
const SCOPES: &[&str] = &[
    "openid",
    "profile",
    "email",
    "offline_access",
    "accounting.settings",
    "accounting.settings.read",
    "accounting.contacts",
    "accounting.contacts.read",
    "accounting.invoices",
    "accounting.invoices.read",
    "payroll.employees",
    "payroll.employees.read",
    "payroll.settings",
    "payroll.settings.read",
    "payroll.payruns",
    "payroll.payruns.read",
    "payroll.payslip",
    "payroll.payslip.read",
    "payroll.timesheets",
    "payroll.timesheets.read",
];

/// `GET /`: the list of all organisations, for people to look at.
pub(crate) async fn front(State(world): State<World>) -> Response {
    let state = world.state();
    let connected =
        |tenant: &str| state.xero.connections.iter().filter(|connection| connection.tenant_id == tenant).count();
    let organisations = state
        .xero
        .organisations
        .iter()
        .map(|each| {
            let connected = connected(&each.tenant_id);
            (each.name.clone(), each.country_code.clone(), each.employees.len(), connected)
        })
        .collect();
    page(&FrontPage { organisations })
}

#[derive(Deserialize)]
struct AuthorizeQuery {
    response_type: Option<String>,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    nonce: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// `GET /identity/connect/authorize`
pub(crate) async fn authorize(State(world): State<World>, RawQuery(query): RawQuery) -> Response {
    let Ok(query) = serde_html_form::from_str::<AuthorizeQuery>(&query.unwrap_or_default()) else {
        return error_page("invalid_request: a parameter stands there twice.");
    };
    let redirect_uri = query.redirect_uri.unwrap_or_default();
    let scopes: BTreeSet<String> = query.scope.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    if query.client_id.as_deref() != Some(CLIENT_ID) {
        return error_page("unauthorized_client: this client_id is unknown.");
    }
    if !world.settings().xero_redirect_uris.contains(&redirect_uri) {
        return error_page("invalid_request: invalid redirect_uri.");
    }
    if query.response_type.as_deref() != Some("code") {
        return error_page("unsupported_response_type: only the code flow is offered.");
    }
    if scopes.is_empty() || !scopes.iter().all(|scope| SCOPES.contains(&scope.as_str())) {
        return error_page("invalid_scope: a scope is unknown or not open to this app.");
    }
    if query.code_challenge.is_some() != query.code_challenge_method.is_some()
        || query.code_challenge_method.is_some_and(|method| method != "S256")
    {
        return error_page("invalid_request: the code challenge must use S256.");
    }
    let request = ConsentRequest {
        redirect_uri,
        scopes,
        state: query.state,
        nonce: query.nonce,
        challenge: query.code_challenge,
        user_id: None,
        tenants: Vec::new(),
    };
    let mut state = world.state();
    let id = state.random.letters(24);
    state.xero.requests.insert(id.clone(), request);
    redirect_to_page("login", &id)
}

fn redirect_to_page(step: &str, request: &str) -> Response {
    Redirect::to(&format!("/identity/{step}?request={request}")).into_response()
}

/// The fields of the forms. Each page has only some of them.
#[derive(Deserialize)]
struct Step {
    request: String,
    user: Option<String>,
    #[serde(default)]
    tenant: Vec<String>,
    decision: Option<String>,
}

fn step(state: &WorldState, text: &str) -> Result<(Step, ConsentRequest), Box<Response>> {
    let step: Step =
        serde_html_form::from_str(text).map_err(|_| Box::new(error_page("The form is not one of ours.")))?;
    let request = state.xero.requests.get(&step.request).cloned();
    let request =
        request.ok_or_else(|| Box::new(error_page("This login has ended. Go back to the app and start again.")))?;
    Ok((step, request))
}

/// `GET /identity/login`
pub(crate) async fn login_page(State(world): State<World>, RawQuery(query): RawQuery) -> Response {
    let state = world.state();
    let step = match step(&state, &query.unwrap_or_default()) {
        Ok((step, _)) => step,
        Err(response) => return *response,
    };
    let row = |user: &crate::XeroUser| LoginRow {
        email: user.email.clone(),
        name: format!("{} {}", user.given_name, user.family_name),
    };
    page(&LoginPage { request: step.request, people: state.xero.users.iter().map(row).collect() })
}

/// `POST /identity/login`
pub(crate) async fn login(State(world): State<World>, body: String) -> Response {
    let mut state = world.state();
    let (step, mut request) = match step(&state, &body) {
        Ok(step) => step,
        Err(response) => return *response,
    };
    let Some(user) = state.xero.users.iter().find(|user| Some(&user.email) == step.user.as_ref()) else {
        return error_page("Nobody logs in here by this email.");
    };
    request.user_id = Some(user.user_id.clone());
    // Where the app asks for the identity only, there is no organisation to choose.
    let next = if request.scopes.iter().any(|scope| scope.contains('.')) { "organisations" } else { "consent" };
    state.xero.requests.insert(step.request.clone(), request);
    redirect_to_page(next, &step.request)
}

/// `GET /identity/organisations`
pub(crate) async fn organisations_page(State(world): State<World>, RawQuery(query): RawQuery) -> Response {
    let state = world.state();
    let (step, request) = match step(&state, &query.unwrap_or_default()) {
        Ok(step) => step,
        Err(response) => return *response,
    };
    let Some(user) = request.user_id.and_then(|id| state.xero.user(&id)) else {
        return redirect_to_page("login", &step.request);
    };
    let row = |tenant_id: &str, name: &str, kind: &str| OrganisationRow {
        tenant_id: tenant_id.to_owned(),
        name: name.to_owned(),
        country: kind.to_owned(),
        connected: state.xero.connection(&user.user_id, tenant_id).is_some(),
    };
    let organisations = state.xero.organisations_of(&user.user_id).into_iter();
    let organisations = organisations.map(|each| row(&each.tenant_id, &each.name, &each.country_code));
    let practices = state.xero.practices_of(&user.user_id).into_iter();
    let practices = practices.map(|each| row(&each.tenant_id, &each.name, "practice"));
    page(&OrganisationsPage {
        request: step.request,
        name: user.given_name.clone(),
        organisations: organisations.chain(practices).collect(),
        input: if state.xero.bulk_connections { "checkbox" } else { "radio" },
    })
}

/// `POST /identity/organisations`
pub(crate) async fn organisations(State(world): State<World>, body: String) -> Response {
    let mut state = world.state();
    let (step, mut request) = match step(&state, &body) {
        Ok(step) => step,
        Err(response) => return *response,
    };
    if step.decision.as_deref() == Some("cancel") {
        return denied(&mut state, &step.request, &request);
    }
    let Some(user_id) = &request.user_id else {
        return redirect_to_page("login", &step.request);
    };
    let own = state.xero.organisations_of(user_id).into_iter().map(|organisation| &organisation.tenant_id);
    let own = own.chain(state.xero.practices_of(user_id).into_iter().map(|practice| &practice.tenant_id));
    let own: BTreeSet<&String> = own.collect();
    let all_own = step.tenant.iter().all(|tenant| own.contains(tenant));
    let too_many = step.tenant.len() > 1 && !state.xero.bulk_connections;
    if step.tenant.is_empty() || !all_own || too_many {
        return error_page("Choose one of your organisations.");
    }
    request.tenants = step.tenant;
    state.xero.requests.insert(step.request.clone(), request);
    redirect_to_page("consent", &step.request)
}

/// `GET /identity/consent`
pub(crate) async fn consent_page(State(world): State<World>, RawQuery(query): RawQuery) -> Response {
    let state = world.state();
    let (step, request) = match step(&state, &query.unwrap_or_default()) {
        Ok(step) => step,
        Err(response) => return *response,
    };
    let Some(user) = request.user_id.and_then(|id| state.xero.user(&id)) else {
        return redirect_to_page("login", &step.request);
    };
    let name_of = |tenant: &String| state.xero.tenant(tenant).map(|(name, _)| name);
    page(&ConsentPage {
        request: step.request,
        name: format!("{} {}", user.given_name, user.family_name),
        organisations: request.tenants.iter().filter_map(name_of).collect(),
        scopes: request.scopes.into_iter().collect(),
    })
}

/// `POST /identity/consent`
pub(crate) async fn consent(State(world): State<World>, body: String) -> Response {
    let now = world.now();
    let mut state = world.state();
    let (step, request) = match step(&state, &body) {
        Ok(step) => step,
        Err(response) => return *response,
    };
    match step.decision.as_deref() {
        Some("allow") => {}
        Some("cancel") => return denied(&mut state, &step.request, &request),
        _ => return error_page("Allow or cancel: the form says neither."),
    }
    if let Some(limit) = world.settings().xero_connection_limit {
        let user = request.user_id.as_deref().unwrap_or_default();
        let new = request.tenants.iter().filter(|tenant| state.xero.connection(user, tenant).is_none()).count();
        if state.xero.connections.len() + new > limit {
            return Redirect::to("/connectionLimit").into_response();
        }
    }
    let Some(code) = grant(&mut state, &request, now) else {
        return redirect_to_page("login", &step.request);
    };
    state.xero.requests.remove(&step.request);
    let scope = request.scopes.iter().cloned().collect::<Vec<_>>().join(" ");
    redirect_to_app(&request, &[("code", &code), ("scope", &scope)])
}

fn denied(state: &mut WorldState, id: &str, request: &ConsentRequest) -> Response {
    state.xero.requests.remove(id);
    let description = "TenantConsent status DENIED";
    redirect_to_app(request, &[("error", "access_denied"), ("error_description", description)])
}

fn redirect_to_app(request: &ConsentRequest, parameters: &[(&str, &str)]) -> Response {
    let Ok(mut url) = Url::parse(&request.redirect_uri) else {
        return error_page("invalid_request: invalid redirect_uri.");
    };
    url.query_pairs_mut().extend_pairs(parameters);
    if let Some(state) = &request.state {
        url.query_pairs_mut().append_pair("state", state);
    }
    Redirect::to(url.as_str()).into_response()
}

/// `GET /connectionLimit`: the page on which a consent ends when the app may have no more connections.
pub(crate) async fn connection_limit() -> Response {
    page(&ErrorPage {
        title: "This app cannot be connected".to_owned(),
        text: "The app has reached the number of organisations it may connect. Ask its makers for help.".to_owned(),
    })
}
