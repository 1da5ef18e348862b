#![doc = include_str!("../README.md")]

mod callback;
mod consented_organisations;
mod counting;
mod delete;
mod disconnect;
mod given_consent;
mod organisations;
mod readiness;
mod refusals;
mod sign_in;
mod sign_out;
mod xero_callback;

use axum::Router;
use axum::routing::{get, post};
use visiting::layered;

pub use crate::xero_callback::{Callback, CallbackState};

pub fn router(callback: Callback) -> Router {
    let visitors = callback.visitors.clone();
    let routes = Router::new()
        .route("/oauth/xero/callback", get(callback::arrive))
        .route("/organisations", get(organisations::show).post(organisations::confirm))
        .route("/organisations/permission", get(readiness::permission))
        .route("/organisations/payroll", get(readiness::payroll_role))
        .route("/disconnect", get(disconnect::ask).post(disconnect::disconnect))
        .route("/delete", get(delete::ask).post(delete::delete))
        .route("/signout/everywhere", post(sign_out::everywhere))
        .with_state(callback);
    layered(routes, &visitors)
}
