//! The control API of the fake GO1.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{self, Advance, CallsFrom, ClientSecrets, NewFaults, Pace};
use crate::request_log::RequestLog;
use crate::settings::Duplicates;
use crate::world::World;

pub(crate) fn router() -> Router<World> {
    Router::new()
        .route("/_control/summary", get(summary))
        .route(
            "/_control/calls",
            get(async |State(world): State<World>, Query(query): Query<CallsFrom>| {
                control::calls(world.go1().call_log(), &query)
            }),
        )
        .route("/_control/portals/{domain}", get(portal))
        .route("/_control/welcome-mails", get(async |State(world): State<World>| Json(world.go1().welcome_mails())))
        .route("/_control/reset", post(async |State(world): State<World>| world.reset()))
        .route(
            "/_control/faults",
            get(async |State(world): State<World>| Json(world.go1().faults().remaining()))
                .post(async |State(world): State<World>, Json(new): Json<NewFaults>| {
                    control::add_faults(&world.go1().faults(), new)
                })
                .delete(async |State(world): State<World>| world.go1().faults().clear()),
        )
        .route(
            "/_control/pace",
            post(async |State(world): State<World>, Json(pace): Json<Pace>| {
                control::set_pace(world.go1_interceptor(), &pace)
            }),
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
        .route(
            "/_control/client-secrets",
            post(async |State(world): State<World>, Json(body): Json<ClientSecrets>| {
                world.go1().set_client_secrets(body.secrets);
            }),
        )
        .route("/_control/retire-course", post(retire_course))
        .route("/_control/enrollment-status", post(set_enrollment_status))
        .route("/_control/lists-behind", post(set_lists_behind))
        .route("/_control/duplicates", post(set_duplicates))
}

async fn summary(State(world): State<World>) -> Json<Value> {
    let go1 = world.go1();
    Json(json!({
        "portals": go1.summaries(),
        "calls": world.go1_interceptor().with_log(RequestLog::count_by_endpoint),
        "highest_calls_in_one_second": go1.highest_calls_in_one_second(None),
        "highest_in_flight": go1.highest_calls_in_flight(None),
        "refused_by_rate_limit": go1.refused_by_rate_limit(),
        "welcome_mails": go1.welcome_mails().len(),
        "re_enrollments": go1.re_enrollments(),
    }))
}

/// A portal with its accounts and enrolments.
async fn portal(
    State(world): State<World>,
    axum::extract::Path(domain): axum::extract::Path<String>,
) -> Result<Json<Value>, StatusCode> {
    let go1 = world.go1();
    let portal = go1.portal(&domain).ok_or(StatusCode::NOT_FOUND)?;
    Ok(Json(json!({
        "user_accounts": go1.user_accounts(&portal.id),
        "enrollments": go1.enrollments(&portal.id),
        "portal": portal,
    })))
}

#[derive(Deserialize)]
struct RetiredCourse {
    lo_id: String,
}

#[derive(Deserialize)]
struct EnrollmentStatus {
    id: String,
    status: String,
}

async fn set_enrollment_status(State(world): State<World>, Json(new): Json<EnrollmentStatus>) -> StatusCode {
    let is_set = world.go1().set_enrollment_status(&new.id, &new.status);
    if is_set { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn retire_course(State(world): State<World>, Json(course): Json<RetiredCourse>) -> StatusCode {
    if world.go1().retire_course(&course.lo_id) { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

#[derive(Deserialize)]
struct NewDuplicates {
    answer: Duplicates,
}

async fn set_duplicates(State(world): State<World>, Json(new): Json<NewDuplicates>) {
    world.state().go1.duplicates = new.answer;
}

#[derive(Deserialize)]
struct ListsBehind {
    domain: String,
    seconds: u32,
}

async fn set_lists_behind(State(world): State<World>, Json(lists): Json<ListsBehind>) -> StatusCode {
    let go1 = world.go1();
    let Some(portal) = go1.portal(&lists.domain) else { return StatusCode::NOT_FOUND };
    go1.set_lists_behind(&portal.id, SignedDuration::from_secs(lists.seconds.into()));
    StatusCode::NO_CONTENT
}
