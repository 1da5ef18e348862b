//! What the API endpoints share: who calls for which organisation, and the forms of answers and errors.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::state::Grant;
use crate::organisations::{Member, Organisation};
use crate::world::State as WorldState;

pub(crate) type Refusal = Box<Response>;

/// An error in the form of Xero's problem documents.
pub(crate) fn problem(state: &mut WorldState, status: StatusCode, detail: &str) -> Response {
    let title = status.canonical_reason().unwrap_or_default();
    let body = json!({
        "Type": null, "Title": title, "Status": status.as_u16(), "Detail": detail,
        "Instance": state.random.uuid(), "Extensions": {},
    });
    (status, Json(body)).into_response()
}

/// The answer to a path that Xero does not have.
pub(crate) async fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "The resource you're looking for cannot be found").into_response()
}

/// The grant that the access token of a call stands for.
pub(crate) fn bearer(state: &mut WorldState, headers: &HeaderMap, now: Timestamp) -> Result<Grant, Refusal> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let Some(token) = header.and_then(|header| header.strip_prefix("Bearer ")) else {
        return Err(Box::new(problem(state, StatusCode::UNAUTHORIZED, "AuthenticationUnsuccessful")));
    };
    let Some(known) = state.xero.access_tokens.get(token) else {
        return Err(Box::new(problem(
            state,
            StatusCode::UNAUTHORIZED,
            "TokenInvalidSignature: the token is not one of ours",
        )));
    };
    if known.expires <= now {
        let detail = format!("TokenExpired: token expired at {}", known.expires.strftime("%d/%m/%Y %H:%M:%S"));
        return Err(Box::new(problem(state, StatusCode::UNAUTHORIZED, &detail)));
    }
    Ok(known.grant.clone())
}

/// The member who calls, and the organisation. The call needs a token that has not expired, a connection that this user has
/// made, an organisation that is open to them, and one of these scopes.
pub(crate) fn tenant_call(
    state: &mut WorldState,
    headers: &HeaderMap,
    now: Timestamp,
    scopes: [&str; 2],
) -> Result<(Member, Organisation), Refusal> {
    let grant = bearer(state, headers, now)?;
    let tenant = headers.get("xero-tenant-id").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let connected = state.xero.connection(&grant.user_id, tenant).is_some();
    let organisation = state.xero.organisation(tenant).filter(|_| connected).cloned();
    let member = organisation.as_ref().and_then(|organisation| organisation.connecting_member(&grant.user_id).cloned());
    let (Some(organisation), Some(member)) = (organisation, member) else {
        return Err(Box::new(problem(state, StatusCode::FORBIDDEN, "AuthenticationUnsuccessful")));
    };
    if !scopes.iter().any(|scope| grant.scopes.contains(*scope)) {
        return Err(Box::new(problem(state, StatusCode::UNAUTHORIZED, "AuthorizationUnsuccessful")));
    }
    Ok((member, organisation))
}

/// The answer with these rows. It is XML, Xero's default, unless the call asks for JSON.
pub(crate) fn envelope(
    state: &mut WorldState,
    headers: &HeaderMap,
    now: Timestamp,
    name: &str,
    rows: Vec<Value>,
) -> Response {
    let id = state.random.uuid();
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !accept.contains("application/json") {
        let body = format!(
            "<Response><Id>{id}</Id><Status>OK</Status><ProviderName>GO1</ProviderName><{name}>\
             <!-- {} rows: ask for application/json --></{name}></Response>",
            rows.len()
        );
        return ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response();
    }
    let mut body = json!({
        "Id": id, "Status": "OK", "ProviderName": "GO1",
        "DateTimeUTC": format!("/Date({})/", now.as_millisecond()),
    });
    body[name] = Value::Array(rows);
    Json(body).into_response()
}

/// A 400 in the form in which Xero answers a bad `where` or `order`.
pub(crate) fn query_error(message: &str) -> Response {
    let body = json!({ "ErrorNumber": 16, "Type": "QueryParseException", "Message": message });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
