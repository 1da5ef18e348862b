//! What the middleware has to know about Xero: its endpoints, its tenants, its rate limits and its headers.

use axum::http::request::Parts;
use axum::http::{HeaderValue, Method};
use axum::response::Response;

use super::endpoint;
use super::fake::FakeXero;
use crate::interceptor::Interceptor;
use crate::upstream::{Permit, Upstream};
use crate::world::World;

impl Upstream for FakeXero {
    fn world(&self) -> &World {
        &self.0
    }

    fn interceptor(&self) -> &Interceptor {
        self.0.xero_interceptor()
    }

    fn endpoint(method: &Method, path: &str) -> Option<&'static str> {
        let name = match (method, path) {
            (&Method::GET, "/identity/connect/authorize") => endpoint::AUTHORIZE,
            (&Method::POST, "/connect/token") => endpoint::TOKEN,
            (&Method::POST, "/connect/revocation") => endpoint::REVOCATION,
            (&Method::GET, "/.well-known/openid-configuration") => endpoint::DISCOVERY,
            (&Method::GET, "/.well-known/openid-configuration/jwks") => endpoint::JWKS,
            (&Method::GET, "/connections") => endpoint::CONNECTIONS,
            (&Method::DELETE, path) if path.starts_with("/connections/") => endpoint::DELETE_CONNECTION,
            (&Method::GET, "/api.xro/2.0/Organisation") => endpoint::ORGANISATION,
            (&Method::GET, "/api.xro/2.0/Organisation/Actions") => endpoint::ACTIONS,
            (&Method::GET, "/api.xro/2.0/Users") => endpoint::USERS,
            (&Method::GET, "/api.xro/2.0/ContactGroups") => endpoint::CONTACT_GROUPS,
            (&Method::GET, path) if path.starts_with("/api.xro/2.0/ContactGroups/") => endpoint::CONTACT_GROUP,
            (&Method::GET, "/api.xro/2.0/Contacts") => endpoint::CONTACTS,
            (&Method::GET, "/payroll.xro/1.0/Employees") => endpoint::EMPLOYEES,
            (&Method::GET, path) if path.starts_with("/payroll.xro/1.0/Employees/") => endpoint::EMPLOYEE_DETAIL,
            _ => return None,
        };
        Some(name)
    }

    fn tenant(&self, parts: &Parts) -> Option<String> {
        if parts.uri.path().starts_with("/connections") {
            return None;
        }
        let tenant = parts.headers.get("xero-tenant-id")?.to_str().ok()?;
        self.0.state().xero.organisation(tenant)?;
        Some(tenant.to_owned())
    }

    fn apply_rate_limits(&self, endpoint: &'static str, parts: &Parts) -> Result<Option<Permit>, Box<Response>> {
        if !has_rate_limits(endpoint) {
            return Ok(None);
        }
        let tenant = self.tenant(parts);
        let now = self.0.now();
        let limits = self.0.settings().xero_limits;
        self.0.state().xero.limits.start_call(limits, tenant.as_deref(), now)?;
        let world = self.0.clone();
        Ok(tenant.map(|tenant| Permit::new(move || world.state().xero.limits.end_call(&tenant))))
    }

    fn add_headers(&self, endpoint: &'static str, tenant: Option<&str>, response: &mut Response) {
        if !has_rate_limits(endpoint) {
            return;
        }
        let mut state = self.0.state();
        state.xero.limits.add_remaining_calls(self.0.settings().xero_limits, tenant, response);
        let correlation = state.random.uuid();
        if let Ok(correlation) = HeaderValue::from_str(&correlation) {
            response.headers_mut().insert("xero-correlation-id", correlation);
        }
    }
}

/// Whether an endpoint is on Xero's API host. Its login and identity hosts have no published limits.
fn has_rate_limits(endpoint: &str) -> bool {
    !matches!(
        endpoint,
        endpoint::AUTHORIZE | endpoint::TOKEN | endpoint::REVOCATION | endpoint::DISCOVERY | endpoint::JWKS
    )
}
