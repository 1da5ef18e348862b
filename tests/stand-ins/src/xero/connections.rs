//! The endpoints for connections. A user sees those that they have made.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::api::{bearer, problem};
use crate::world::World;

/// `GET /connections[?authEventId=]`
pub(crate) async fn list(State(world): State<World>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let now = world.now();
    let mut state = world.state();
    let grant = match bearer(&mut state, &headers, now) {
        Ok(grant) => grant,
        Err(refusal) => return *refusal,
    };
    let query = query.unwrap_or_default();
    let event = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "authEventId");
    let rows: Vec<Value> = state
        .xero
        .connections
        .iter()
        .filter(|connection| connection.user_id == grant.user_id)
        .filter(|connection| event.as_ref().is_none_or(|(_, event)| connection.auth_event_id == *event))
        .map(|connection| {
            json!({
                "id": connection.id,
                "authEventId": connection.auth_event_id,
                "tenantId": connection.tenant_id,
                "tenantType": connection.tenant_type,
                "tenantName": connection.tenant_name,
                "createdDateUtc": without_zone(connection.created),
                "updatedDateUtc": without_zone(connection.updated),
            })
        })
        .collect();
    Json(rows).into_response()
}

/// The form of these dates at Xero: seven digits after the second, and no time zone.
fn without_zone(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%7f").to_string()
}

/// `DELETE /connections/{id}`, where the id is that of the connection and not that of the tenant. One that is gone, or is
/// another user's, is forbidden: so Xero answers, where its published file says 404 (XeroAPI/xero-node, issue 403;
/// XeroAPI/Xero-NetStandard, pull request 641).
pub(crate) async fn remove(State(world): State<World>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let now = world.now();
    let mut state = world.state();
    let grant = match bearer(&mut state, &headers, now) {
        Ok(grant) => grant,
        Err(refusal) => return *refusal,
    };
    let connections = &mut state.xero.connections;
    let before = connections.len();
    connections.retain(|connection| connection.id != id || connection.user_id != grant.user_id);
    if connections.len() == before {
        return problem(&mut state, StatusCode::FORBIDDEN, "AuthenticationUnsuccessful");
    }
    StatusCode::NO_CONTENT.into_response()
}
