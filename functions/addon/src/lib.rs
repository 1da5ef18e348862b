#![doc = include_str!("../README.md")]

mod addon;
mod arrival;
mod callback;
mod disconnect;
mod erase;
mod history;
mod imported;
mod login;
mod named_administrator;
mod overview;
mod receipts;
mod settings;
mod undo;
mod users;

use axum::Router;
use axum::routing::{get, post};
use visiting::layered;

pub use crate::addon::{Addon, AddonState};

pub fn router(addon: Addon) -> Router {
    let visitors = addon.visitors.clone();
    let routes = Router::new()
        .route("/oauth/go1/callback", get(callback::arrive))
        .route("/portal", get(overview::show))
        .route("/portal/check", post(overview::check))
        .route("/portal/login", get(login::begin))
        .route("/portal/logout", post(login::log_out))
        .route("/portal/connect", get(login::connect))
        .route("/portal/users", get(users::show))
        .route("/portal/settings", get(settings::show))
        .route("/portal/settings/end-owner", post(settings::end_owner))
        .route("/portal/settings/sign-out-others", post(settings::sign_out_others))
        .route("/portal/disconnect", post(disconnect::disconnect))
        .route("/portal/undo/{import}", get(undo::ask).post(undo::confirm))
        .route("/portal/erase", get(erase::ask).post(erase::erase))
        .route("/portal/receipts/{receipt}", get(receipts::show))
        .route("/portal/receipts/{receipt}/text", get(receipts::download))
        .with_state(addon);
    layered(routes, &visitors)
}
