//! The fake GO1: tokens, portals, user accounts, enrolments, courses and the home pages of portals, on one router.

mod api;
mod authorize;
mod control;
mod current_user;
mod enrollments;
mod fake;
mod fields;
mod home;
mod learning_objects;
mod limits;
mod pictures;
mod portals;
mod scripted_changes;
mod state;
mod tokens;
mod upstream;
mod user_accounts;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::interceptor::intercept;
use crate::world::World;

pub use fake::{FakeGo1, PortalSummary};
pub use scripted_changes::{NewTokens, OpenedPortal};
pub(crate) use state::Go1State;
pub use state::{Enrollment, Portal, UserAccount};

/// The client id of the partner app that is registered at the fake GO1.
pub const CLIENT_ID: &str = "local-go1-client";
/// The client secret of that app.
pub const CLIENT_SECRET: &str = "local-go1-secret";

// The ids of the roles, which are the same in every portal.
pub const LEARNER: &str = "rol_01G3PZS7NZ0CF95J340P55FSZH";
pub const MANAGER: &str = "rol_01G3PZS7NZBW04V44QBM48PP0C";
pub const CONTENT_ADMINISTRATOR: &str = "rol_01G3PZS7NXC78RP57SG0EXD0Z5";
pub const ADMINISTRATOR: &str = "rol_01G3PZS7NCBKB170TEP3CC2BBH";
pub const ASSESSOR: &str = "rol_01G3PZS7NY0579J21R4WB52HKJ";

/// The names of the endpoints, for the request log and for faults.
pub mod endpoint {
    /// `POST /oauth/token`
    pub const TOKEN: &str = "token";
    /// `GET /oauth/authorize`
    pub const AUTHORIZE: &str = "authorize";
    /// `POST /portals`
    pub const CREATE_PORTAL: &str = "create-portal";
    /// `GET /portals`
    pub const LIST_PORTALS: &str = "list-portals";
    /// `GET /portals/{id}`
    pub const GET_PORTAL: &str = "get-portal";
    /// `POST /user-accounts`
    pub const CREATE_USER_ACCOUNT: &str = "create-user-account";
    /// `GET /user-accounts`
    pub const LIST_USER_ACCOUNTS: &str = "list-user-accounts";
    /// `GET /user-accounts/{id}`
    pub const GET_USER_ACCOUNT: &str = "get-user-account";
    /// `PATCH /user-accounts/{id}`
    pub const UPDATE_USER_ACCOUNT: &str = "update-user-account";
    /// `POST /user-accounts/{id}/login`
    pub const LOGIN: &str = "login";
    /// `POST /enrollments`
    pub const CREATE_ENROLLMENT: &str = "create-enrollment";
    /// `GET /enrollments`
    pub const LIST_ENROLLMENTS: &str = "list-enrollments";
    /// `GET /enrollments/{id}`
    pub const GET_ENROLLMENT: &str = "get-enrollment";
    /// `DELETE /enrollments/{id}`
    pub const DELETE_ENROLLMENT: &str = "delete-enrollment";
    /// `GET /learning-objects`
    pub const LIST_LEARNING_OBJECTS: &str = "list-learning-objects";
    /// `GET /learning-objects/{id}`
    pub const GET_LEARNING_OBJECT: &str = "get-learning-object";
    /// `GET /v2/me`
    pub const ME: &str = "me";
    /// `GET /v2/account`
    pub const ACCOUNT: &str = "account";
}

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
        .route("/v2/account", get(current_user::account))
        .merge(control::router())
        .fallback(api::not_found)
        .layer(from_fn_with_state(go1, intercept::<FakeGo1>))
        .with_state(world)
}
