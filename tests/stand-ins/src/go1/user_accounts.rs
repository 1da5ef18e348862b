//! The endpoints for the user accounts of the portal whose token calls.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::api::{AuthenticatedCaller, Failure, Listing, json_body};
use super::fields::Fields;
use super::roles::{LEARNER, role_name};
use super::rules;
use super::state::{NewAccount, UserAccount, normalised};
use crate::settings::Duplicates;
use crate::world::World;

/// The form of an account in the API's answers.
pub(crate) fn to_json(account: &UserAccount) -> Value {
    let roles: Vec<Value> = account.roles.iter().map(|guid| json!({ "guid": guid, "role": role_name(guid) })).collect();
    json!({
        "id": account.id,
        "account_guid": account.account_guid,
        "portal_id": account.portal_id,
        "group_ids": [],
        "managers": [],
        "roles": roles,
        "status": account.status.as_ref().map_or(json!(account.active), |word| json!(word)),
        "locale": "en-AU",
        "created_time": account.created.to_string(),
        "updated_time": account.updated.to_string(),
        "logged_in_time": null,
        "migrated": false,
        "user": {
            "id": account.user_id,
            "user_guid": format!("usr_{}", account.user_id),
            "username": account.username,
            "email": account.email,
            "given_name": account.given_name,
            "family_name": account.family_name,
            "status": account.active,
            "created_time": account.created.to_string(),
            "updated_time": account.updated.to_string(),
        },
    })
}

fn roles(fields: &Fields) -> Vec<String> {
    let list = fields.value("roles").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn exists() -> Failure {
    Failure::new(StatusCode::CONFLICT, "user_account_exists", "User account already exists.")
}

/// `POST /user-accounts`
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
    let (portal_id, _) = caller.portal()?;
    let body: Map<String, Value> = json_body(headers, body)?;
    rules::check("", &body, rules::USER_ACCOUNT)?;
    let mut fields = Fields::of(body, "");
    let email = fields.text("email");
    let username = fields.text("username");
    let given_name = fields.text("given_name");
    let family_name = fields.text("family_name");
    let roles = roles(&fields);
    let now = world.now();
    let mut state = world.state();
    let exists_already = state.go1.account_by_email(portal_id, &email).is_some();
    match state.go1.duplicates {
        Duplicates::Conflict if exists_already => return Err(exists()),
        Duplicates::BadRequest if exists_already => {
            return Err(Failure::new(StatusCode::BAD_REQUEST, "", "Invalid email."));
        }
        Duplicates::Unprocessable if exists_already => {
            return Err(Failure::new(StatusCode::UNPROCESSABLE_ENTITY, "", "Invalid email."));
        }
        _ => {}
    }
    // A person has the same user name in all portals, and nobody else may have it.
    let owner = state.go1.usernames.get(&normalised(&username));
    if owner.is_some() && owner != state.go1.people.get(&normalised(&email)) {
        return Err(exists());
    }
    if let Some(limit) = world.settings().go1_portal_user_limit
        && state.go1.accounts_of(portal_id).count() >= limit
    {
        let name = state.go1.portal(portal_id).map(|portal| portal.domain.clone()).unwrap_or_default();
        let message = format!(
            "You hit the maximum number of user accounts allowed for portal {name}. \
             Please contact your portal administrator for assistance."
        );
        let body = json!({ "message": message, "code": 3002 });
        return Ok((StatusCode::NOT_ACCEPTABLE, Json(body)).into_response());
    }
    let account =
        NewAccount { email: &email, username: &username, given_name: &given_name, family_name: &family_name, roles };
    let id = state.go1.add_account(portal_id, account, now);
    let answer = state.go1.account(&id).map(to_json);
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// `GET /user-accounts[?email=]`
pub(crate) async fn list(
    State(world): State<World>,
    caller: AuthenticatedCaller,
    RawQuery(query): RawQuery,
) -> Response {
    try_list(&world, &caller, query).unwrap_or_else(Failure::into_response)
}

fn try_list(world: &World, caller: &AuthenticatedCaller, query: Option<String>) -> Result<Response, Failure> {
    let (portal_id, account_id) = caller.portal()?;
    let listing = Listing::parse(query, 50)?;
    let now = world.now();
    let state = world.state();
    // A token may do what its owner may do, and learners may not see each other.
    if state.go1.account(account_id).is_some_and(|account| account.roles.iter().all(|role| role == LEARNER)) {
        return Err(Failure::new(StatusCode::FORBIDDEN, "user_account_access_denied", "Permission denied."));
    }
    let hits = match listing.one("email") {
        Some(email) => state.go1.found_accounts(portal_id, email, now).into_iter().map(to_json).collect(),
        None => state.go1.listed_accounts(portal_id, now).into_iter().map(to_json).collect(),
    };
    Ok(listing.answer(hits))
}

fn not_found() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "user_account_not_found", "User account not found.")
}

/// `GET /user-accounts/{id}`
pub(crate) async fn read(
    State(world): State<World>,
    caller: AuthenticatedCaller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let (portal_id, _) = caller.portal()?;
    let state = world.state();
    let account = state.go1.account(&id).filter(|account| account.portal_id == portal_id);
    account.map(|account| Json(to_json(account))).ok_or_else(not_found)
}

/// `PATCH /user-accounts/{id}`
pub(crate) async fn update(
    State(world): State<World>,
    caller: AuthenticatedCaller,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Result<Json<Value>, Failure> {
    let (portal_id, _) = caller.portal()?;
    let body: Map<String, Value> = json_body(&headers, &body)?;
    rules::check("", &body, rules::USER_ACCOUNT_CHANGE)?;
    let mut fields = Fields::of(body, "");
    let email = fields.has("email").then(|| fields.text("email"));
    let roles = fields.has("roles").then(|| roles(&fields));
    let active = fields.value("status").map(|status| status.as_bool().unwrap_or(status == "active"));
    let now = world.now();
    let mut state = world.state();
    let go1 = &mut state.go1;
    if let Some(email) = &email
        && go1.account_by_email(portal_id, email).is_some_and(|account| account.id != id)
    {
        return Err(exists());
    }
    let position = go1.by_id.get(&id).copied().filter(|position| go1.accounts[*position].portal_id == portal_id);
    let position = position.ok_or_else(not_found)?;
    let account = &mut go1.accounts[position];
    go1.lists.keep(account, now);
    account.updated = now;
    if let Some(email) = email {
        go1.by_email.remove(&(portal_id.to_owned(), normalised(&account.email)));
        go1.by_email.insert((portal_id.to_owned(), normalised(&email)), position);
        account.email = email;
    }
    if let Some(roles) = roles {
        account.roles = roles;
    }
    if let Some(active) = active {
        (account.active, account.status) = (active, None);
    }
    Ok(Json(to_json(account)))
}

/// `POST /user-accounts/{id}/login`
pub(crate) async fn login(
    State(world): State<World>,
    caller: AuthenticatedCaller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let (portal_id, _) = caller.portal()?;
    let mut state = world.state();
    if state.go1.account(&id).is_none_or(|account| account.portal_id != portal_id) {
        return Err(not_found());
    }
    let token = state.go1.letters(48);
    state.go1.one_time_tokens.insert(token.clone(), (id, false));
    Ok(Json(json!({ "one_time_token": token })))
}
