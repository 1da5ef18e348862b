//! The simulated network between the clients and the fake upstreams.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use jiff::SignedDuration;
use stand_ins::go1::endpoint;
use tokio::time::sleep;
use transport::{HttpSettings, Transport, TransportError};

use crate::fault::{Fault, RetryAfter};
use crate::injection_points::InjectionPoint;
use crate::panics::inject_panic;
use crate::simulator::{Simulator, Upstream};

/// Hands each request to its upstream, unless the fault that is injected says otherwise.
#[derive(Clone)]
pub(crate) struct SimulatedNetwork {
    pub(crate) simulator: Simulator,
    pub(crate) upstream: Upstream,
}

fn point_of(upstream: Upstream, request: &Request<Bytes>) -> InjectionPoint {
    if upstream == Upstream::Xero {
        let changes = request.method() != Method::GET;
        return if changes { InjectionPoint::XeroWrite } else { InjectionPoint::XeroRead };
    }
    let mut path = request.uri().path().split('/').skip(1);
    match (request.method(), path.next().unwrap_or_default(), path.next()) {
        (&Method::POST, "oauth", _) => InjectionPoint::Go1Write(endpoint::TOKEN),
        (&Method::POST, "user-accounts", None) => InjectionPoint::Go1Write(endpoint::CREATE_USER_ACCOUNT),
        (&Method::POST, "enrollments", _) => InjectionPoint::Go1Write(endpoint::CREATE_ENROLLMENT),
        (&Method::GET, "user-accounts", None) => InjectionPoint::Go1Read(endpoint::LIST_USER_ACCOUNTS),
        (&Method::GET, "user-accounts", Some(_)) => InjectionPoint::Go1Read(endpoint::GET_USER_ACCOUNT),
        (&Method::PATCH, "user-accounts", _) => InjectionPoint::Go1Write(endpoint::UPDATE_USER_ACCOUNT),
        (&Method::DELETE, "enrollments", _) => InjectionPoint::Go1Write(endpoint::DELETE_ENROLLMENT),
        (&Method::GET, _, _) => InjectionPoint::Go1Read("another"),
        _ => InjectionPoint::Go1Write("another"),
    }
}

fn answer(status: StatusCode, body: &'static str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(body.as_bytes()));
    *answer.status_mut() = status;
    answer
}

/// A request on its way.
struct Sending<'network> {
    network: &'network SimulatedNetwork,
    request: Request<Bytes>,
    /// Its number in the history.
    asked: Option<usize>,
}

impl Sending<'_> {
    async fn arrive(self) -> Response<Bytes> {
        let SimulatedNetwork { simulator, upstream } = self.network;
        simulator.deliver(*upstream, self.request, self.asked).await
    }

    /// Lets a request arrive 12 to 50 seconds from now: after the client has timed out, and often after the worker that
    /// sent it has ended.
    fn leave_in_flight(self) {
        let SimulatedNetwork { simulator, upstream } = self.network;
        let seconds = 12 + i64::try_from(simulator.below(39)).unwrap_or_default();
        simulator.delay_request(*upstream, self.request, self.asked, SignedDuration::from_secs(seconds));
    }
}

#[async_trait]
impl Transport for SimulatedNetwork {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let Self { simulator, upstream } = self;
        let point = point_of(*upstream, &request);
        let asked = (*upstream == Upstream::Go1).then(|| {
            let at = simulator.clock.read();
            simulator.history().ask(&request, at, simulator.invocation(), &simulator.world)
        });
        let sending = Sending { network: self, request, asked };
        match simulator.step(point).await {
            Some(fault) => self.send_with(fault, sending).await,
            None => Ok(sending.arrive().await),
        }
    }
}

impl SimulatedNetwork {
    async fn send_with(&self, fault: Fault, sending: Sending<'_>) -> Result<Response<Bytes>, TransportError> {
        let simulator = &self.simulator;
        let timeout = HttpSettings::default().timeout;
        match fault {
            Fault::CrashBefore => simulator.crash().await,
            Fault::CrashAfter => {
                sending.arrive().await;
                simulator.crash().await
            }
            Fault::CrashInFlight => {
                sending.leave_in_flight();
                simulator.crash().await
            }
            Fault::CancelAfter => {
                let answer = sending.arrive().await;
                simulator.cancel().await;
                Ok(answer)
            }
            Fault::CancelInFlight => {
                sending.leave_in_flight();
                simulator.cancel().await;
                Err(TransportError::Timeout)
            }
            Fault::ConnectionRefused => Err(TransportError::Refused),
            Fault::FailBefore => Err(TransportError::Cut),
            Fault::FailAfter => {
                sending.arrive().await;
                Err(TransportError::Cut)
            }
            Fault::RateLimited(retry_after) => Ok(self.rate_limited(retry_after, sending.asked)),
            Fault::ServerErrorBefore => Ok(answer(StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Server error."}"#)),
            Fault::ServerErrorAfter => {
                sending.arrive().await;
                Ok(answer(StatusCode::SERVICE_UNAVAILABLE, ""))
            }
            Fault::ServerErrorInFlight => {
                sending.leave_in_flight();
                Ok(answer(StatusCode::GATEWAY_TIMEOUT, "<h1>504</h1>"))
            }
            Fault::HtmlAnswer => {
                let status = sending.arrive().await.status();
                Ok(answer(status, "<!doctype html><title>Welcome</title>"))
            }
            Fault::BlockPage => Ok(answer(StatusCode::FORBIDDEN, "<!doctype html><title>Request blocked</title>")),
            Fault::TruncatedAnswer => {
                let (parts, body) = sending.arrive().await.into_parts();
                Ok(Response::from_parts(parts, body.slice(..body.len() / 2)))
            }
            Fault::OversizedAnswer => {
                sending.arrive().await;
                Err(TransportError::BodyTooLarge)
            }
            Fault::TimeoutBefore => {
                sleep(timeout).await;
                Err(TransportError::Timeout)
            }
            Fault::TimeoutInFlight => {
                sending.leave_in_flight();
                sleep(timeout).await;
                Err(TransportError::Timeout)
            }
            Fault::PanicInFlight => {
                sending.leave_in_flight();
                sleep(timeout).await;
                inject_panic()
            }
            Fault::SlowAnswer => {
                sleep(timeout.saturating_sub(Duration::from_secs(1))).await;
                Ok(sending.arrive().await)
            }
            Fault::LateAnswer(seconds) => {
                let answer = sending.arrive().await;
                sleep(Duration::from_secs(seconds.into())).await;
                Ok(answer)
            }
            Fault::ExpiredTokens => {
                match self.upstream {
                    Upstream::Go1 => simulator.world.go1().expire_access_tokens(),
                    Upstream::Xero => simulator.world.xero().expire_access_tokens(),
                }
                Ok(sending.arrive().await)
            }
            _ => Ok(sending.arrive().await),
        }
    }

    fn rate_limited(&self, retry_after: RetryAfter, asked: Option<usize>) -> Response<Bytes> {
        let mut limited = answer(StatusCode::TOO_MANY_REQUESTS, r#"{"message":"Too many requests."}"#);
        let now = self.simulator.clock.read();
        let (value, seconds) = match retry_after {
            RetryAfter::Absent => (None, 0),
            RetryAfter::Seconds(seconds) => (Some(seconds.to_string()), i64::from(seconds)),
            RetryAfter::Date => {
                let then = now + SignedDuration::from_secs(30);
                (Some(then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()), 29)
            }
        };
        if let Some(asked) = asked {
            self.simulator.history().hear_retry_after(asked, now, seconds);
        }
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            limited.headers_mut().insert(header::RETRY_AFTER, value);
        }
        limited
    }
}
