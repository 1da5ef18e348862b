//! The stand-in for GO1: tokens, portals, user accounts, enrolments, courses and a portal home, on one router.

mod api;
mod authorize;
mod control;
mod enrollments;
mod fields;
mod home;
mod learning_objects;
mod limits;
mod people;
mod pictures;
mod portals;
mod presets;
mod side;
mod state;
mod tokens;
mod user_accounts;

use axum::Router;
use axum::routing::{get, post};

use crate::world::World;

pub use presets::NewTokens;
pub use side::{Go1Side, OpenedPortal, PortalSummary};
pub(crate) use state::Go1State;
pub use state::{Enrollment, Portal, UserAccount};

/// The client id of the partner app registered at this GO1.
pub const CLIENT_ID: &str = "local-go1-client";
/// The secret of the partner app registered at this GO1.
pub const CLIENT_SECRET: &str = "local-go1-secret";

/// The role of learners.
pub const LEARNER: &str = "rol_01G3PZS7NZ0CF95J340P55FSZH";
/// The role of managers.
pub const MANAGER: &str = "rol_01G3PZS7NZBW04V44QBM48PP0C";
/// The role of content administrators.
pub const CONTENT_ADMINISTRATOR: &str = "rol_01G3PZS7NXC78RP57SG0EXD0Z5";
/// The role of administrators.
pub const ADMINISTRATOR: &str = "rol_01G3PZS7NCBKB170TEP3CC2BBH";
/// The role of assessors.
pub const ASSESSOR: &str = "rol_01G3PZS7NY0579J21R4WB52HKJ";

/// The names of the endpoints, for counts and faults.
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

/// The whole of GO1: login, API and portals in one.
pub fn router(world: World) -> Router {
    let side = Go1Side(world.clone());
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
        .route("/v2/me", get(people::me))
        .route("/v2/account", get(people::account))
        .merge(control::router())
        .fallback(api::not_found)
        .layer(axum::middleware::from_fn_with_state(side, crate::gate::pass::<Go1Side>))
        .with_state(world)
}
