//! The fake Xero: identity, connections, accounting and payroll on one router.

mod accounting;
mod api;
mod client;
mod connections;
mod consent;
mod contacts;
mod control;
mod control_organisations;
mod control_people;
pub mod endpoint;
mod fake;
mod granted_consent;
mod keys;
mod limits;
mod pages;
mod payroll;
mod scripted_changes;
mod state;
pub(crate) mod tokens;
mod upstream;

use axum::Router;
use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;
use axum::middleware;
use axum::routing::{delete, get, post};

use crate::upstream::intercept;
use crate::world::World;

pub use client::{CLIENT_ID, CLIENT_SECRET};
pub use fake::FakeXero;
pub(crate) use state::XeroState;
pub use state::{Connection, TenantType, TokenSet};

/// The routes of Xero's login, identity and API hosts, and of the control API.
pub fn router(world: World) -> Router {
    let xero = FakeXero(world.clone());
    let routes = Router::new()
        .route("/", get(consent::front))
        .route("/identity/connect/authorize", get(consent::authorize))
        .route("/identity/login", get(consent::login_page).post(consent::login))
        .route("/identity/organisations", get(consent::organisations_page).post(consent::organisations))
        .route("/identity/consent", get(consent::consent_page).post(consent::consent))
        .route("/connectionLimit", get(consent::connection_limit))
        .route("/connect/token", post(tokens::token))
        .route("/connect/revocation", post(tokens::revocation))
        .route("/.well-known/openid-configuration", get(keys::discovery))
        .route("/.well-known/openid-configuration/jwks", get(keys::jwks))
        .route("/connections", get(connections::list))
        .route("/connections/{id}", delete(connections::remove))
        .route("/api.xro/2.0/Organisation", get(accounting::organisation))
        .route("/api.xro/2.0/Organisation/Actions", get(accounting::actions))
        .route("/api.xro/2.0/Users", get(accounting::users))
        .route("/api.xro/2.0/ContactGroups", get(contacts::groups))
        .route("/api.xro/2.0/ContactGroups/{id}", get(contacts::group))
        .route("/api.xro/2.0/Contacts", get(contacts::contacts))
        .route("/payroll.xro/1.0/Employees", get(payroll::employees))
        .route("/payroll.xro/1.0/Employees/{id}", get(payroll::employee_detail))
        .merge(control::router())
        .fallback(api::not_found)
        .layer(middleware::from_fn_with_state(xero, intercept::<FakeXero>))
        .with_state(world);
    // This is around the interceptor as well, which knows one spelling only.
    Router::new().fallback_service(routes).layer(middleware::map_request(normalise_connections))
}

/// Rewrites `/Connections` to `/connections`. Xero's specification has the one and its documentation the other, and
/// Xero accepts both.
async fn normalise_connections(mut request: Request) -> Request {
    let path_and_query = request.uri().path_and_query().map(PathAndQuery::as_str).unwrap_or_default();
    let rewritten = path_and_query.strip_prefix("/Connections").map(|rest| format!("/connections{rest}"));
    if let Some(Ok(path_and_query)) = rewritten.map(PathAndQuery::try_from) {
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        parts.path_and_query = Some(path_and_query);
        *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    }
    request
}
