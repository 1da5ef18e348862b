//! The endpoints of the Australian payroll: the list of employees, and one employee in full, which the product must not ask
//! for.

use std::collections::HashMap;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;

use super::api::{Refusal, envelope, problem, query_error, tenant_call};
use crate::employee::{Employee, EmployeeStatus};
use crate::organisations::{Organisation, PayrollPaging, PayrollState};
use crate::settings::WorldSettings;
use crate::world::{State as WorldState, World};

const SCOPES: [&str; 2] = ["payroll.employees.read", "payroll.employees"];
const PAGE_SIZE: usize = 100;
/// How many rows of the page before an overlapping page repeats.
const OVERLAP: usize = 10;

/// The organisation whose payroll is asked for, if the caller may see it and there is one.
fn payroll(
    state: &mut WorldState,
    settings: &WorldSettings,
    headers: &HeaderMap,
    now: Timestamp,
) -> Result<Organisation, Refusal> {
    let (member, organisation) = tenant_call(state, headers, now, SCOPES)?;
    let refused = matches!(organisation.payroll, PayrollState::NotOffered | PayrollState::Refused);
    if !member.payroll_administrator || refused {
        return Err(Box::new(problem(state, StatusCode::UNAUTHORIZED, &settings.xero_payroll_refusal)));
    }
    if organisation.payroll == PayrollState::NotProvisioned {
        let text = "Payroll has not been provisioned for this organisation";
        return Err(Box::new((StatusCode::NOT_FOUND, text).into_response()));
    }
    Ok(organisation)
}

/// `GET /payroll.xro/1.0/Employees[?page=][&where=][&order=]`
pub(crate) async fn employees(
    State(world): State<World>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let now = world.now();
    let mut state = world.state();
    let Organisation { mut employees, paging, .. } = match payroll(&mut state, world.settings(), &headers, now) {
        Ok(organisation) => organisation,
        Err(refusal) => return *refusal,
    };
    match query.get("where").map(|text| text.replace(' ', "")).as_deref() {
        None => {}
        Some("Status==\"ACTIVE\"") => employees.retain(|employee| employee.status == EmployeeStatus::Active),
        Some("Status==\"TERMINATED\"") => employees.retain(|employee| employee.status == EmployeeStatus::Terminated),
        Some(_) => return query_error("Expression expected (at index 0)"),
    }
    match query.get("order").map(|text| text.trim_end_matches(" DESC").trim_end_matches(" ASC")) {
        None | Some("EmployeeID" | "UpdatedDateUTC") => {}
        Some("LastName") => employees.sort_by(|one, other| one.last_name.cmp(&other.last_name)),
        Some("FirstName") => employees.sort_by(|one, other| one.first_name.cmp(&other.first_name)),
        Some("Email") => employees.sort_by(|one, other| one.email.cmp(&other.email)),
        Some(field) => {
            return query_error(&format!("No property or field '{field}' exists in type 'Employee' (at index 0)"));
        }
    }
    let page = match query.get("page").map(|page| page.parse::<usize>()) {
        None => 1,
        Some(Ok(page)) if page > 0 => page,
        Some(_) => return query_error("The page must be a number from 1 on"),
    };
    let step = match paging {
        PayrollPaging::Proper => PAGE_SIZE,
        PayrollPaging::PageIgnored => 0,
        PayrollPaging::Overlapping => PAGE_SIZE - OVERLAP,
    };
    let rows = employees.iter().skip((page - 1).saturating_mul(step)).take(PAGE_SIZE).map(Employee::summary).collect();
    envelope(&mut state, &headers, now, "Employees", rows)
}

/// `GET /payroll.xro/1.0/Employees/{id}`: it is answered, so that a test sees in the request log whether somebody asks.
pub(crate) async fn employee_detail(
    State(world): State<World>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Response {
    let now = world.now();
    let mut state = world.state();
    let organisation = match payroll(&mut state, world.settings(), &headers, now) {
        Ok(organisation) => organisation,
        Err(refusal) => return *refusal,
    };
    let Some(employee) = organisation.employees.iter().find(|employee| employee.employee_id == id) else {
        return (StatusCode::NOT_FOUND, "The resource you're looking for cannot be found").into_response();
    };
    envelope(&mut state, &headers, now, "Employees", vec![employee.detail()])
}
