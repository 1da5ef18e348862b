#![doc = include_str!("../README.md")]

mod courses;
mod groups;
mod people;
mod preview;

use axum::Router;
use axum::routing::get;
use visiting::layered;

pub use crate::preview::{Preview, PreviewState};

pub fn router(preview: Preview) -> Router {
    let visitors = preview.visitors.clone();
    let routes = Router::new()
        .route("/preview", get(courses::show))
        .route("/preview/people", get(people::show).post(people::look))
        .route("/preview/groups", get(groups::show).post(groups::choose))
        .with_state(preview);
    layered(routes, &visitors)
}
