//! The names of the endpoints, for the request log and for faults.

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
