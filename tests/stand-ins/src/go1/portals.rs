//! The endpoints for portals. The partner's token makes them, and each has tokens of its own.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::api::{AuthenticatedCaller, Failure, Listing, json_body};
use super::fields::Fields;
use super::roles::ADMINISTRATOR;
use super::rules;
use super::scopes::Scopes;
use super::state::{Caller, NewAccount, Portal, normalised};
use super::tokens;
use crate::world::World;

struct Administrator {
    email: String,
    username: String,
    given_name: String,
    family_name: String,
    password: Option<String>,
}

/// `POST /portals`
pub(crate) async fn create(
    State(world): State<World>,
    caller: AuthenticatedCaller,
    headers: HeaderMap,
    body: String,
) -> Response {
    try_create(&world, &caller, &headers, &body).unwrap_or_else(Failure::into_response)
}

fn try_create(
    world: &World,
    caller: &AuthenticatedCaller,
    headers: &HeaderMap,
    body: &str,
) -> Result<Response, Failure> {
    if caller.0 != Caller::Partner {
        return Err(unauthorized());
    }
    let now = world.now();
    let (mut portal, administrator) = validate(json_body(headers, body)?, now)?;
    let mut state = world.state();
    let go1 = &mut state.go1;
    if go1.portal_by_domain(&portal.domain).is_some() {
        return Err(Failure::new(StatusCode::BAD_REQUEST, "PORTAL_ALREADY_EXIST", "Portal already exist."));
    }
    if let Some(administrator) = &administrator
        && administrator.password.is_some()
        && go1.people.contains_key(&normalised(&administrator.email))
    {
        let message = "A password cannot be set for an existing user.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "USER_ALREADY_EXIST", message));
    }
    portal.id = go1.next_id();
    go1.portals.push(portal.clone());
    let mut answer = to_json(&portal);
    if let Some(administrator) = administrator {
        let account = NewAccount {
            email: &administrator.email,
            username: &administrator.username,
            given_name: &administrator.given_name,
            family_name: &administrator.family_name,
            roles: vec![ADMINISTRATOR.to_owned()],
        };
        let account_id = go1.add_account(&portal.id, account, now);
        if let Some(portal) = go1.portals.last_mut() {
            portal.administrator = Some(account_id.clone());
        }
        let guid = go1.account(&account_id).map(|account| account.account_guid.clone());
        let owner = Caller::Portal { portal_id: portal.id.clone(), account_id: account_id.clone() };
        answer["user_account"] = json!({
            "id": account_id, "account_guid": guid, "oauth_token": tokens::issue(go1, owner, Scopes::of_new_portal(world.settings()), now),
        });
    }
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

fn validate(object: Map<String, Value>, now: Timestamp) -> Result<(Portal, Option<Administrator>), Failure> {
    rules::check("", &object, rules::PORTAL)?;
    let administrator = object.get("user_account").and_then(Value::as_object).map(administrator);
    let notifications = object.get("settings").and_then(|settings| settings.get("notifications")?.as_bool());
    let mut fields = Fields::of(object, "");
    let portal = Portal {
        id: String::new(),
        country: fields.text("country"),
        name: fields.text("name"),
        domain: fields.text("domain"),
        industry: fields.text("industry"),
        timezone: fields.optional_text("timezone").unwrap_or_else(|| "UTC".to_owned()),
        external_customer_id: fields.optional_text("external_customer_id"),
        logo: fields.optional_text("logo"),
        company_size: fields.value("company_size").and_then(Value::as_u64),
        notifications: notifications.unwrap_or(true),
        ours: true,
        administrator: None,
        created: now,
    };
    if !is_domain(&portal.domain) {
        let message = "The domain must be a first-level subdomain of mygo1.com.";
        return Err(Failure::new(StatusCode::BAD_REQUEST, "INVALID_DOMAIN", message));
    }
    Ok((portal, administrator))
}

fn administrator(user_account: &Map<String, Value>) -> Administrator {
    let mut part = Fields::of(user_account.clone(), "user_account.");
    Administrator {
        email: part.text("email"),
        username: part.text("username"),
        given_name: part.text("given_name"),
        family_name: part.text("family_name"),
        password: part.optional_text("password"),
    }
}

/// Whether a domain is one label in front of `mygo1.com`, of at most 63 small letters, digits and inner hyphens.
fn is_domain(domain: &str) -> bool {
    let Some(label) = domain.strip_suffix(".mygo1.com") else {
        return false;
    };
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn unauthorized() -> Failure {
    let message = "You are not authorized to access this portal.";
    Failure::new(StatusCode::FORBIDDEN, "PORTAL_ACCESS_UNAUTHORIZED", message)
}

fn to_json(portal: &Portal) -> Value {
    json!({
        "id": portal.id,
        "name": portal.name,
        "domain": portal.domain,
        "timezone": portal.timezone,
        "partner_portal_id": if portal.ours { "54321" } else { "10001" },
        "industry": portal.industry,
        "country": portal.country,
        "logo": portal.logo,
        "company_size": portal.company_size,
        "type": "customer",
        "created_time": portal.created.to_string(),
        "updated_time": portal.created.to_string(),
    })
}

/// Whether a caller may see a portal. The partner sees the portals that it made, and a portal's token sees that portal.
fn sees(caller: &Caller, portal: &Portal) -> bool {
    match caller {
        Caller::Partner => portal.ours,
        Caller::Portal { portal_id, .. } => *portal_id == portal.id,
    }
}

/// `GET /portals[?keyword=][&id=]`. The reference does not say that a list tells whose a portal is, so it does not.
pub(crate) async fn list(
    State(world): State<World>,
    caller: AuthenticatedCaller,
    RawQuery(query): RawQuery,
) -> Response {
    let listing = match Listing::parse(query, 100) {
        Ok(listing) => listing,
        Err(failure) => return failure.into_response(),
    };
    let keyword = listing.one("keyword").unwrap_or_default().to_lowercase();
    let finds_addresses = world.settings().go1_keyword_finds_addresses;
    let state = world.state();
    let mut hits: Vec<Value> = state
        .go1
        .portals
        .iter()
        .filter(|portal| sees(&caller.0, portal))
        .filter(|portal| listing.one("id").is_none_or(|id| portal.id == id))
        .filter(|portal| {
            portal.name.to_lowercase().contains(&keyword) || finds_addresses && portal.domain.contains(&keyword)
        })
        .map(to_json)
        .collect();
    if listing.one("order").is_none_or(|order| order.eq_ignore_ascii_case("desc")) {
        hits.reverse();
    }
    listing.answer(hits)
}

/// `GET /portals/{id}[?include_external_customer_id=true]`
pub(crate) async fn read(
    State(world): State<World>,
    caller: AuthenticatedCaller,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let listing = match Listing::parse(query, 100) {
        Ok(listing) => listing,
        Err(failure) => return failure.into_response(),
    };
    let is_told =
        world.settings().go1_tells_customer_ids && listing.one("include_external_customer_id") == Some("true");
    let state = world.state();
    match state.go1.portal(&id) {
        None => Failure::new(StatusCode::NOT_FOUND, "PORTAL_NOT_FOUND", "Portal not found.").into_response(),
        Some(portal) if !sees(&caller.0, portal) => unauthorized().into_response(),
        Some(portal) => {
            let mut answer = to_json(portal);
            if is_told {
                answer["external_customer_id"] = json!(portal.external_customer_id);
            }
            Json(answer).into_response()
        }
    }
}
