//! The part of the control API that shows and changes people: employees on a payroll and Xero users of an organisation.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::control::no_content_or_not_found;
use crate::employee::{Employee, EmployeeStatus};
use crate::organisations::OrganisationUser;
use crate::world::World;

pub(crate) fn router() -> Router<World> {
    Router::new()
        .route("/_control/head-count", post(head_count))
        .route("/_control/employees", get(employees).post(change_employee))
        .route("/_control/users", get(users).post(change_user))
        .route("/_control/contacts", get(contacts))
}

#[derive(Deserialize)]
struct HeadCount {
    organisation: String,
    count: usize,
}

async fn head_count(State(world): State<World>, Json(change): Json<HeadCount>) -> StatusCode {
    no_content_or_not_found(world.xero().set_head_count(&change.organisation, change.count))
}

#[derive(Deserialize)]
struct OfOrganisation {
    organisation: String,
}

/// The employees of an organisation, with the fields that a check of an import needs.
async fn employees(State(world): State<World>, Query(query): Query<OfOrganisation>) -> Result<Json<Value>, StatusCode> {
    let organisation = world.xero().organisation(&query.organisation).ok_or(StatusCode::NOT_FOUND)?;
    let rows = organisation.employees.iter().map(|employee| {
        let terminated = employee.status == EmployeeStatus::Terminated;
        json!({ "employee_id": employee.employee_id, "email": employee.email, "terminated": terminated })
    });
    Ok(Json(rows.collect()))
}

/// Adds an employee, or changes the one with this `employee_id`.
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

/// The Xero users of an organisation, with the fields that a check of an import needs.
async fn users(State(world): State<World>, Query(query): Query<OfOrganisation>) -> Result<Json<Value>, StatusCode> {
    let organisation = world.xero().organisation(&query.organisation).ok_or(StatusCode::NOT_FOUND)?;
    let rows = organisation.users.iter();
    let rows = rows.map(|user| json!({ "user_id": user.user_id, "email": user.email, "role": user.role }));
    Ok(Json(rows.collect()))
}

#[derive(Deserialize)]
struct OfGroup {
    organisation: String,
    group: String,
}

/// The contacts of a contact group, with the fields that a check of an import needs.
async fn contacts(State(world): State<World>, Query(query): Query<OfGroup>) -> Result<Json<Value>, StatusCode> {
    let organisation = world.xero().organisation(&query.organisation).ok_or(StatusCode::NOT_FOUND)?;
    let group = organisation.contact_groups.iter().find(|group| group.name == query.group);
    let group = group.ok_or(StatusCode::NOT_FOUND)?;
    let rows = organisation.contacts.iter().filter(|contact| group.contacts.contains(&contact.contact_id));
    let rows = rows.map(|each| json!({ "contact_id": each.contact_id, "email": each.email, "status": each.status }));
    Ok(Json(rows.collect()))
}

/// Adds a Xero user, or changes the one with this `user_id`.
#[derive(Deserialize)]
struct UserChange {
    organisation: String,
    user_id: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    role: Option<String>,
}

async fn change_user(State(world): State<World>, Json(change): Json<UserChange>) -> Response {
    let mut state = world.state();
    let state = &mut *state;
    let mut organisations = state.xero.organisations.iter_mut();
    let Some(organisation) = organisations.find(|each| each.name == change.organisation) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let user_id = change.user_id.unwrap_or_else(|| {
        let user_id = state.random.uuid();
        organisation.users.push(OrganisationUser {
            user_id: user_id.clone(),
            email: None,
            first_name: "New".to_owned(),
            last_name: "Starter".to_owned(),
            role: "STANDARD".to_owned(),
            is_subscriber: false,
        });
        user_id
    });
    let Some(user) = organisation.users.iter_mut().find(|user| user.user_id == user_id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if let Some(first_name) = change.first_name {
        user.first_name = first_name;
    }
    if let Some(last_name) = change.last_name {
        user.last_name = last_name;
    }
    if change.email.is_some() {
        user.email = change.email;
    }
    if let Some(role) = change.role {
        user.role = role;
    }
    Json(json!({ "user_id": user.user_id })).into_response()
}
