//! The GO1 side of the world, for tests: what it holds, what it was asked, how it shall fail.

use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::api::{Failure, token_of};
use super::endpoint;
use super::state::{Caller, Enrollment, NewAccount, Portal, UserAccount, normal};
use crate::courses::Course;
use crate::faults::Faults;
use crate::gate::{Call, Gate, Permit, Side};
use crate::world::World;

/// The GO1 side of a [`World`].
#[derive(Clone)]
pub struct Go1Side(pub(crate) World);

/// A portal in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PortalSummary {
    /// The portal's id.
    pub id: String,
    /// Such as `acme.mygo1.com`.
    pub domain: String,
    /// The name.
    pub name: String,
    /// The caller's own id of the customer.
    pub external_customer_id: Option<String>,
    /// Whether our partner app made it.
    pub ours: bool,
    /// How many user accounts it has, its administrator's included.
    pub user_accounts: usize,
    /// How many enrolments it has.
    pub enrollments: usize,
}

/// A portal made without a call, with the tokens that the call would have brought.
#[derive(Clone, Debug)]
pub struct OpenedPortal {
    /// The portal's id.
    pub portal_id: String,
    /// The administrator's user account.
    pub account_id: String,
    /// Its access token.
    pub access_token: String,
    /// Its refresh token, which works once.
    pub refresh_token: String,
}

impl Go1Side {
    /// Makes a portal of the partner app as `POST /portals` does, for tests that start later: `name` becomes
    /// `<name>.mygo1.com`, its administrator is `admin@<name>.example.com`.
    pub fn open_portal(&self, name: &str, country: &str) -> OpenedPortal {
        let now = self.0.now();
        let mut state = self.0.state();
        let go1 = &mut state.go1;
        let portal_id = go1.next_id();
        go1.portals.push(Portal {
            id: portal_id.clone(),
            name: name.to_owned(),
            domain: format!("{name}.mygo1.com"),
            country: country.to_owned(),
            industry: "Other Services".to_owned(),
            timezone: "UTC".to_owned(),
            company_size: None,
            external_customer_id: None,
            logo: None,
            notifications: true,
            ours: true,
            administrator: None,
            created: now,
        });
        let email = format!("admin@{name}.example.com");
        let account = NewAccount {
            email: &email,
            username: &email,
            given_name: "Alex",
            family_name: "Admin",
            roles: vec![super::ADMINISTRATOR.to_owned()],
        };
        let account_id = go1.add_account(&portal_id, account, now);
        if let Some(portal) = go1.portals.last_mut() {
            portal.administrator = Some(account_id.clone());
        }
        let caller = Caller::Portal { portal_id: portal_id.clone(), account_id: account_id.clone() };
        let tokens = super::tokens::issue(go1, caller, now);
        let token = |name: &str| tokens[name].as_str().unwrap_or_default().to_owned();
        OpenedPortal {
            portal_id,
            account_id,
            access_token: token("access_token"),
            refresh_token: token("refresh_token"),
        }
    }

    /// Orders to fail.
    pub fn faults(&self) -> Faults {
        Faults(self.0.clone(), World::go1_gate)
    }

    /// How often an endpoint was called, by the names in [`endpoint`].
    pub fn calls(&self, endpoint: &str) -> usize {
        self.0.go1_gate().calls(endpoint)
    }

    /// Every call so far, in the order of arrival.
    pub fn call_log(&self) -> Vec<Call> {
        self.0.go1_gate().call_log()
    }

    /// The highest number of calls in any window of one second, for one portal id (or `partner`) or over all.
    pub fn highest_calls_in_one_second(&self, portal_id: Option<&str>) -> usize {
        self.0.go1_gate().highest_in_one_second(portal_id)
    }

    /// The highest number of calls at the same time, for one portal id (or `partner`) or for the busiest.
    pub fn highest_calls_in_flight(&self, portal_id: Option<&str>) -> u32 {
        self.0.go1_gate().highest_in_flight(portal_id)
    }

    /// How many calls the rate limit refused.
    pub fn refused_by_rate_limit(&self) -> usize {
        self.0.state().go1.limits.refused()
    }

    /// Every portal, those included that were there before.
    pub fn portals(&self) -> Vec<Portal> {
        self.0.state().go1.portals.clone()
    }

    /// The portal at this domain.
    pub fn portal(&self, domain: &str) -> Option<Portal> {
        self.0.state().go1.portal_by_domain(domain).cloned()
    }

    /// Every portal in numbers.
    pub fn summaries(&self) -> Vec<PortalSummary> {
        let state = self.0.state();
        let summary = |portal: &Portal| PortalSummary {
            id: portal.id.clone(),
            domain: portal.domain.clone(),
            name: portal.name.clone(),
            external_customer_id: portal.external_customer_id.clone(),
            ours: portal.ours,
            user_accounts: state.go1.accounts_of(&portal.id).count(),
            enrollments: state.go1.enrollments_of(&portal.id).count(),
        };
        state.go1.portals.iter().map(summary).collect()
    }

    /// The people of a portal, in the order in which they came.
    pub fn user_accounts(&self, portal_id: &str) -> Vec<UserAccount> {
        self.0.state().go1.accounts_of(portal_id).cloned().collect()
    }

    /// Adds a learner to a portal, as its administrator can; returns the account's id.
    pub fn add_user_account(&self, portal_id: &str, email: &str, given_name: &str, family_name: &str) -> String {
        let now = self.0.now();
        let roles = vec![super::LEARNER.to_owned()];
        let account = NewAccount { email, username: email, given_name, family_name, roles };
        self.0.state().go1.add_account(portal_id, account, now)
    }

    /// Changes what a portal has of somebody, as its administrator can; false where there is nobody with this email.
    pub fn edit_user_account(&self, portal_id: &str, email: &str, change: impl FnOnce(&mut UserAccount)) -> bool {
        let mut state = self.0.state();
        let go1 = &mut state.go1;
        let Some(position) = go1.by_email.remove(&(portal_id.to_owned(), normal(email))) else { return false };
        let account = &mut go1.accounts[position];
        change(account);
        go1.by_email.insert((portal_id.to_owned(), normal(&account.email)), position);
        true
    }

    /// The enrolments of a portal, in the order in which they came; archived ones left out.
    pub fn enrollments(&self, portal_id: &str) -> Vec<Enrollment> {
        self.0.state().go1.enrollments_of(portal_id).cloned().collect()
    }

    /// The emails that GO1 mailed a welcome to, in order; twice in here means mailed twice.
    pub fn welcome_mails(&self) -> Vec<String> {
        self.0.state().go1.welcome_mails.clone()
    }

    /// How often `re-enroll=true` was sent: it throws progress away, so it should never be.
    pub fn re_enrollments(&self) -> usize {
        self.0.state().go1.re_enrolled
    }

    /// Every course.
    pub fn courses(&self) -> Vec<Course> {
        self.0.state().go1.courses.clone()
    }

    /// Takes a course out of the catalogue; false when there is none of this id.
    pub fn retire_course(&self, lo_id: &str) -> bool {
        let mut state = self.0.state();
        let course = state.go1.courses.iter_mut().find(|course| course.lo_id == lo_id);
        course.map(|course| course.retired = true).is_some()
    }

    /// Makes every access token given out so far an expired one.
    pub fn expire_access_tokens(&self) {
        let now = self.0.now();
        for (_, expires) in self.0.state().go1.access_tokens.values_mut() {
            *expires = (*expires).min(now);
        }
    }

    /// Makes every refresh token given out so far a used one.
    pub fn void_refresh_tokens(&self) {
        for token in self.0.state().go1.refresh_tokens.values_mut() {
            token.used = true;
        }
    }
}

impl Side for Go1Side {
    fn world(&self) -> &World {
        &self.0
    }

    fn gate(&self) -> &Gate {
        self.0.go1_gate()
    }

    fn endpoint(method: &Method, path: &str) -> Option<&'static str> {
        let mut segments = path.trim_start_matches('/').split('/');
        let name = match (method.as_str(), segments.next(), segments.next(), segments.next(), segments.next()) {
            ("POST", Some("oauth"), Some("token"), None, None) => endpoint::TOKEN,
            ("GET", Some("oauth"), Some("authorize"), None, None) => endpoint::AUTHORIZE,
            ("POST", Some("portals"), None, None, None) => endpoint::CREATE_PORTAL,
            ("GET", Some("portals"), None, None, None) => endpoint::LIST_PORTALS,
            ("GET", Some("portals"), Some(_), None, None) => endpoint::GET_PORTAL,
            ("POST", Some("user-accounts"), None, None, None) => endpoint::CREATE_USER_ACCOUNT,
            ("GET", Some("user-accounts"), None, None, None) => endpoint::LIST_USER_ACCOUNTS,
            ("GET", Some("user-accounts"), Some(_), None, None) => endpoint::GET_USER_ACCOUNT,
            ("PATCH", Some("user-accounts"), Some(_), None, None) => endpoint::UPDATE_USER_ACCOUNT,
            ("POST", Some("user-accounts"), Some(_), Some("login"), None) => endpoint::LOGIN,
            ("POST", Some("enrollments"), None, None, None) => endpoint::CREATE_ENROLLMENT,
            ("GET", Some("enrollments"), None, None, None) => endpoint::LIST_ENROLLMENTS,
            ("GET", Some("enrollments"), Some(_), None, None) => endpoint::GET_ENROLLMENT,
            ("DELETE", Some("enrollments"), Some(_), None, None) => endpoint::DELETE_ENROLLMENT,
            ("GET", Some("learning-objects"), None, None, None) => endpoint::LIST_LEARNING_OBJECTS,
            ("GET", Some("learning-objects"), Some(_), None, None) => endpoint::GET_LEARNING_OBJECT,
            ("GET", Some("v2"), Some("me"), None, None) => endpoint::ME,
            ("GET", Some("v2"), Some("account"), None, None) => endpoint::ACCOUNT,
            _ => return None,
        };
        Some(name)
    }

    fn party(&self, parts: &Parts) -> Option<String> {
        let token = token_of(parts)?;
        match &self.0.state().go1.access_tokens.get(token)?.0 {
            Caller::Partner => Some("partner".to_owned()),
            Caller::Portal { portal_id, .. } => Some(portal_id.clone()),
        }
    }

    fn admit(&self, endpoint: &'static str, parts: &Parts) -> Result<Option<Permit>, Box<Response>> {
        let limit = self.gate().calls_per_second();
        if let (Some(limit), Some(token)) = (limit, token_of(parts))
            && endpoint != endpoint::TOKEN
        {
            let now = self.0.now();
            if !self.0.state().go1.limits.enter(token, limit, now) {
                let failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, "", "Too many requests.");
                let mut response = failure.into_response();
                response.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
                return Err(Box::new(response));
            }
        }
        Ok(None)
    }

    fn finish(&self, _: &'static str, _: Option<&str>, _: &mut Response) {}
}
