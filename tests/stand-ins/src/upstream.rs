//! The middleware of a fake upstream, which takes every call through the interceptor, and what it has to know about Xero or
//! GO1.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::faults::FaultKind;
use crate::interceptor::Interceptor;
use crate::world::World;

const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// Marks, as an extension, a response that stands for a cut connection. On a socket [`crate::cut_connections`] cuts the
/// connection; in process the body of the response fails, and a transport has to look for this mark.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionCut;

/// What the middleware has to know about the upstream that it is around.
pub(crate) trait Upstream: Clone + Send + Sync + 'static {
    fn world(&self) -> &World;
    fn interceptor(&self) -> &Interceptor;
    /// The endpoint's name. Pages for people have none: they are neither logged nor made to fail.
    fn endpoint(method: &Method, path: &str) -> Option<&'static str>;
    /// The tenant that a call is for, as it stands in the request log.
    fn tenant(&self, parts: &Parts) -> Option<String>;
    /// Applies the rate limits: lets a call through, with a permit where it must be counted until it ends, or refuses it.
    fn apply_rate_limits(&self, endpoint: &'static str, parts: &Parts) -> Result<Option<Permit>, Box<Response>>;
    /// Adds the headers that every answer of this upstream has.
    fn add_headers(&self, endpoint: &'static str, tenant: Option<&str>, response: &mut Response);
}

/// Releases what a running call occupies when it is dropped, also where the caller has gone away.
pub(crate) struct Permit(Option<Box<dyn FnOnce() + Send>>);

impl Permit {
    pub(crate) fn new(release: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(release)))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            release();
        }
    }
}

/// Ends a call in the log when it is dropped, also where the caller has gone away before there was a status.
struct RunningCall<U: Upstream> {
    upstream: U,
    tenant: Option<String>,
    position: usize,
    status: Option<u16>,
}

impl<U: Upstream> Drop for RunningCall<U> {
    fn drop(&mut self) {
        self.upstream.interceptor().end(self.tenant.as_deref(), self.position, self.status);
    }
}

/// The middleware around all routes of an upstream.
pub(crate) async fn intercept<U: Upstream>(State(upstream): State<U>, request: Request, next: Next) -> Response {
    let Some(endpoint) = U::endpoint(request.method(), request.uri().path()) else {
        return next.run(request).await;
    };
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let text = format!("{} {}\n{}", head.method, head.uri, String::from_utf8_lossy(&body));
    let tenant = upstream.tenant(&head);
    let decision = upstream.interceptor().start(upstream.world().now(), endpoint, tenant.clone(), &text);
    let mut call = RunningCall { upstream: upstream.clone(), tenant, position: decision.position, status: None };

    pause(decision.delay).await;
    match &decision.fault {
        Some(FaultKind::CutBefore) => return cut_connection(),
        Some(FaultKind::Answer { status, headers, body }) => {
            call.status = Some(*status);
            return answer(*status, headers, body);
        }
        _ => {}
    }
    let (mut response, permit) = match upstream.apply_rate_limits(endpoint, &head) {
        Err(refusal) => (*refusal, None),
        Ok(permit) => {
            pause(decision.latency / 2).await;
            let response = next.run(Request::from_parts(head, Body::from(body))).await;
            pause(decision.latency / 2).await;
            (response, permit)
        }
    };
    upstream.add_headers(endpoint, call.tenant.as_deref(), &mut response);
    drop(permit);
    match &decision.fault {
        Some(FaultKind::LoseAnswer) => return cut_connection(),
        Some(FaultKind::AnswerAfterEffect { status, headers, body }) => response = answer(*status, headers, body),
        _ => {}
    }
    call.status = Some(response.status().as_u16());
    response
}

async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

fn cut_connection() -> Response {
    let broken =
        futures::stream::once(async { Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset)) });
    let mut response = Response::new(Body::from_stream(broken));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.extensions_mut().insert(ConnectionCut);
    response
}

fn answer(status: u16, headers: &BTreeMap<String, String>, body: &str) -> Response {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
