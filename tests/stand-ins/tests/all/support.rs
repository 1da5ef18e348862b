//! A small HTTP client on top of a router, and what several tests begin with.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use stand_ins::{ManualClock, World, WorldSettings, go1, xero};
use tower::ServiceExt as _;

pub(crate) const REDIRECT: &str = "http://app.localhost:8400/oauth/xero/callback";
pub(crate) const SCOPES: &str = "openid profile email offline_access accounting.settings.read payroll.employees.read";
pub(crate) const OLIVIA: &str = "olivia.hartley@example.com";
pub(crate) const HARBOUR: &str = "Harbour & Hearth Hospitality";

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A parameter of the address to which this answer redirects.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let base = url::Url::parse("http://here.test").expect("a good address");
        let target = base.join(self.header("location")).expect("a good address");
        target.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// A world whose time stands still, with the routers of both fakes.
pub(crate) struct Fixture {
    pub(crate) world: World,
    pub(crate) clock: ManualClock,
    pub(crate) xero: Router,
    pub(crate) go1: Router,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut WorldSettings)) -> Self {
        let clock = ManualClock::at("2026-11-22T10:00:00Z".parse::<Timestamp>().expect("a good time"));
        let mut settings = WorldSettings { clock: Arc::new(clock.clone()), ..WorldSettings::default() };
        change(&mut settings);
        let world = World::new(settings);
        Self { xero: xero::router(world.clone()), go1: go1::router(world.clone()), world, clock }
    }

    /// Olivia's access token, with Harbour & Hearth connected, and its tenant id.
    pub(crate) fn olivia(&self) -> (String, String) {
        self.signed_in(OLIVIA, HARBOUR)
    }

    pub(crate) fn signed_in(&self, email: &str, organisation: &str) -> (String, String) {
        let tokens = self
            .world
            .xero()
            .sign_in(email, &[organisation], SCOPES)
            .expect("the user and the organisation are samples");
        let organisation = self.world.xero().organisation(organisation).expect("the organisation is a sample");
        (tokens.access_token, organisation.tenant_id)
    }

    /// Makes a portal through the API. Returns its id, its administrator's account id, and its access and refresh tokens.
    pub(crate) async fn portal(&self, name: &str, country: &str) -> (String, String, String, String) {
        let partner = self.partner_token().await;
        let answer = call(&self.go1, Method::POST, "/portals", &go1(&partner), &portal_body(name, country)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let portal = answer.json();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let account = &portal["user_account"];
        let tokens = &account["oauth_token"];
        (text(&portal["id"]), text(&account["id"]), text(&tokens["access_token"]), text(&tokens["refresh_token"]))
    }

    pub(crate) async fn partner_token(&self) -> String {
        let form = "grant_type=client_credentials&client_id=local-go1-client&client_secret=local-go1-secret";
        let answer = post_form(&self.go1, "/oauth/token", None, form).await;
        answer.json()["access_token"].as_str().expect("a partner token").to_owned()
    }
}

pub(crate) fn portal_body(name: &str, country: &str) -> Value {
    json!({
        "country": country, "name": name, "domain": format!("{name}.mygo1.com"), "industry": "Retail Trade",
        "external_customer_id": "customer-1",
        "user_account": {
            "email": format!("owner@{name}.example.com"), "username": format!("owner@{name}.example.com"),
            "given_name": "Jo", "family_name": "Doe",
        },
    })
}

pub(crate) fn person(email: &str) -> Value {
    json!({ "given_name": "Pat", "family_name": "Lee", "username": email, "email": email, "roles": [go1::LEARNER] })
}

/// The headers of a GO1 call.
pub(crate) fn go1(token: &str) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {token}")), ("api-version", "2025-01-01".to_owned())]
}

/// The headers of a Xero call for a tenant.
pub(crate) fn xero(token: &str, tenant: &str) -> Vec<(&'static str, String)> {
    vec![
        ("authorization", format!("Bearer {token}")),
        ("xero-tenant-id", tenant.to_owned()),
        ("accept", "application/json".to_owned()),
    ]
}

pub(crate) fn basic(client_id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client_id}:{secret}")))
}

pub(crate) fn good_basic() -> String {
    basic(xero::CLIENT_ID, xero::CLIENT_SECRET)
}

pub(crate) async fn get(router: &Router, path: &str, headers: &[(&str, String)]) -> Answer {
    send(router, Method::GET, path, headers, String::new()).await
}

/// A call with a JSON body, or without a body for `Value::Null`.
pub(crate) async fn call(
    router: &Router,
    method: Method,
    path: &str,
    headers: &[(&str, String)],
    body: &Value,
) -> Answer {
    if body.is_null() {
        return send(router, method, path, headers, String::new()).await;
    }
    let mut headers = headers.to_vec();
    headers.push(("content-type", "application/json".to_owned()));
    send(router, method, path, &headers, body.to_string()).await
}

pub(crate) async fn post_form(router: &Router, path: &str, authorization: Option<String>, form: &str) -> Answer {
    let mut headers = vec![("content-type", "application/x-www-form-urlencoded".to_owned())];
    headers.extend(authorization.map(|value| (header::AUTHORIZATION.as_str(), value)));
    let headers: Vec<(&str, String)> = headers.into_iter().collect();
    send(router, Method::POST, path, &headers, form.to_owned()).await
}

pub(crate) async fn send(
    router: &Router,
    method: Method,
    path: &str,
    headers: &[(&str, String)],
    body: String,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Body::from(body)).expect("a good request");
    let response = router.clone().oneshot(request).await.expect("routers do not fail");
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
}

/// Form encoding of one value.
pub(crate) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
