//! The control API of the fake Xero.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::control_organisations;
use crate::control::{self, Advance, CallsFrom, ClientSecrets, NewFaults, Pace};
use crate::request_log::RequestLog;
use crate::settings::XeroLimit;
use crate::world::World;

pub(crate) fn router() -> Router<World> {
    Router::new()
        .route("/_control/summary", get(summary))
        .route(
            "/_control/calls",
            get(async |State(world): State<World>, Query(query): Query<CallsFrom>| {
                control::calls(world.xero().call_log(), &query)
            }),
        )
        .route("/_control/reset", post(async |State(world): State<World>| world.reset()))
        .route(
            "/_control/faults",
            get(async |State(world): State<World>| Json(world.xero().faults().remaining()))
                .post(async |State(world): State<World>, Json(new): Json<NewFaults>| {
                    control::add_faults(&world.xero().faults(), new)
                })
                .delete(async |State(world): State<World>| world.xero().faults().clear()),
        )
        .route(
            "/_control/pace",
            post(async |State(world): State<World>, Json(pace): Json<Pace>| {
                control::set_pace(world.xero_interceptor(), &pace)
            }),
        )
        .route(
            "/_control/advance",
            post(async |State(world): State<World>, Json(by): Json<Advance>| control::advance(&world, &by)),
        )
        .route(
            "/_control/rotate-signing-key",
            post(async |State(world): State<World>| world.xero().rotate_signing_key()),
        )
        .route(
            "/_control/expire-access-tokens",
            post(async |State(world): State<World>| world.xero().expire_access_tokens()),
        )
        .route(
            "/_control/client-secrets",
            post(async |State(world): State<World>, Json(body): Json<ClientSecrets>| {
                world.xero().set_client_secrets(body.secrets);
            }),
        )
        .route("/_control/exhaust", post(exhaust))
        .route(
            "/_control/bulk-connections",
            post(async |State(world): State<World>, Json(body): Json<BulkConnections>| {
                world.xero().set_bulk_connections(body.allowed);
            }),
        )
        .merge(control_organisations::router())
}

async fn summary(State(world): State<World>) -> Json<Value> {
    let xero = world.xero();
    let connections: Vec<Value> = xero
        .connections()
        .iter()
        .map(|each| json!({ "id": each.id, "tenant_id": each.tenant_id, "organisation": each.tenant_name, "user_id": each.user_id }))
        .collect();
    Json(json!({
        "connections": connections,
        "connection_count": connections.len(),
        "live_refresh_tokens": xero.live_refresh_tokens(),
        "calls": world.xero_interceptor().with_log(RequestLog::count_by_endpoint),
        "highest_calls_in_one_second": xero.highest_calls_in_one_second(None),
        "highest_in_flight": world.xero_interceptor().with_log(|log| log.highest_in_flight(None)),
    }))
}

#[derive(Deserialize)]
struct BulkConnections {
    allowed: bool,
}

#[derive(Deserialize)]
struct Exhaust {
    limit: XeroLimit,
    /// The name of the organisation. The limit of the app needs none.
    #[serde(default)]
    organisation: String,
    /// How long calls are refused. Without it they are as long as the limit's window, or for a second where the limit is on
    /// calls at the same time.
    seconds: Option<i64>,
}

/// Uses up one of the limits.
async fn exhaust(State(world): State<World>, Json(body): Json<Exhaust>) -> StatusCode {
    let whole_window = match body.limit {
        XeroLimit::Concurrent => 1,
        XeroLimit::Minute | XeroLimit::AppMinute => 60,
        XeroLimit::Day => 24 * 60 * 60,
    };
    let lasting = SignedDuration::from_secs(body.seconds.unwrap_or(whole_window));
    let known = world.xero().exhaust(body.limit, &body.organisation, lasting);
    if known { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}
