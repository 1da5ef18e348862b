//! The control interface of the Xero stand-in.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::control_organisations;
use crate::control::{self, Advance, CallsFrom, Orders, Pace};
use crate::world::{World, XeroLimit};

pub(crate) fn router() -> Router<World> {
    Router::new()
        .route("/_control/summary", get(summary))
        .route(
            "/_control/calls",
            get(async |State(world): State<World>, Query(order): Query<CallsFrom>| {
                control::calls(world.xero().call_log(), &order)
            }),
        )
        .route("/_control/reset", post(async |State(world): State<World>| world.reset()))
        .route(
            "/_control/faults",
            get(async |State(world): State<World>| Json(world.xero().faults().standing()))
                .post(async |State(world): State<World>, Json(orders): Json<Orders>| {
                    control::add_faults(&world.xero().faults(), orders)
                })
                .delete(async |State(world): State<World>| world.xero().faults().clear()),
        )
        .route(
            "/_control/pace",
            post(async |State(world): State<World>, Json(pace): Json<Pace>| {
                control::set_pace(world.xero_gate(), &pace)
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
        .route("/_control/exhaust", post(exhaust))
        .route(
            "/_control/bulk-connections",
            post(async |State(world): State<World>, Json(order): Json<BulkConnections>| {
                world.xero().set_bulk_connections(order.allowed);
            }),
        )
        .merge(control_organisations::router())
}

async fn summary(State(world): State<World>) -> Json<Value> {
    let side = world.xero();
    let connections: Vec<Value> = side
        .connections()
        .iter()
        .map(|each| json!({ "id": each.id, "tenant_id": each.tenant_id, "organisation": each.tenant_name, "user_id": each.user_id }))
        .collect();
    Json(json!({
        "connections": connections,
        "connection_count": connections.len(),
        "live_refresh_tokens": side.live_refresh_tokens(),
        "calls": world.xero_gate().calls_by_endpoint(),
        "highest_calls_in_one_second": side.highest_calls_in_one_second(None),
        "highest_in_flight": world.xero_gate().highest_in_flight(None),
    }))
}

#[derive(Deserialize)]
struct BulkConnections {
    allowed: bool,
}

#[derive(Deserialize)]
struct Exhaust {
    limit: XeroLimit,
    /// By name; the limit of the app needs none.
    #[serde(default)]
    organisation: String,
    /// How long it lasts; without it as long as the limit's window, and a second for calls at the same time.
    seconds: Option<i64>,
}

/// Uses up one of the limits.
async fn exhaust(State(world): State<World>, Json(order): Json<Exhaust>) -> StatusCode {
    let whole_window = match order.limit {
        XeroLimit::Concurrent => 1,
        XeroLimit::Minute | XeroLimit::AppMinute => 60,
        XeroLimit::Day => 24 * 60 * 60,
    };
    let lasting = SignedDuration::from_secs(order.seconds.unwrap_or(whole_window));
    let known = world.xero().exhaust(order.limit, &order.organisation, lasting);
    if known { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}
