//! What the API endpoints share: who calls, the version header, paging and the form of errors.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::fake::FakeGo1;
use super::state::Caller;
use crate::upstream::Upstream as _;
use crate::world::World;

const VERSIONS: &[&str] = &["2025-01-01", "2022-07-01"];

/// An error in the form of GO1's third API.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    code: &'static str,
    message: String,
    reference: Option<String>,
    additional: Vec<(String, String)>,
}

impl Failure {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), reference: None, additional: Vec::new() }
    }

    /// What GO1 says where the token has not the scope of the call: it looks like a dead token.
    pub(crate) fn missing_scopes() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "", "Missing scopes")
    }

    pub(crate) fn referring_to(mut self, id: &str) -> Self {
        self.reference = Some(id.to_owned());
        self
    }

    /// A 400 that names each field with its problem.
    pub(crate) fn fields(code: &'static str, problems: Vec<(String, String)>) -> Self {
        let mut failure = Self::new(StatusCode::BAD_REQUEST, code, "The request is invalid.");
        failure.additional = problems;
        failure
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut body = json!({ "message": self.message });
        if !self.code.is_empty() {
            body["error_code"] = json!(self.code);
        }
        if let Some(reference) = self.reference {
            body["ref"] = json!(reference);
        }
        if !self.additional.is_empty() {
            let errors = self.additional.iter().map(|(path, message)| json!({ "path": path, "message": message }));
            body["additional_errors"] = errors.collect();
        }
        (self.status, Json(body)).into_response()
    }
}

pub(crate) async fn not_found() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "", "Not found.")
}

/// The caller of an endpoint. Their token has not expired, and their call names a version of the API.
pub(crate) struct AuthenticatedCaller(pub(crate) Caller);

impl AuthenticatedCaller {
    /// The caller's portal and account. The partner's own token has neither.
    pub(crate) fn portal(&self) -> Result<(&str, &str), Failure> {
        match &self.0 {
            Caller::Portal { portal_id, account_id } => Ok((portal_id, account_id)),
            Caller::Partner => {
                Err(Failure::new(StatusCode::FORBIDDEN, "", "This token belongs to no portal with users."))
            }
        }
    }
}

impl FromRequestParts<World> for AuthenticatedCaller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, world: &World) -> Result<Self, Failure> {
        let version = parts.headers.get("api-version").and_then(|value| value.to_str().ok());
        if !parts.uri.path().starts_with("/v2/") && !version.is_some_and(|version| VERSIONS.contains(&version)) {
            return Err(Failure::new(
                StatusCode::BAD_REQUEST,
                "invalid_api_version",
                "The Api-Version header is missing or unknown.",
            ));
        }
        let now = world.now();
        let state = world.state();
        match token_of(parts).and_then(|token| state.go1.access_tokens.get(token)) {
            Some(token) if token.expires > now => {
                if token.scopes.allow(FakeGo1::endpoint(&parts.method, parts.uri.path())) {
                    Ok(Self(token.caller.clone()))
                } else {
                    Err(Failure::missing_scopes())
                }
            }
            // GO1's services answer a bad token with different statuses.
            _ if parts.uri.path().starts_with("/enrollments") => {
                Err(Failure::new(StatusCode::FORBIDDEN, "", "Missing or invalid JWT."))
            }
            _ => Err(Failure::new(
                StatusCode::UNAUTHORIZED,
                "AUTH_TOKEN_INVALID",
                "The token is invalid or has expired.",
            )),
        }
    }
}

/// The bearer token of a call, whether it is valid or not.
pub(crate) fn token_of(parts: &Parts) -> Option<&str> {
    parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The query of a list. It writes lists in the way of PHP: `id[]=1&id[]=2`, `include[0]=core`.
pub(crate) struct Listing {
    pairs: Vec<(String, String)>,
    limit: usize,
    offset: usize,
}

impl Listing {
    pub(crate) fn parse(query: Option<String>, highest_limit: usize) -> Result<Self, Failure> {
        let query = query.unwrap_or_default();
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let mut listing = Self { pairs, limit: 20, offset: 0 };
        let mut problems = Vec::new();
        if let Some(text) = listing.one("limit") {
            match text.parse() {
                Ok(limit) if (1..=highest_limit).contains(&limit) => listing.limit = limit,
                _ => problems.push(("limit".to_owned(), format!("limit must be from 1 to {highest_limit}"))),
            }
        }
        if let Some(text) = listing.one("offset") {
            match text.parse() {
                Ok(offset) => listing.offset = offset,
                Err(_) => problems.push(("offset".to_owned(), "offset must be a number from 0 on".to_owned())),
            }
        }
        if listing.offset + listing.limit > 10_000 {
            problems.push(("offset".to_owned(), "Only the first 10000 results can be listed".to_owned()));
        }
        if problems.is_empty() { Ok(listing) } else { Err(Failure::fields("", problems)) }
    }

    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of `name[]`, `name[0]`, ...
    pub(crate) fn many(&self, name: &str) -> Vec<&str> {
        let is_item =
            |key: &str| key.strip_prefix(name).is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'));
        self.pairs.iter().filter(|(key, _)| is_item(key)).map(|(_, value)| value.as_str()).collect()
    }

    pub(crate) fn answer(&self, hits: Vec<Value>) -> Response {
        let total = hits.len();
        let hits: Vec<Value> = hits.into_iter().skip(self.offset).take(self.limit).collect();
        Json(json!({ "total": total, "hits": hits })).into_response()
    }
}

/// Reads a JSON body. Its content type must say that it is JSON.
pub(crate) fn json_body<T: DeserializeOwned>(headers: &axum::http::HeaderMap, body: &str) -> Result<T, Failure> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content_type.starts_with("application/json") {
        return Err(Failure::new(StatusCode::BAD_REQUEST, "", "The body must be sent as application/json."));
    }
    serde_json::from_str(body).map_err(|_| Failure::new(StatusCode::BAD_REQUEST, "", "The body is not valid JSON."))
}
