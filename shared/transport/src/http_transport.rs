//! The transport of production.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ACCEPT, HeaderValue, InvalidHeaderValue, USER_AGENT};
use http::{Request, Response};

use crate::connections::{Connections, ConnectionsError, ExchangeError};
use crate::{MOST_BODY_BYTES, Transport, TransportError};

/// How requests are sent. The defaults are right for a Lambda function behind an HTTP API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// How long connecting may take, TLS included.
    pub connect_timeout: Duration,
    /// How long a whole call may take, from connecting to the last byte.
    pub timeout: Duration,
    /// How long an unused connection is kept. Short: one that died while the function was frozen looks alive.
    pub idle_timeout: Duration,
    /// The most that is read of one answer, in bytes.
    pub most_body_bytes: usize,
    /// Who we say we are.
    pub user_agent: String,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(20),
            most_body_bytes: MOST_BODY_BYTES,
            user_agent: concat!("GO1/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be made")]
pub enum HttpTransportError {
    /// There are no connections.
    Connections(#[from] ConnectionsError),
    /// The user agent is no header value.
    UserAgent(#[from] InvalidHeaderValue),
}

/// Sends over the network: no redirects, no proxies, no cookies, connections kept. Clones share the connections.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    connections: Connections,
    timeout: Duration,
    most_body_bytes: usize,
    user_agent: HeaderValue,
}

impl HttpTransport {
    /// Makes the client. Nothing is connected yet.
    pub fn new(settings: &HttpSettings) -> Result<Self, HttpTransportError> {
        Ok(Self {
            connections: Connections::new(settings.connect_timeout, settings.idle_timeout)?,
            timeout: settings.timeout,
            most_body_bytes: settings.most_body_bytes,
            user_agent: HeaderValue::try_from(&settings.user_agent)?,
        })
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let headers = request.headers_mut();
        headers.entry(USER_AGENT).or_insert_with(|| self.user_agent.clone());
        headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
        let exchange = self.connections.exchange(request, self.most_body_bytes);
        let (kind, causes) = match tokio::time::timeout(self.timeout, exchange).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(ExchangeError::Refused(causes))) => (TransportError::Refused, causes),
            Ok(Err(ExchangeError::Cut(causes))) => (TransportError::Cut, causes),
            Ok(Err(ExchangeError::BodyTooLarge)) => return Err(TransportError::BodyTooLarge),
            Err(elapsed) => (TransportError::Timeout, elapsed.to_string()),
        };
        tracing::warn!(host, %kind, causes, "a request got no answer");
        Err(kind)
    }
}
