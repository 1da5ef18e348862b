//! Answers: pages, JSON, downloads and redirects, each with the headers that it needs.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::frame::Frame;
use crate::pages::{self, View};
use crate::problem::Problem;
use crate::site::SiteSettings;

/// A page of the sign-up, 200.
pub fn page(site: &SiteSettings, view: &impl View) -> Response {
    page_in(site, &Frame::SignUp, view)
}

/// A page that is the same for everybody who has no session, 200. The edge keeps it for some minutes, apart for each
/// cookie; a browser asks each time, so that whoever has begun meanwhile sees where they are. Only for a page without a
/// form of ours: a token in it would be everybody's.
pub fn public_page(site: &SiteSettings, view: &impl View) -> Response {
    let mut response = page(site, view);
    if response.status() == StatusCode::OK {
        let kept = HeaderValue::from_static("public, max-age=0, s-maxage=300");
        response.headers_mut().insert(header::CACHE_CONTROL, kept);
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("cookie"));
    }
    response
}

/// A page in its frame, 200.
pub fn page_in(site: &SiteSettings, frame: &Frame, view: &impl View) -> Response {
    page_with_status_in(site, frame, StatusCode::OK, view)
}

/// A page in its frame, with another status: 422 for a form with errors, 409 for a look that is out of date.
pub fn page_with_status_in(site: &SiteSettings, frame: &Frame, status: StatusCode, view: &impl View) -> Response {
    match pages::render(site, frame, view) {
        Ok(html) => secured(site, answer(status, "text/html; charset=utf-8", html)),
        Err(error) => {
            // Only a formatter that is out of memory gets here.
            tracing::error!(%error, "a page could not be rendered");
            let sorry = "This page could not be shown. Please try again.";
            secured(site, answer(StatusCode::INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", sorry))
        }
    }
}

/// JSON, 200.
pub fn json(site: &SiteSettings, value: &impl Serialize) -> Response {
    match serde_json::to_string(value) {
        Ok(text) => secured(site, answer(StatusCode::OK, "application/json", text)),
        Err(error) => {
            tracing::error!(%error, "an answer could not be serialised");
            secured(site, answer(StatusCode::INTERNAL_SERVER_ERROR, "application/json", "{}"))
        }
    }
}

/// A file to keep. `file_name` is one of ours: letters, digits, hyphens and dots.
pub fn download(site: &SiteSettings, content_type: &'static str, file_name: &str, content: String) -> Response {
    let mut response = answer(StatusCode::OK, content_type, content);
    if let Ok(disposition) = HeaderValue::try_from(format!("attachment; filename=\"{file_name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    secured(site, response)
}

/// Sends the browser to one of our own paths (303, so that a reload does not post again). Anything that a browser could
/// read as another place gives the start page.
pub fn see_other(path: &str) -> Response {
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    redirect(if ours { path } else { "/" })
}

/// Sends the browser to an upstream (303): an address whose origin is one of the site's `form_action_origins`.
pub fn see_other_upstream(site: &SiteSettings, url: &str) -> Result<Response, Problem> {
    if site.is_upstream(url) && url.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return Ok(redirect(url));
    }
    tracing::error!("an upstream's address is not among the origins that forms may lead to");
    Err(Problem::Internal)
}

/// The same answer, with a cookie.
#[must_use]
pub fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

/// The same answer, after which the browser keeps nothing of ours that it was shown. Not its cookies: that would be those of
/// the whole domain, and ours is taken away by name.
#[must_use]
pub fn forgetting(mut response: Response) -> Response {
    let what = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), what);
    response
}

/// Whether the client would rather have JSON than a page.
pub fn prefers_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let weight = |wanted: &[&str]| {
        accepted
            .split(',')
            .filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let kind = parts.next()?;
                let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
                wanted.contains(&kind).then_some(weight)
            })
            .fold(0.0, f32::max)
    };
    weight(&["application/json", "application/problem+json"]) > weight(&["text/html", "application/xhtml+xml"])
}

pub(crate) fn answer(status: StatusCode, content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn redirect(location: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(location) = HeaderValue::try_from(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// Adds the headers that every answer of ours has. A `Cache-Control` that is there already is kept.
pub(crate) fn secured(site: &SiteSettings, mut response: Response) -> Response {
    let fixed = [
        (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: that makes the Origin of our own posts null.
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=()"),
    ];
    let headers = response.headers_mut();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    match HeaderValue::try_from(content_security_policy(site)) {
        Ok(policy) => headers.insert(header::CONTENT_SECURITY_POLICY, policy),
        Err(_) => headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
    };
    response
}

fn content_security_policy(site: &SiteSettings) -> String {
    let form_action = site.form_action_origins.join(" ");
    let pictures = site.picture_origins.join(" ");
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' {pictures}; font-src 'self'; connect-src 'self'; \
         form-action 'self' {form_action}; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}
