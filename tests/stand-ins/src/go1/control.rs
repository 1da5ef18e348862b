//! The control interface of the GO1 stand-in.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{self, Advance, CallsFrom, Orders, Pace};
use crate::world::World;

pub(crate) fn router() -> Router<World> {
    Router::new()
        .route("/_control/summary", get(summary))
        .route(
            "/_control/calls",
            get(async |State(world): State<World>, Query(order): Query<CallsFrom>| {
                control::calls(world.go1().call_log(), &order)
            }),
        )
        .route("/_control/portals/{domain}", get(portal))
        .route("/_control/welcome-mails", get(async |State(world): State<World>| Json(world.go1().welcome_mails())))
        .route("/_control/reset", post(async |State(world): State<World>| world.reset()))
        .route(
            "/_control/faults",
            get(async |State(world): State<World>| Json(world.go1().faults().standing()))
                .post(async |State(world): State<World>, Json(orders): Json<Orders>| {
                    control::add_faults(&world.go1().faults(), orders)
                })
                .delete(async |State(world): State<World>| world.go1().faults().clear()),
        )
        .route(
            "/_control/pace",
            post(async |State(world): State<World>, Json(pace): Json<Pace>| control::set_pace(world.go1_gate(), &pace)),
        )
        .route(
            "/_control/advance",
            post(async |State(world): State<World>, Json(by): Json<Advance>| control::advance(&world, &by)),
        )
        .route(
            "/_control/expire-access-tokens",
            post(async |State(world): State<World>| world.go1().expire_access_tokens()),
        )
        .route(
            "/_control/void-refresh-tokens",
            post(async |State(world): State<World>| world.go1().void_refresh_tokens()),
        )
        .route("/_control/retire-course", post(retire_course))
}

async fn summary(State(world): State<World>) -> Json<Value> {
    let side = world.go1();
    Json(json!({
        "portals": side.summaries(),
        "calls": world.go1_gate().calls_by_endpoint(),
        "highest_calls_in_one_second": side.highest_calls_in_one_second(None),
        "highest_in_flight": side.highest_calls_in_flight(None),
        "refused_by_rate_limit": side.refused_by_rate_limit(),
        "welcome_mails": side.welcome_mails().len(),
        "re_enrollments": side.re_enrollments(),
    }))
}

/// A portal with its people and enrolments.
async fn portal(
    State(world): State<World>,
    axum::extract::Path(domain): axum::extract::Path<String>,
) -> Result<Json<Value>, StatusCode> {
    let side = world.go1();
    let portal = side.portal(&domain).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(json!({
        "user_accounts": side.user_accounts(&portal.id),
        "enrollments": side.enrollments(&portal.id),
        "portal": portal,
    })))
}

#[derive(Deserialize)]
struct Retire {
    lo_id: String,
}

async fn retire_course(State(world): State<World>, Json(order): Json<Retire>) -> StatusCode {
    if world.go1().retire_course(&order.lo_id) { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}
