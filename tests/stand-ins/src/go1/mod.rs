//! The fake GO1: tokens, portals, user accounts, enrolments, courses and the home pages of portals, on one router.

mod api;
mod authorize;
mod client;
mod control;
mod current_user;
pub mod endpoint;
mod enrollments;
mod fake;
mod fields;
mod home;
mod learning_objects;
mod limits;
mod listed;
mod observed;
mod pictures;
mod places;
mod portals;
mod roles;
mod rules;
mod scopes;
mod scripted_changes;
mod state;
pub(crate) mod tokens;
mod upstream;
mod user_accounts;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::upstream::intercept;
use crate::world::World;

pub use client::{CLIENT_ID, CLIENT_SECRET};
pub use fake::{FakeGo1, PortalSummary};
pub use roles::{ADMINISTRATOR, ASSESSOR, CONTENT_ADMINISTRATOR, LEARNER, MANAGER};
pub use scripted_changes::{NewTokens, OpenedPortal};
pub(crate) use state::Go1State;
pub use state::{Enrollment, Portal, UserAccount};

/// The routes of GO1's login, API and portals, and of the control API.
pub fn router(world: World) -> Router {
    let go1 = FakeGo1(world.clone());
    Router::new()
        .route("/", get(home::front))
        .route("/images/{file}", get(pictures::image))
        .route("/portals-home/{domain}", get(home::home))
        .route("/portals-home/{domain}/", get(home::home))
        .route("/portals-home/{domain}/integrations", get(home::integrations))
        .route("/oauth/token", post(tokens::token))
        .route("/oauth/authorize", get(authorize::page).post(authorize::decide))
        .route("/portals", post(portals::create).get(portals::list))
        .route("/portals/{id}", get(portals::read))
        .route("/user-accounts", post(user_accounts::create).get(user_accounts::list))
        .route("/user-accounts/{id}", get(user_accounts::read).patch(user_accounts::update))
        .route("/user-accounts/{id}/login", post(user_accounts::login))
        .route("/enrollments", post(enrollments::create).get(enrollments::list))
        .route("/enrollments/{id}", get(enrollments::read).delete(enrollments::remove))
        .route("/learning-objects", get(learning_objects::list))
        .route("/learning-objects/{id}", get(learning_objects::read))
        .route("/v2/me", get(current_user::me))
        .merge(control::router())
        .fallback(api::not_found)
        .layer(from_fn_with_state(go1, intercept::<FakeGo1>))
        .with_state(world)
}
