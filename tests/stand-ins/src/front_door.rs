//! The front door: what a content network and a custom domain are in production. It hands every request on to the API.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};

const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// Headers that belong to one connection and are not handed on (RFC 9110, 7.6.1), and the length, which follows from
/// the body.
const OF_THE_CONNECTION: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
];

/// Where the front door leads.
#[derive(Clone, Debug)]
pub struct FrontDoorSettings {
    /// The scheme, host and port to connect to, such as `http://127.0.0.1:4566`.
    pub upstream: String,
    /// The `Host` that the upstream expects, such as `<api id>.execute-api.localhost`; none: its own.
    pub upstream_host: Option<String>,
}

#[derive(Clone)]
struct FrontDoor {
    settings: FrontDoorSettings,
    client: reqwest::Client,
}

/// A router that hands every request on.
pub fn router(settings: FrontDoorSettings) -> Result<Router, reqwest::Error> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
    Ok(Router::new().fallback(hand_on).with_state(FrontDoor { settings, client }))
}

async fn hand_on(State(door): State<FrontDoor>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{}{path}", door.settings.upstream.trim_end_matches('/'));

    let mut headers = end_to_end(&parts.headers);
    let host = headers.remove(header::HOST);
    if let Some(host) = host {
        headers.insert("x-forwarded-host", host);
    }
    headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
    // The gateway writes down who asks, whatever they say of themselves. Here that is always this machine.
    headers.insert("x-forwarded-for", HeaderValue::from_static("127.0.0.1"));
    let upstream_host = door.settings.upstream_host.as_deref().map(HeaderValue::from_str);
    if let Some(Ok(upstream_host)) = upstream_host {
        headers.insert(header::HOST, upstream_host);
    }

    let answer = door.client.request(parts.method, url).headers(headers).body(body).send().await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return nobody_home(&error),
    };
    let status = answer.status();
    let headers = end_to_end(answer.headers());
    match answer.bytes().await {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            response
        }
        Err(error) => nobody_home(&error),
    }
}

fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        if !OF_THE_CONNECTION.contains(&name.as_str()) {
            kept.append(name, value.clone());
        }
    }
    kept
}

fn nobody_home(error: &reqwest::Error) -> Response {
    tracing::warn!(%error, "the app did not answer");
    let page = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>The app does not answer</title>\
                <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head>\
                <body style=\"font:18px/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem\">\
                <h1>The app does not answer</h1><p>It may still be starting. Wait a few seconds and load this page \
                again.</p></body></html>";
    (StatusCode::BAD_GATEWAY, Html(page)).into_response()
}
