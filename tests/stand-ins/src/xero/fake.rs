//! The fake Xero as a test sees it: what it holds, which calls arrived, and how to consent without its pages.

use std::collections::BTreeSet;

use super::granted_consent::grant;
use super::state::{Connection, ConsentRequest, TokenSet};
use super::tokens;
use crate::fault_script::Faults;
use crate::organisations::{Organisation, Practice, XeroUser};
use crate::request_log::Call;
use crate::world::World;

/// A handle to the fake Xero of a [`World`].
#[derive(Clone)]
pub struct FakeXero(pub(crate) World);

impl World {
    pub fn xero(&self) -> FakeXero {
        FakeXero(self.clone())
    }
}

impl FakeXero {
    /// The scripted faults.
    pub fn faults(&self) -> Faults {
        Faults(self.0.clone(), World::xero_interceptor)
    }

    /// How many calls an endpoint got, by its name in [`super::endpoint`].
    pub fn calls(&self, endpoint: &str) -> usize {
        self.0.xero_interceptor().with_log(|log| log.count(endpoint))
    }

    /// Every call so far, in the order in which they arrived.
    pub fn call_log(&self) -> Vec<Call> {
        self.0.xero_interceptor().with_log(|log| log.calls().to_vec())
    }

    /// The highest number of calls in any window of one second, for one tenant id or over all.
    pub fn highest_calls_in_one_second(&self, tenant_id: Option<&str>) -> usize {
        self.0.xero_interceptor().with_log(|log| log.highest_in_one_second(tenant_id))
    }

    /// The people who can log in.
    pub fn users(&self) -> Vec<XeroUser> {
        self.0.state().xero.users.clone()
    }

    pub fn organisations(&self) -> Vec<Organisation> {
        self.0.state().xero.organisations.clone()
    }

    pub fn organisation(&self, name: &str) -> Option<Organisation> {
        let state = self.0.state();
        state.xero.organisations.iter().find(|organisation| organisation.name == name).cloned()
    }

    pub fn practice(&self, name: &str) -> Option<Practice> {
        self.0.state().xero.practices.iter().find(|practice| practice.name == name).cloned()
    }

    /// The connections to the app that there are.
    pub fn connections(&self) -> Vec<Connection> {
        self.0.state().xero.connections.clone()
    }

    /// How many refresh tokens can be exchanged. Those in their grace period are not counted.
    pub fn live_refresh_tokens(&self) -> usize {
        let now = self.0.now();
        self.0.state().xero.live_refresh_tokens(now)
    }

    /// Consents without the pages: this user grants these scopes (separated by blanks) for these organisations and
    /// practices, by name. Returns the code that the callback would get, or `None` where somebody or something in it is
    /// unknown.
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
        let request = ConsentRequest {
            redirect_uri: redirect_uri.to_owned(),
            scopes: scopes.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>(),
            state: None,
            nonce: nonce.map(str::to_owned),
            challenge: code_challenge.map(str::to_owned),
            user_id: Some(user_id),
            tenants,
        };
        grant(&mut state, &request, now)
    }

    /// The tokens that a whole consent would end with, or `None` where user or organisation is unknown.
    pub fn sign_in(&self, email: &str, organisations: &[&str], scopes: &str) -> Option<TokenSet> {
        let code = self.authorization_code(email, organisations, scopes, "", None, None)?;
        let now = self.0.now();
        let mut state = self.0.state();
        let code = state.xero.codes.remove(&code)?;
        Some(tokens::issue(&mut state, self.0.settings(), code.grant, None, now))
    }
}
