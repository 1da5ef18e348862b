#![doc = include_str!("../README.md")]

mod confirm;
mod get_started;
mod importer;
mod portal;
mod portal_address;
mod progress;
mod provisioning;
mod report;
mod retry;
mod standing;
mod stop;

use axum::Router;
use axum::routing::{get, post};
use visiting::layered;

pub use crate::importer::{Importer, ImporterState};

pub fn router(importer: Importer) -> Router {
    let visitors = importer.visitors.clone();
    let routes = Router::new()
        .route("/imports", post(confirm::confirm))
        .route("/imports/skip", post(confirm::skip))
        .route("/imports/{import}", get(progress::show))
        .route("/imports/{import}/retry", post(retry::retry))
        .route("/imports/{import}/stop", post(stop::stop))
        .route("/imports/{import}/report.csv", get(report::download))
        .route("/portal-address", get(portal_address::show).post(portal_address::choose))
        .route("/get-started", get(get_started::show).post(get_started::open))
        .with_state(importer);
    layered(routes, &visitors)
}
