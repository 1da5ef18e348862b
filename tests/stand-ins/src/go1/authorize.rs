//! The page of "Log in with GO1": choose a person in a portal, or cancel. It is a plain form without a script.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use url::Url;

use super::client::CLIENT_ID;
use super::roles::{LEARNER, role_name};
use super::scopes::Scopes;
use super::state::{CODE_LIFETIME, Caller, Code};
use crate::world::World;

struct Choice {
    account_id: String,
    name: String,
    email: String,
    role: &'static str,
}

struct PortalChoice {
    name: String,
    domain: String,
    people: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "go1_authorize.html")]
struct AuthorizePage {
    redirect_uri: String,
    state: String,
    scope: String,
    code_challenge: String,
    portals: Vec<PortalChoice>,
}

#[derive(Template)]
#[template(path = "go1_error.html")]
struct ErrorPage {
    text: String,
}

pub(crate) fn html(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

pub(crate) fn error_page(status: StatusCode, text: &str) -> Response {
    let text = text.to_owned();
    (status, html(&ErrorPage { text })).into_response()
}

#[derive(Deserialize)]
struct AuthorizeQuery {
    response_type: Option<String>,
    client_id: Option<String>,
    redirect_uri: Option<String>,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    state: String,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// `GET /oauth/authorize`
pub(crate) async fn page(State(world): State<World>, RawQuery(query): RawQuery) -> Response {
    let query = serde_html_form::from_str::<AuthorizeQuery>(&query.unwrap_or_default());
    let Ok(query) = query else {
        return error_page(StatusCode::BAD_REQUEST, "The address has a parameter twice.");
    };
    let redirect_uri = query.redirect_uri.unwrap_or_default();
    if query.client_id.as_deref() != Some(CLIENT_ID) || !world.settings().go1_redirect_uris.contains(&redirect_uri) {
        return error_page(StatusCode::BAD_REQUEST, "This app or the address it wants to return to is unknown.");
    }
    if Scopes::asked(&query.scope, world.settings()).is_none() {
        return refused(&redirect_uri, "invalid_scope", &query.state);
    }
    // As `league/oauth2-server` does it: plain where the method is not said, which we never send.
    if query.code_challenge.is_some() != (query.code_challenge_method.as_deref() == Some("S256")) {
        return refused(&redirect_uri, "invalid_request", &query.state);
    }
    if query.response_type.as_deref() != Some("code") {
        return error_page(StatusCode::BAD_REQUEST, "Only the code flow is offered.");
    }
    let state = world.state();
    let portals = state.go1.portals.iter().map(|portal| {
        let mut accounts: Vec<_> = state.go1.accounts_of(&portal.id).collect();
        // Administrators come first, and a few learners after them, because the product must refuse learners.
        accounts.sort_by_key(|account| account.roles.iter().all(|role| role == LEARNER));
        let choice = |account: &&super::UserAccount| Choice {
            account_id: account.id.clone(),
            name: format!("{} {}", account.given_name, account.family_name),
            email: account.email.clone(),
            role: account.roles.first().map_or("", |role| role_name(role)),
        };
        PortalChoice {
            name: portal.name.clone(),
            domain: portal.domain.clone(),
            people: accounts.iter().take(4).map(choice).collect(),
        }
    });
    let challenge = query.code_challenge.filter(|_| !world.settings().go1_loses_challenges);
    let code_challenge = challenge.unwrap_or_default();
    let (state, scope) = (query.state, query.scope);
    html(&AuthorizePage { redirect_uri, state, scope, code_challenge, portals: portals.collect() })
}

#[derive(Deserialize)]
struct Decision {
    redirect_uri: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    code_challenge: String,
    account: Option<String>,
}

/// Sends the browser back with an error, as RFC 6749 says (section 4.1.2.1).
fn refused(redirect_uri: &str, error: &str, state: &str) -> Response {
    let Ok(mut target) = Url::parse(redirect_uri) else {
        return error_page(StatusCode::BAD_REQUEST, "The address to return to is unknown.");
    };
    target.query_pairs_mut().append_pair("error", error).append_pair("state", state);
    Redirect::to(target.as_str()).into_response()
}

/// `POST /oauth/authorize`
pub(crate) async fn decide(State(world): State<World>, body: String) -> Response {
    let Ok(decision) = serde_html_form::from_str::<Decision>(&body) else {
        return error_page(StatusCode::BAD_REQUEST, "The form is not one of ours.");
    };
    let target = Url::parse(&decision.redirect_uri).ok();
    let known = world.settings().go1_redirect_uris.contains(&decision.redirect_uri);
    let Some(mut target) = target.filter(|_| known) else {
        return error_page(StatusCode::BAD_REQUEST, "The address to return to is unknown.");
    };
    let Some(scopes) = Scopes::asked(&decision.scope, world.settings()) else {
        return refused(&decision.redirect_uri, "invalid_scope", &decision.state);
    };
    let now = world.now();
    let mut state = world.state();
    match decision.account.filter(|account| !account.is_empty()) {
        None => {
            target.query_pairs_mut().append_pair("error", "access_denied");
        }
        Some(account_id) => {
            let Some(account) = state.go1.account(&account_id) else {
                return error_page(StatusCode::BAD_REQUEST, "Nobody logs in here by this account.");
            };
            let caller = Caller::Portal { portal_id: account.portal_id.clone(), account_id };
            let text = state.go1.letters(40);
            let challenge = Some(decision.code_challenge).filter(|challenge| !challenge.is_empty());
            let (redirect_uri, expires) = (decision.redirect_uri, now + CODE_LIFETIME);
            let code = Code { redirect_uri, caller, scopes, expires, challenge };
            state.go1.codes.insert(text.clone(), code);
            target.query_pairs_mut().append_pair("code", &text);
        }
    }
    target.query_pairs_mut().append_pair("state", &decision.state);
    Redirect::to(target.as_str()).into_response()
}
