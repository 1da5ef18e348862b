//! The Xero side of the world, for tests: what it holds, what it was asked, and consents without pages.

use std::collections::BTreeSet;

use axum::http::request::Parts;
use axum::http::{HeaderValue, Method};
use axum::response::Response;

use super::state::{Connection, TokenSet};
use super::{allow, endpoint, tokens};
use crate::faults::Faults;
use crate::gate::{Call, Gate, Permit, Side};
use crate::organisations::{Organisation, Practice, XeroUser};
use crate::world::World;

/// The Xero side of a [`World`].
#[derive(Clone)]
pub struct XeroSide(pub(crate) World);

impl XeroSide {
    /// Orders to fail.
    pub fn faults(&self) -> Faults {
        Faults(self.0.clone(), World::xero_gate)
    }

    /// How often an endpoint was called, by the names in [`endpoint`].
    pub fn calls(&self, endpoint: &str) -> usize {
        self.0.xero_gate().calls(endpoint)
    }

    /// Every call so far, in the order of arrival.
    pub fn call_log(&self) -> Vec<Call> {
        self.0.xero_gate().call_log()
    }

    /// The highest number of calls in any window of one second, for one tenant id or over all.
    pub fn highest_calls_in_one_second(&self, tenant_id: Option<&str>) -> usize {
        self.0.xero_gate().highest_in_one_second(tenant_id)
    }

    /// The people who can log in.
    pub fn users(&self) -> Vec<XeroUser> {
        self.0.state().xero.users.clone()
    }

    /// Every organisation.
    pub fn organisations(&self) -> Vec<Organisation> {
        self.0.state().xero.organisations.clone()
    }

    /// The organisation of this name.
    pub fn organisation(&self, name: &str) -> Option<Organisation> {
        let state = self.0.state();
        state.xero.organisations.iter().find(|organisation| organisation.name == name).cloned()
    }

    /// The practice of this name.
    pub fn practice(&self, name: &str) -> Option<Practice> {
        self.0.state().xero.practices.iter().find(|practice| practice.name == name).cloned()
    }

    /// The connections to the app that stand.
    pub fn connections(&self) -> Vec<Connection> {
        self.0.state().xero.connections.clone()
    }

    /// How many refresh tokens could still be exchanged, those in their grace period not counted.
    pub fn live_refresh_tokens(&self) -> usize {
        let now = self.0.now();
        self.0.state().xero.live_refresh_tokens(now)
    }

    /// What the pages do, without the pages: this user consents to these scopes (separated by blanks) for these
    /// organisations and practices, by name. The code that the callback would bring; none if one of them is unknown.
    pub fn authorization_code(
        &self,
        email: &str,
        organisations: &[&str],
        scopes: &str,
        redirect_uri: &str,
        nonce: Option<&str>,
        code_challenge: Option<&str>,
    ) -> Option<String> {
        let now = self.0.now();
        let mut state = self.0.state();
        let user_id = state.xero.users.iter().find(|user| user.email == email)?.user_id.clone();
        let mut tenants = Vec::new();
        for name in organisations {
            let organisations = state.xero.organisations.iter().map(|each| (&each.name, &each.tenant_id));
            let practices = state.xero.practices.iter().map(|each| (&each.name, &each.tenant_id));
            let mut tenant = organisations.chain(practices).filter(|(known, _)| known == name);
            tenants.push(tenant.next()?.1.clone());
        }
        let request = super::state::ConsentRequest {
            redirect_uri: redirect_uri.to_owned(),
            scopes: scopes.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>(),
            state: None,
            nonce: nonce.map(str::to_owned),
            challenge: code_challenge.map(str::to_owned),
            user_id: Some(user_id),
            tenants,
        };
        allow::allow(&mut state, &request, now)
    }

    /// A token set as after a whole consent; none if user or organisation is unknown.
    pub fn sign_in(&self, email: &str, organisations: &[&str], scopes: &str) -> Option<TokenSet> {
        let code = self.authorization_code(email, organisations, scopes, "", None, None)?;
        let now = self.0.now();
        let mut state = self.0.state();
        let code = state.xero.codes.remove(&code)?;
        Some(tokens::issue(&mut state, self.0.settings(), code.grant, None, now))
    }
}

impl Side for XeroSide {
    fn world(&self) -> &World {
        &self.0
    }

    fn gate(&self) -> &Gate {
        self.0.xero_gate()
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
            (&Method::GET, "/payroll.xro/1.0/Employees") => endpoint::EMPLOYEES,
            (&Method::GET, path) if path.starts_with("/payroll.xro/1.0/Employees/") => endpoint::EMPLOYEE_DETAIL,
            _ => return None,
        };
        Some(name)
    }

    fn party(&self, parts: &Parts) -> Option<String> {
        if parts.uri.path().starts_with("/connections") {
            return None;
        }
        let tenant = parts.headers.get("xero-tenant-id")?.to_str().ok()?;
        self.0.state().xero.organisation(tenant)?;
        Some(tenant.to_owned())
    }

    fn admit(&self, endpoint: &'static str, parts: &Parts) -> Result<Option<Permit>, Box<Response>> {
        if !is_api(endpoint) {
            return Ok(None);
        }
        let tenant = self.party(parts);
        let now = self.0.now();
        let limits = self.0.settings().xero_limits;
        self.0.state().xero.limits.enter(limits, tenant.as_deref(), now)?;
        let world = self.0.clone();
        Ok(tenant.map(|tenant| Permit::new(move || world.state().xero.limits.leave(&tenant))))
    }

    fn finish(&self, endpoint: &'static str, party: Option<&str>, response: &mut Response) {
        if !is_api(endpoint) {
            return;
        }
        let mut state = self.0.state();
        state.xero.limits.tell(self.0.settings().xero_limits, party, response);
        let correlation = state.random.uuid();
        if let Ok(correlation) = HeaderValue::from_str(&correlation) {
            response.headers_mut().insert("xero-correlation-id", correlation);
        }
    }
}

/// Whether an endpoint stands on Xero's API host, where the limits are.
fn is_api(endpoint: &str) -> bool {
    !matches!(
        endpoint,
        endpoint::AUTHORIZE | endpoint::TOKEN | endpoint::REVOCATION | endpoint::DISCOVERY | endpoint::JWKS
    )
}
