//! The names of the endpoints, for the request log and for faults.

/// `GET /identity/connect/authorize`
pub const AUTHORIZE: &str = "authorize";
/// `POST /connect/token`
pub const TOKEN: &str = "token";
/// `POST /connect/revocation`
pub const REVOCATION: &str = "revocation";
/// `GET /.well-known/openid-configuration`
pub const DISCOVERY: &str = "discovery";
/// `GET /.well-known/openid-configuration/jwks`
pub const JWKS: &str = "jwks";
/// `GET /connections`
pub const CONNECTIONS: &str = "connections";
/// `DELETE /connections/{id}`
pub const DELETE_CONNECTION: &str = "delete-connection";
/// `GET /api.xro/2.0/Organisation`
pub const ORGANISATION: &str = "organisation";
/// `GET /api.xro/2.0/Organisation/Actions`
pub const ACTIONS: &str = "actions";
/// `GET /api.xro/2.0/Users`
pub const USERS: &str = "users";
/// `GET /api.xro/2.0/ContactGroups`
pub const CONTACT_GROUPS: &str = "contact-groups";
/// `GET /api.xro/2.0/ContactGroups/{id}`
pub const CONTACT_GROUP: &str = "contact-group";
/// `GET /api.xro/2.0/Contacts`
pub const CONTACTS: &str = "contacts";
/// `GET /payroll.xro/1.0/Employees`
pub const EMPLOYEES: &str = "employees";
/// `GET /payroll.xro/1.0/Employees/{id}`, which the product must not call
pub const EMPLOYEE_DETAIL: &str = "employee-detail";
