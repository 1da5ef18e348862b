//! The part of the control API that changes organisations. It takes them by their names.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::control_people;
use crate::control::no_content_or_not_found;
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

#[derive(Deserialize)]
struct NewOrganisations {
    count: usize,
    /// How many people each of them has.
    people: usize,
}

/// Adds organisations, and answers who owns which.
async fn add_organisations(State(world): State<World>, Json(change): Json<NewOrganisations>) -> Json<Value> {
    let made = world.xero().add_organisations(change.count, change.people);
    let rows = made.into_iter().map(|(owner, organisation)| {
        json!({
            "organisation": organisation.name, "owner": owner.email,
            "given_name": owner.given_name, "family_name": owner.family_name,
        })
    });
    Json(rows.collect())
}

#[derive(Deserialize)]
struct OrganisationName {
    organisation: String,
}

/// Removes the connections of an organisation, as its owner would in Xero itself.
async fn disconnect(State(world): State<World>, Json(change): Json<OrganisationName>) -> StatusCode {
    let found = world.xero().organisation(&change.organisation);
    no_content_or_not_found(found.map(|organisation| world.xero().disconnect(&organisation.tenant_id)).is_some())
}

async fn reset_demo(State(world): State<World>, Json(change): Json<OrganisationName>) -> StatusCode {
    no_content_or_not_found(world.xero().reset_demo(&change.organisation))
}

/// Answers 409 where the organisation is not on trial.
async fn end_trial(State(world): State<World>, Json(change): Json<OrganisationName>) -> StatusCode {
    let known = world.xero().organisation(&change.organisation).is_some();
    if known && !world.xero().end_trial(&change.organisation) {
        StatusCode::CONFLICT
    } else {
        no_content_or_not_found(known)
    }
}

async fn close(State(world): State<World>, Json(change): Json<OrganisationName>) -> StatusCode {
    no_content_or_not_found(world.xero().close_organisation(&change.organisation))
}

#[derive(Deserialize)]
struct SetClass {
    organisation: String,
    class: String,
}

async fn set_class(State(world): State<World>, Json(change): Json<SetClass>) -> StatusCode {
    no_content_or_not_found(
        world.xero().edit_organisation(&change.organisation, |organisation| organisation.class = change.class),
    )
}

#[derive(Deserialize)]
struct SetPayroll {
    organisation: String,
    payroll: PayrollState,
}

async fn set_payroll(State(world): State<World>, Json(change): Json<SetPayroll>) -> StatusCode {
    no_content_or_not_found(
        world.xero().edit_organisation(&change.organisation, |organisation| organisation.payroll = change.payroll),
    )
}

#[derive(Deserialize)]
struct SetPaging {
    organisation: String,
    paging: PayrollPaging,
}

async fn set_paging(State(world): State<World>, Json(change): Json<SetPaging>) -> StatusCode {
    no_content_or_not_found(
        world.xero().edit_organisation(&change.organisation, |organisation| organisation.paging = change.paging),
    )
}

#[derive(Deserialize)]
struct RemoveMember {
    organisation: String,
    email: String,
}

async fn remove_member(State(world): State<World>, Json(change): Json<RemoveMember>) -> StatusCode {
    no_content_or_not_found(world.xero().remove_member(&change.organisation, &change.email))
}

/// A change of what somebody may do in an organisation. What is left out stays as it is.
#[derive(Deserialize)]
struct SetRole {
    organisation: String,
    email: String,
    role: Option<String>,
    payroll_administrator: Option<bool>,
}

async fn set_role(State(world): State<World>, Json(change): Json<SetRole>) -> StatusCode {
    let (xero, organisation, email) = (world.xero(), change.organisation.as_str(), change.email.as_str());
    let role = change.role.is_none_or(|role| xero.set_role(organisation, email, &role));
    let payroll = change.payroll_administrator;
    no_content_or_not_found(role && payroll.is_none_or(|may| xero.set_payroll_administrator(organisation, email, may)))
}
