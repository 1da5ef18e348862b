//! The simulated network between the GO1 client and the fake GO1.

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
use crate::simulator::Simulator;

/// Hands each request to the fake GO1, unless the fault that is injected says otherwise.
#[derive(Clone)]
pub(crate) struct SimulatedNetwork(pub(crate) Simulator);

fn point_of(request: &Request<Bytes>) -> InjectionPoint {
    let mut path = request.uri().path().split('/').skip(1);
    match (request.method(), path.next().unwrap_or_default(), path.next()) {
        (&Method::POST, "oauth", _) => InjectionPoint::Go1Write(endpoint::TOKEN),
        (&Method::POST, "user-accounts", None) => InjectionPoint::Go1Write(endpoint::CREATE_USER_ACCOUNT),
        (&Method::POST, "enrollments", _) => InjectionPoint::Go1Write(endpoint::CREATE_ENROLLMENT),
        (&Method::GET, "user-accounts", None) => InjectionPoint::Go1Read(endpoint::LIST_USER_ACCOUNTS),
        (&Method::GET, "user-accounts", Some(_)) => InjectionPoint::Go1Read(endpoint::GET_USER_ACCOUNT),
        (&Method::GET, _, _) => InjectionPoint::Go1Read("another"),
        _ => InjectionPoint::Go1Write("another"),
    }
}

fn answer(status: StatusCode, body: &'static str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(body.as_bytes()));
    *answer.status_mut() = status;
    answer
}

#[async_trait]
impl Transport for SimulatedNetwork {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let simulator = &self.0;
        let timeout = HttpSettings::default().timeout;
        let Some(fault) = simulator.step(point_of(&request)).await else {
            return Ok(simulator.send_to_go1(request).await);
        };
        match fault {
            Fault::CrashBefore => simulator.crash().await,
            Fault::CrashAfter => {
                simulator.send_to_go1(request).await;
                simulator.crash().await
            }
            Fault::CrashInFlight => {
                self.leave_in_flight(request);
                simulator.crash().await
            }
            Fault::ConnectionRefused => Err(TransportError::Refused),
            Fault::FailBefore => Err(TransportError::Cut),
            Fault::FailAfter => {
                simulator.send_to_go1(request).await;
                Err(TransportError::Cut)
            }
            Fault::RateLimited(retry_after) => Ok(self.rate_limited(retry_after)),
            Fault::ServerErrorBefore => Ok(answer(StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Server error."}"#)),
            Fault::ServerErrorAfter => {
                simulator.send_to_go1(request).await;
                Ok(answer(StatusCode::SERVICE_UNAVAILABLE, ""))
            }
            Fault::ServerErrorInFlight => {
                self.leave_in_flight(request);
                Ok(answer(StatusCode::GATEWAY_TIMEOUT, "<h1>504</h1>"))
            }
            Fault::HtmlAnswer => {
                let status = simulator.send_to_go1(request).await.status();
                Ok(answer(status, "<!doctype html><title>Welcome</title>"))
            }
            Fault::TruncatedAnswer => {
                let (parts, body) = simulator.send_to_go1(request).await.into_parts();
                Ok(Response::from_parts(parts, body.slice(..body.len() / 2)))
            }
            Fault::OversizedAnswer => {
                simulator.send_to_go1(request).await;
                Err(TransportError::BodyTooLarge)
            }
            Fault::TimeoutBefore => {
                sleep(timeout).await;
                Err(TransportError::Timeout)
            }
            Fault::TimeoutInFlight => {
                self.leave_in_flight(request);
                sleep(timeout).await;
                Err(TransportError::Timeout)
            }
            Fault::PanicInFlight => {
                self.leave_in_flight(request);
                sleep(timeout).await;
                inject_panic()
            }
            Fault::SlowAnswer => {
                sleep(timeout.saturating_sub(Duration::from_secs(1))).await;
                Ok(simulator.send_to_go1(request).await)
            }
            Fault::ExpiredTokens => {
                simulator.world.go1().expire_access_tokens();
                Ok(simulator.send_to_go1(request).await)
            }
            _ => Ok(simulator.send_to_go1(request).await),
        }
    }
}

impl SimulatedNetwork {
    /// Lets a request arrive 12 to 50 seconds from now: after the client has timed out, and often after the worker that
    /// sent it has ended.
    fn leave_in_flight(&self, request: Request<Bytes>) {
        let seconds = 12 + i64::try_from(self.0.below(39)).unwrap_or_default();
        self.0.delay_request(request, SignedDuration::from_secs(seconds));
    }

    fn rate_limited(&self, retry_after: RetryAfter) -> Response<Bytes> {
        let mut limited = answer(StatusCode::TOO_MANY_REQUESTS, r#"{"message":"Too many requests."}"#);
        let value = match retry_after {
            RetryAfter::Absent => None,
            RetryAfter::Seconds(seconds) => Some(seconds.to_string()),
            RetryAfter::Date => {
                let then = self.0.clock.read() + SignedDuration::from_secs(30);
                Some(then.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
            }
        };
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            limited.headers_mut().insert(header::RETRY_AFTER, value);
        }
        limited
    }
}

/// The network to Xero. The functions that run here never ask Xero anything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoNetwork;

#[async_trait]
impl Transport for NoNetwork {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Err(TransportError::Refused)
    }
}
