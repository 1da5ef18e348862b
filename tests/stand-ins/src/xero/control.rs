//! The control interface of the Xero stand-in.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::{self, Advance, Orders, Pace};
use crate::employee::{Employee, EmployeeStatus};
use crate::world::World;

pub(crate) fn router() -> Router<World> {
    Router::new()
        .route("/_control/summary", get(summary))
        .route("/_control/calls", get(async |State(world): State<World>| Json(world.xero().call_log())))
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
        .route("/_control/disconnect", post(disconnect))
        .route("/_control/head-count", post(head_count))
        .route("/_control/employees", get(employees).post(change_employee))
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
struct Disconnect {
    organisation: String,
}

/// Removes the connections of an organisation, by name, as its owner would in Xero itself.
async fn disconnect(State(world): State<World>, Json(order): Json<Disconnect>) -> StatusCode {
    match world.xero().organisation(&order.organisation) {
        Some(organisation) => {
            world.xero().disconnect(&organisation.tenant_id);
            StatusCode::NO_CONTENT
        }
        None => StatusCode::NOT_FOUND,
    }
}

#[derive(Deserialize)]
struct HeadCount {
    organisation: String,
    count: usize,
}

/// Replaces a payroll by so many people without any trouble.
async fn head_count(State(world): State<World>, Json(order): Json<HeadCount>) -> StatusCode {
    let known = world.xero().set_head_count(&order.organisation, order.count);
    if known { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

#[derive(Deserialize)]
struct Payroll {
    organisation: String,
}

/// Everybody on a payroll, as far as a check of an import needs them.
async fn employees(State(world): State<World>, Query(payroll): Query<Payroll>) -> Result<Json<Value>, StatusCode> {
    let organisation = world.xero().organisation(&payroll.organisation).ok_or(StatusCode::NOT_FOUND)?;
    let rows = organisation.employees.iter().map(|employee| {
        let terminated = employee.status == EmployeeStatus::Terminated;
        json!({ "employee_id": employee.employee_id, "email": employee.email, "terminated": terminated })
    });
    Ok(Json(rows.collect()))
}

/// Adds somebody to a payroll, or changes the one with this `employee_id`.
#[derive(Deserialize)]
struct EmployeeChange {
    organisation: String,
    employee_id: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    terminated: Option<bool>,
}

async fn change_employee(State(world): State<World>, Json(change): Json<EmployeeChange>) -> Response {
    let now = world.now();
    let mut state = world.state();
    let state = &mut *state;
    let mut organisations = state.xero.organisations.iter_mut();
    let Some(organisation) = organisations.find(|each| each.name == change.organisation) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let employees = &mut organisation.employees;
    let position = if let Some(id) = &change.employee_id {
        employees.iter().position(|employee| employee.employee_id == *id)
    } else {
        employees.push(Employee::new(&mut state.random, "New", "Starter", None));
        Some(employees.len() - 1)
    };
    let Some(employee) = position.and_then(|position| employees.get_mut(position)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    employee.updated = now;
    if let Some(first_name) = change.first_name {
        employee.first_name = first_name;
    }
    if let Some(last_name) = change.last_name {
        employee.last_name = last_name;
    }
    if change.email.is_some() {
        employee.email = change.email;
    }
    if let Some(terminated) = change.terminated {
        employee.status = if terminated { EmployeeStatus::Terminated } else { EmployeeStatus::Active };
    }
    Json(json!({ "employee_id": employee.employee_id })).into_response()
}
