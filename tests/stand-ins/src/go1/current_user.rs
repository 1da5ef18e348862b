//! The endpoints of "Log in with GO1" that say who is logged in. They belong to the second API, which needs no version
//! header.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::api::{AuthenticatedCaller, Failure};
use super::roles::role_name;
use crate::world::World;

/// The form of an id in the second API. The newer API writes ids as texts.
fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| id.into(), Value::from)
}

/// `GET /v2/me`
pub(crate) async fn me(State(world): State<World>, caller: AuthenticatedCaller) -> Result<Json<Value>, Failure> {
    let (_, account_id) = caller.portal()?;
    let state = world.state();
    let account = state.go1.account(account_id);
    Ok(Json(account.map_or(Value::Null, |account| {
        json!({
            "id": number(&account.user_id), "account_id": number(&account.id), "email": account.email,
            "first_name": account.given_name, "last_name": account.family_name,
            "roles": account.roles.iter().map(|role| role_name(role)).collect::<Vec<_>>(),
        })
    })))
}

/// `GET /v2/account`
pub(crate) async fn account(State(world): State<World>, caller: AuthenticatedCaller) -> Result<Json<Value>, Failure> {
    let (portal_id, _) = caller.portal()?;
    let state = world.state();
    let portal = state.go1.portal(portal_id);
    Ok(Json(portal.map_or(
        Value::Null,
        |portal| json!({ "id": number(&portal.id), "title": portal.domain, "name": portal.name }),
    )))
}
