//! The reverse proxy to the app, in the place of CloudFront and the custom domain of production. It forwards every request
//! to the HTTP API, and compresses the answers as CloudFront does.

use std::io::Write as _;
use std::net::SocketAddr;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// The headers that a proxy does not forward: those of the connection (RFC 9110, 7.6.1), and the length, which follows
/// from the body.
const NOT_FORWARDED: &[&str] = &[
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

#[derive(Clone, Debug)]
pub struct ReverseProxySettings {
    /// The address of the app, such as `http://127.0.0.1:4566`.
    pub upstream: String,
    /// The `Host` that the app expects, such as `<api id>.execute-api.localhost`. With `None` it is that of the address.
    pub upstream_host: Option<String>,
}

#[derive(Clone)]
struct ReverseProxy {
    settings: ReverseProxySettings,
    client: reqwest::Client,
}

/// A router that forwards every request.
pub fn router(settings: ReverseProxySettings) -> Result<Router, reqwest::Error> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
    Ok(Router::new().fallback(forward).with_state(ReverseProxy { settings, client }))
}

async fn forward(State(proxy): State<ReverseProxy>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let caller = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip().to_string());
    let caller = caller.and_then(|address| HeaderValue::try_from(address).ok());
    let caller = caller.unwrap_or_else(|| HeaderValue::from_static("127.0.0.1"));
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let url = format!("{}{path}", proxy.settings.upstream.trim_end_matches('/'));

    let takes_gzip = accepts_gzip(&parts.headers);
    let mut headers = forwarded(&parts.headers);
    let host = headers.remove(header::HOST);
    if let Some(host) = host {
        headers.insert("x-forwarded-host", host);
    }
    headers.insert("x-forwarded-proto", HeaderValue::from_static("http"));
    // As the gateway does, this replaces whatever address the caller claims.
    headers.insert("x-forwarded-for", caller);
    let upstream_host = proxy.settings.upstream_host.as_deref().map(HeaderValue::from_str);
    if let Some(Ok(upstream_host)) = upstream_host {
        headers.insert(header::HOST, upstream_host);
    }

    let answer = proxy.client.request(parts.method, url).headers(headers).body(body).send().await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return no_answer(&error),
    };
    let status = answer.status();
    let mut headers = forwarded(answer.headers());
    match answer.bytes().await {
        Ok(body) => {
            let body = if takes_gzip { compressed(&mut headers, &body).unwrap_or(body) } else { body };
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            response
        }
        Err(error) => no_answer(&error),
    }
}

fn forwarded(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        if !NOT_FORWARDED.contains(&name.as_str()) {
            kept.append(name, value.clone());
        }
    }
    kept
}

/// The sizes that CloudFront compresses, in bytes (its Developer Guide, "Serve compressed files").
const COMPRESSED_SIZES: std::ops::RangeInclusive<usize> = 1_000..=10_000_000;

/// The kinds of content that it compresses, of those that the app has.
const COMPRESSED_KINDS: [&str; 5] =
    ["text/", "application/json", "application/problem+json", "image/svg+xml", "font/ttf"];

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| coding.trim().split(';').next() == Some("gzip"))
}

/// The body compressed, with the headers that say so; `None` where CloudFront would leave it as it is.
fn compressed(headers: &mut HeaderMap, body: &Bytes) -> Option<Bytes> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let is_taken = COMPRESSED_KINDS.iter().any(|taken| kind.starts_with(taken));
    if !is_taken || !COMPRESSED_SIZES.contains(&body.len()) || headers.contains_key(header::CONTENT_ENCODING) {
        return None;
    }
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(body).ok()?;
    let compressed = gzip.finish().ok()?;
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    Some(compressed.into())
}

fn no_answer(error: &reqwest::Error) -> Response {
    tracing::warn!(%error, "the app did not answer");
    let page = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>The app does not answer</title>\
                <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"></head>\
                <body style=\"font:18px/1.5 system-ui,sans-serif;max-width:34rem;margin:4rem auto;padding:0 1rem\">\
                <h1>The app does not answer</h1><p>It may still be starting. Wait a few seconds and load this page \
                again.</p></body></html>";
    (StatusCode::BAD_GATEWAY, Html(page)).into_response()
}
