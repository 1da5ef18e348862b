//! The seams: around the table, below the GO1 client, before the queue.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::import::BatchMessage;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use importing::queue::{BatchQueue, QueueError};
use jiff::SignedDuration;
use rig::{Queue, Seam, Step};
use stand_ins::go1::endpoint;
use state::StateError;
use tokio::time::sleep;
use transport::{HttpSettings, Transport, TransportError};
use worker::{ReturnPath, ReturnPathError};

use crate::cosmos::{Core, panic_as_ordered};
use crate::points::{Asked, Kind, Place};

/// Around the table.
#[derive(Clone)]
pub(crate) struct TableSeam(pub Core);

fn place_of(step: Step) -> Place {
    match step {
        Step::Read(name) => Place::Read(name),
        Step::Write(name) => Place::Write(name),
    }
}

fn table_failed() -> StateError {
    StateError::Unavailable("the harness says so".into())
}

#[async_trait]
impl Seam for TableSeam {
    type Fate = Option<Kind>;

    async fn before(&self, step: Step) -> Result<Self::Fate, StateError> {
        match self.0.arrive(place_of(step)).await {
            Some(Kind::KillBefore) => self.0.die().await,
            Some(Kind::Fail) => Err(table_failed()),
            kind => Ok(kind),
        }
    }

    fn is_repeated(&self, fate: &Self::Fate) -> bool {
        *fate == Some(Kind::Repeat)
    }

    async fn after(&self, fate: Self::Fate) -> Result<(), StateError> {
        match fate {
            Some(Kind::KillAfter) => self.0.die().await,
            Some(Kind::Lose) => Err(table_failed()),
            _ => Ok(()),
        }
    }
}

/// Below the GO1 client: hands requests to the stand-in, or does not.
#[derive(Clone)]
pub(crate) struct FateTransport(pub Core);

fn endpoint_of(request: &Request<Bytes>) -> Place {
    let mut path = request.uri().path().split('/').skip(1);
    match (request.method(), path.next().unwrap_or_default(), path.next()) {
        (&Method::POST, "oauth", _) => Place::Tell(endpoint::TOKEN),
        (&Method::POST, "user-accounts", None) => Place::Tell(endpoint::CREATE_USER_ACCOUNT),
        (&Method::POST, "enrollments", _) => Place::Tell(endpoint::CREATE_ENROLLMENT),
        (&Method::GET, "user-accounts", None) => Place::Ask(endpoint::LIST_USER_ACCOUNTS),
        (&Method::GET, "user-accounts", Some(_)) => Place::Ask(endpoint::GET_USER_ACCOUNT),
        (&Method::GET, _, _) => Place::Ask("another"),
        _ => Place::Tell("another"),
    }
}

fn answer(status: StatusCode, body: &'static str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from_static(body.as_bytes()));
    *answer.status_mut() = status;
    answer
}

#[async_trait]
impl Transport for FateTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let core = &self.0;
        let time_out = HttpSettings::default().timeout;
        // Longer than the client waits, and than a worker lives.
        let later = |core: &Core| SignedDuration::from_secs(12 + i64::try_from(core.below(39)).unwrap_or_default());
        let Some(kind) = core.arrive(endpoint_of(&request)).await else { return Ok(core.serve(request).await) };
        match kind {
            Kind::KillBefore => core.die().await,
            Kind::KillAfter => {
                core.serve(request).await;
                core.die().await
            }
            Kind::KillLate => {
                core.leave_late(request, later(core));
                core.die().await
            }
            Kind::Refused => Err(TransportError::Refused),
            Kind::Fail => Err(TransportError::Cut),
            Kind::Lose => {
                core.serve(request).await;
                Err(TransportError::Cut)
            }
            Kind::Limited(asked) => Ok(self.limited(asked)),
            Kind::Error => Ok(answer(StatusCode::INTERNAL_SERVER_ERROR, r#"{"message":"Server error."}"#)),
            Kind::ErrorAfter => {
                core.serve(request).await;
                Ok(answer(StatusCode::SERVICE_UNAVAILABLE, ""))
            }
            Kind::ErrorLate => {
                core.leave_late(request, later(core));
                Ok(answer(StatusCode::GATEWAY_TIMEOUT, "<h1>504</h1>"))
            }
            Kind::Html => {
                let status = core.serve(request).await.status();
                Ok(answer(status, "<!doctype html><title>Welcome</title>"))
            }
            Kind::Truncated => {
                let (parts, body) = core.serve(request).await.into_parts();
                Ok(Response::from_parts(parts, body.slice(..body.len() / 2)))
            }
            Kind::TooLarge => {
                core.serve(request).await;
                Err(TransportError::BodyTooLarge)
            }
            Kind::HangNever => {
                sleep(time_out).await;
                Err(TransportError::Timeout)
            }
            Kind::HangLate => {
                core.leave_late(request, later(core));
                sleep(time_out).await;
                Err(TransportError::Timeout)
            }
            Kind::PanicLate => {
                core.leave_late(request, later(core));
                sleep(time_out).await;
                panic_as_ordered()
            }
            Kind::Slow => {
                sleep(time_out.saturating_sub(Duration::from_secs(1))).await;
                Ok(core.serve(request).await)
            }
            Kind::Expire => {
                core.world.go1().expire_access_tokens();
                Ok(core.serve(request).await)
            }
            _ => Ok(core.serve(request).await),
        }
    }
}

impl FateTransport {
    fn limited(&self, asked: Asked) -> Response<Bytes> {
        let mut limited = answer(StatusCode::TOO_MANY_REQUESTS, r#"{"message":"Too many requests."}"#);
        let value = match asked {
            Asked::Nothing => None,
            Asked::Seconds(seconds) => Some(seconds.to_string()),
            Asked::Date => {
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

/// Xero is never asked by what runs here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoTransport;

#[async_trait]
impl Transport for NoTransport {
    async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        Err(TransportError::Refused)
    }
}

/// Before the queue.
#[derive(Clone)]
pub(crate) struct QueueSeam {
    /// What decides.
    pub(crate) core: Core,
    /// The queue.
    pub(crate) queue: Queue,
    /// Whether messages are those of the version before.
    pub(crate) is_old: bool,
}

impl QueueSeam {
    async fn put(&self, batches: &[BatchMessage]) -> Result<Vec<u32>, QueueError> {
        if !self.is_old {
            return self.queue.send(batches).await;
        }
        for message in batches {
            let mut body: serde_json::Value = serde_json::from_str(&message.to_json()).unwrap_or_default();
            body["version"] = 1.into();
            if let Some(fields) = body.as_object_mut() {
                fields.remove("send");
            }
            self.queue.put(message.portal().as_str(), &message.deduplication_id(), &body.to_string());
        }
        Ok(batches.iter().map(BatchMessage::batch).collect())
    }
}

#[async_trait]
impl BatchQueue for QueueSeam {
    async fn send(&self, batches: &[BatchMessage]) -> Result<Vec<u32>, QueueError> {
        let failed = || QueueError("the harness says so".into());
        match self.core.arrive(Place::Send).await {
            Some(Kind::KillBefore) => self.core.die().await,
            Some(Kind::Fail) => Err(failed()),
            Some(Kind::KillAfter) => {
                self.put(batches).await?;
                self.core.die().await
            }
            Some(Kind::Lose) => {
                self.put(batches).await?;
                Err(failed())
            }
            Some(Kind::Partial) => self.put(&batches[1.min(batches.len())..]).await,
            _ => self.put(batches).await,
        }
    }
}

impl QueueSeam {
    async fn around(&self, work: impl Future<Output = Result<(), ReturnPathError>>) -> Result<(), ReturnPathError> {
        let failed = || ReturnPathError("the harness says so".into());
        match self.core.arrive(Place::Return).await {
            Some(Kind::KillBefore) => self.core.die().await,
            Some(Kind::Fail) => Err(failed()),
            Some(Kind::KillAfter) => {
                work.await?;
                self.core.die().await
            }
            Some(Kind::Lose) => {
                work.await?;
                Err(failed())
            }
            _ => work.await,
        }
    }
}

#[async_trait]
impl ReturnPath for QueueSeam {
    async fn hide_for(&self, receipt_handle: &str, wait: Duration) -> Result<(), ReturnPathError> {
        self.around(self.queue.hide_for(receipt_handle, wait)).await
    }

    async fn to_dead_letters(&self, id: &str, body: &str, reason: &str) -> Result<(), ReturnPathError> {
        self.around(self.queue.to_dead_letters(id, body, reason)).await
    }
}
