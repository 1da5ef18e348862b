//! The endpoint of "Log in with GO1" that says who is logged in. It belongs to the second API, which needs no version
//! header. Its `/v2/account` is not here, because no source shows what it answers.

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
