//! The layer that every router has, and the answers that are no pages.

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;
use web::finish::finish;
use web::responses;
use web::{Problem, SiteSettings, session};

fn site() -> SiteSettings {
    SiteSettings {
        public_url: "https://xero.example.com".to_owned(),
        support_contact: "https://support.example.com/xero".to_owned(),
        form_action_origins: vec!["https://login.xero.com".to_owned()],
        picture_origins: Vec::new(),
    }
}

async fn internal() -> Result<Response, Problem> {
    Err(Problem::Internal)
}

async fn signed_out() -> Response {
    let refused = axum::response::IntoResponse::into_response(Problem::SignedOut);
    responses::with_cookie(refused, session::expired_cookie())
}

/// What the functions do with every answer.
async fn finished(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let wants_json = responses::prefers_json(request.headers());
    finish(&site(), next.run(request).await, wants_json, "abc-123")
}

async fn ask(method: &str, path: &str, accept: &str) -> (StatusCode, http::HeaderMap, String) {
    let router = Router::new()
        .route("/internal", get(internal))
        .route("/signed-out", get(signed_out))
        .route("/post-only", post(internal))
        .route("/go", get(async || responses::see_other("/preview")))
        .route("/asset", get(async || web::assets::response("site.css", None, &http::HeaderMap::new())))
        .layer(axum::middleware::from_fn(finished));
    let request = Request::builder().method(method).uri(path).header(header::ACCEPT, accept);
    let request = request.body(axum::body::Body::empty()).expect("a request");
    let (parts, body) = router.oneshot(request).await.expect("an answer").into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    (parts.status, parts.headers, String::from_utf8(body.to_vec()).expect("text"))
}

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[tokio::test]
async fn a_problem_is_a_page_for_people_and_json_for_programs() {
    let (status, headers, html) = ask("GET", "/internal", BROWSER).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(headers.contains_key(header::CONTENT_SECURITY_POLICY));
    assert!(html.contains("<code>abc-123</code>") && html.contains("support.example.com/xero"));

    let (status, headers, json) = ask("GET", "/internal", "application/json").await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(headers.get(header::CONTENT_TYPE), Some(&HeaderValue::from_static("application/problem+json")));
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["status"], &json["reference"]), (&500.into(), &"abc-123".into()));
}

#[tokio::test]
async fn what_axum_refuses_gets_words_too() {
    let (status, _, html) = ask("GET", "/nowhere", BROWSER).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(html.contains("We can’t find that page"));
    let (status, headers, html) = ask("GET", "/post-only", BROWSER).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(headers.contains_key(header::ALLOW));
    assert!(html.contains("That address doesn’t open as a page"));
}

#[tokio::test]
async fn cookies_survive_a_problem() {
    let (status, headers, _) = ask("GET", "/signed-out", BROWSER).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(headers.get(header::SET_COOKIE), Some(&session::expired_cookie()));
}

#[tokio::test]
async fn redirects_and_assets_are_secured_and_assets_stay_cacheable() {
    let (status, headers, _) = ask("GET", "/go", BROWSER).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(headers.get(header::LOCATION), Some(&HeaderValue::from_static("/preview")));
    assert_eq!(headers.get(header::CACHE_CONTROL), Some(&HeaderValue::from_static("no-store")));
    let is_taken_for_nothing_else = |headers: &http::HeaderMap| {
        assert_eq!(headers.get(header::X_CONTENT_TYPE_OPTIONS), Some(&HeaderValue::from_static("nosniff")));
        let resources = headers.get("cross-origin-resource-policy");
        assert_eq!(resources, Some(&HeaderValue::from_static("same-origin")));
        assert!(headers.contains_key(header::CONTENT_SECURITY_POLICY));
    };
    is_taken_for_nothing_else(&headers);
    let (_, headers, _) = ask("GET", "/asset", BROWSER).await;
    assert_eq!(headers.get(header::CACHE_CONTROL), Some(&HeaderValue::from_static("public, max-age=60")));
    is_taken_for_nothing_else(&headers);
}

#[test]
fn no_redirect_leads_astray() {
    let location = |response: Response| response.headers().get(header::LOCATION).cloned();
    for path in ["//example.org", "https://example.org", "/\\example.org", "/a\nb", "", "preview", "/%\u{e9}"] {
        assert_eq!(location(responses::see_other(path)), Some(HeaderValue::from_static("/")), "{path:?}");
    }
    let xero = "https://login.xero.com/identity/connect/authorize?state=1";
    let sent = responses::see_other_upstream(&site(), xero).expect("an upstream");
    assert_eq!(location(sent), HeaderValue::from_str(xero).ok());
    assert!(responses::see_other_upstream(&site(), "https://example.org/").is_err());
}

#[test]
fn json_is_for_those_who_prefer_it() {
    for (accept, expected) in [
        ("application/json", true),
        ("application/problem+json, text/html;q=0.5", true),
        ("text/html, application/json;q=0.9", false),
        (BROWSER, false),
        ("*/*", false),
        ("", false),
    ] {
        let headers = http::HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_str(accept).expect("a value"))]);
        assert_eq!(responses::prefers_json(&headers), expected, "{accept}");
    }
}
