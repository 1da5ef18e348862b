//! What the middleware has to know about GO1: its endpoints, whose token calls, and its rate limit.

use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

use super::api::{Failure, token_of};
use super::endpoint;
use super::fake::FakeGo1;
use super::state::Caller;
use crate::interceptor::Interceptor;
use crate::upstream::{Permit, Upstream};
use crate::world::World;

impl Upstream for FakeGo1 {
    fn world(&self) -> &World {
        &self.0
    }

    fn interceptor(&self) -> &Interceptor {
        self.0.go1_interceptor()
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
            _ => return None,
        };
        Some(name)
    }

    fn tenant(&self, parts: &Parts) -> Option<String> {
        let token = token_of(parts)?;
        match &self.0.state().go1.access_tokens.get(token)?.caller {
            Caller::Partner => Some("partner".to_owned()),
            Caller::Portal { portal_id, .. } => Some(portal_id.clone()),
        }
    }

    fn apply_rate_limits(&self, endpoint: &'static str, parts: &Parts) -> Result<Option<Permit>, Box<Response>> {
        let limit = self.interceptor().calls_per_second();
        if let (Some(limit), Some(token)) = (limit, token_of(parts))
            && endpoint != endpoint::TOKEN
        {
            let now = self.0.now();
            if !self.0.state().go1.limits.start_call(token, limit, now) {
                let failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, "", "Too many requests.");
                let mut response = failure.into_response();
                response.headers_mut().insert("retry-after", HeaderValue::from_static("1"));
                return Err(Box::new(response));
            }
        }
        Ok(None)
    }

    fn add_headers(&self, _: &'static str, _: Option<&str>, _: &mut Response) {}
}
