//! What is told of each call to an upstream: which it was, how long it took, and how it ended.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::tally::{self, Ended};
use crate::{Transport, TransportError};

/// Where upstreams and what stands in front of them say by what their support finds an answer. Xero documents its own;
/// GO1 documents none, so what gateways usually send is looked for.
const CORRELATION_IDS: [&str; 5] =
    ["xero-correlation-id", "x-correlation-id", "x-request-id", "x-amzn-requestid", "cf-ray"];

/// The longest id that is told.
const LONGEST_ID: usize = 64;

/// What a request is called where it is counted and told of.
#[derive(Clone, Copy, Debug)]
struct CallName(&'static str);

/// Gives a request the name that it is counted and told of by. Without one it is `unnamed`.
pub fn named(call: &'static str, mut request: Request<Bytes>) -> Request<Bytes> {
    request.extensions_mut().insert(CallName(call));
    request
}

/// What the upstream's support finds this answer by, where it says so in a form that can be nobody's data.
pub fn correlation_id(headers: &HeaderMap) -> Option<&str> {
    let is_id = |id: &&str| {
        !id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    CORRELATION_IDS.iter().find_map(|name| headers.get(*name)?.to_str().ok().filter(is_id))
}

/// Sends over another transport, in a span of each call, and tells how it ended: a failure always, everything else where
/// somebody looks for single calls (`debug`). All of them are counted, see [`counted`](crate::counted).
#[derive(Clone)]
pub struct Observed {
    upstream: &'static str,
    inner: Arc<dyn Transport>,
}

impl Observed {
    /// Calls to the upstream of this name.
    pub fn new(upstream: &'static str, inner: Arc<dyn Transport>) -> Self {
        Self { upstream, inner }
    }
}

#[async_trait]
impl Transport for Observed {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let upstream = self.upstream;
        let call = request.extensions().get::<CallName>().map_or("unnamed", |name| name.0);
        let span = tracing::info_span!("call", upstream, call);
        let begun = Instant::now();
        let answer = self.inner.send(request).instrument(span.clone()).await;
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let ended = span.in_scope(|| tell(duration_ms, &answer));
        tally::count(upstream, call, duration_ms, ended);
        answer
    }
}

fn tell(duration_ms: u64, answer: &Result<Response<Bytes>, TransportError>) -> Ended {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(event = "call_failed", duration_ms, why = %error, "a call got no answer");
            return Ended::Failed;
        }
    };
    let (status, correlation_id) = (answer.status(), correlation_id(answer.headers()));
    let number = status.as_u16();
    match status {
        _ if status.is_success() => {
            tracing::debug!(duration_ms, status = number, correlation_id, "a call was answered");
            Ended::Well
        }
        StatusCode::TOO_MANY_REQUESTS => {
            tracing::warn!(event = "call_failed", duration_ms, status = number, correlation_id, "a call was limited");
            Ended::Limited
        }
        _ if status.is_server_error() => {
            tracing::warn!(event = "call_failed", duration_ms, status = number, correlation_id, "a call failed");
            Ended::Failed
        }
        // Much of it is an answer like others: nobody is there, or somebody is there already.
        _ => {
            tracing::info!(event = "call_refused", duration_ms, status = number, correlation_id, "a call was refused");
            Ended::Refused
        }
    }
}
