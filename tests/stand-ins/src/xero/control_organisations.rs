//! The part of the control interface that changes organisations, by their names.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::control_people;
use crate::organisations::{PayrollPaging, PayrollState};
use crate::world::World;

pub(crate) fn router() -> Router<World> {
    Router::new()
        .route("/_control/organisations", post(add_organisations))
        .route("/_control/disconnect", post(disconnect))
        .route("/_control/reset-demo", post(reset_demo))
        .route("/_control/end-trial", post(end_trial))
        .route("/_control/close-organisation", post(close))
        .route("/_control/set-class", post(set_class))
        .route("/_control/set-payroll", post(set_payroll))
        .route("/_control/set-paging", post(set_paging))
        .route("/_control/remove-member", post(remove_member))
        .route("/_control/set-role", post(set_role))
        .merge(control_people::router())
}

/// 204, or 404 where nobody and nothing goes by that name.
pub(crate) fn done(known: bool) -> StatusCode {
    if known { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

/// So many new organisations, each with so many people.
#[derive(Deserialize)]
struct Many {
    count: usize,
    people: usize,
}

/// Adds organisations, and says who owns them.
async fn add_organisations(State(world): State<World>, Json(order): Json<Many>) -> Json<Value> {
    let made = world.xero().add_organisations(order.count, order.people);
    let rows = made.into_iter().map(|(owner, organisation)| {
        json!({
            "organisation": organisation.name, "owner": owner.email,
            "given_name": owner.given_name, "family_name": owner.family_name,
        })
    });
    Json(rows.collect())
}

/// An organisation, by name.
#[derive(Deserialize)]
struct Named {
    organisation: String,
}

/// Removes the connections of an organisation, as its owner would in Xero itself.
async fn disconnect(State(world): State<World>, Json(order): Json<Named>) -> StatusCode {
    let found = world.xero().organisation(&order.organisation);
    done(found.map(|organisation| world.xero().disconnect(&organisation.tenant_id)).is_some())
}

async fn reset_demo(State(world): State<World>, Json(order): Json<Named>) -> StatusCode {
    done(world.xero().reset_demo(&order.organisation))
}

/// 409 where the organisation is not on trial.
async fn end_trial(State(world): State<World>, Json(order): Json<Named>) -> StatusCode {
    let known = world.xero().organisation(&order.organisation).is_some();
    if known && !world.xero().end_trial(&order.organisation) { StatusCode::CONFLICT } else { done(known) }
}

async fn close(State(world): State<World>, Json(order): Json<Named>) -> StatusCode {
    done(world.xero().close_organisation(&order.organisation))
}

#[derive(Deserialize)]
struct SetClass {
    organisation: String,
    class: String,
}

async fn set_class(State(world): State<World>, Json(order): Json<SetClass>) -> StatusCode {
    done(world.xero().edit_organisation(&order.organisation, |organisation| organisation.class = order.class))
}

#[derive(Deserialize)]
struct SetPayroll {
    organisation: String,
    payroll: PayrollState,
}

async fn set_payroll(State(world): State<World>, Json(order): Json<SetPayroll>) -> StatusCode {
    done(world.xero().edit_organisation(&order.organisation, |organisation| organisation.payroll = order.payroll))
}

#[derive(Deserialize)]
struct SetPaging {
    organisation: String,
    paging: PayrollPaging,
}

async fn set_paging(State(world): State<World>, Json(order): Json<SetPaging>) -> StatusCode {
    done(world.xero().edit_organisation(&order.organisation, |organisation| organisation.paging = order.paging))
}

#[derive(Deserialize)]
struct RemoveMember {
    organisation: String,
    email: String,
}

async fn remove_member(State(world): State<World>, Json(order): Json<RemoveMember>) -> StatusCode {
    done(world.xero().remove_member(&order.organisation, &order.email))
}

/// What somebody may do in an organisation; what is left out stays.
#[derive(Deserialize)]
struct SetRole {
    organisation: String,
    email: String,
    role: Option<String>,
    payroll_administrator: Option<bool>,
}

async fn set_role(State(world): State<World>, Json(order): Json<SetRole>) -> StatusCode {
    let (xero, organisation, email) = (world.xero(), order.organisation.as_str(), order.email.as_str());
    let role = order.role.is_none_or(|role| xero.set_role(organisation, email, &role));
    let payroll = order.payroll_administrator;
    done(role && payroll.is_none_or(|may| xero.set_payroll_administrator(organisation, email, may)))
}
