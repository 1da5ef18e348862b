//! What we sent: every request, whole, as it went out.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request, Response};
use transport::{Transport, TransportError};

/// A request that went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// Its method.
    pub method: Method,
    /// Its path and its query.
    pub target: String,
    /// Its body.
    pub body: String,
}

/// A transport that remembers what went through it.
#[derive(Clone)]
pub(crate) struct Recording {
    inner: Arc<dyn Transport>,
    requests: Arc<Mutex<Vec<Outgoing>>>,
}

impl Recording {
    pub(crate) fn of(inner: impl Transport + 'static) -> Self {
        Self { inner: Arc::new(inner), requests: Arc::default() }
    }

    /// Everything so far, in the order in which it went out.
    pub(crate) fn requests(&self) -> Vec<Outgoing> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Transport for Recording {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(Outgoing {
            method: request.method().clone(),
            target: request.uri().path_and_query().map(ToString::to_string).unwrap_or_default(),
            body: String::from_utf8_lossy(request.body()).into_owned(),
        });
        self.inner.send(request).await
    }
}
