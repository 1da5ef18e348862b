//! The transport of production: reqwest, with its conveniences off.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use reqwest::redirect::Policy;

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

/// The client could not be made: no TLS, or a user agent that is no header value.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be made")]
pub struct HttpTransportError(#[from] reqwest::Error);

/// Sends over the network: no redirects, no proxies, no cookies, connections kept. Clones share the connections.
#[derive(Clone, Debug)]
pub struct HttpTransport {
    client: reqwest::Client,
    most_body_bytes: usize,
}

impl HttpTransport {
    /// Makes the client. Nothing is connected yet.
    pub fn new(settings: &HttpSettings) -> Result<Self, HttpTransportError> {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.timeout)
            .pool_idle_timeout(settings.idle_timeout)
            .user_agent(&settings.user_agent)
            .build()?;
        Ok(Self { client, most_body_bytes: settings.most_body_bytes })
    }
}

#[async_trait]
impl Transport for HttpTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let failed = |error: reqwest::Error| failure(&host, error);
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let mut answer = self.client.execute(request).await.map_err(failed)?;

        // The length that is announced saves reading; the length that is read decides.
        let most = self.most_body_bytes;
        if answer.content_length().is_some_and(|length| length > most as u64) {
            return Err(TransportError::BodyTooLarge);
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > most {
                return Err(TransportError::BodyTooLarge);
            }
            body.extend_from_slice(&chunk);
        }

        let mut response = Response::new(body.freeze());
        *response.status_mut() = answer.status();
        *response.version_mut() = answer.version();
        *response.headers_mut() = std::mem::take(answer.headers_mut());
        Ok(response)
    }
}

fn failure(host: &str, error: reqwest::Error) -> TransportError {
    let kind = if error.is_connect() || error.is_builder() {
        TransportError::Refused
    } else if error.is_timeout() {
        TransportError::Timeout
    } else {
        TransportError::Cut
    };
    // The address goes (queries can hold email addresses); the causes stay, or a TLS fault could not be told.
    let error = error.without_url();
    let mut causes = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        causes.push_str(": ");
        causes.push_str(&inner.to_string());
        cause = inner.source();
    }
    tracing::warn!(host, %kind, causes, "a request got no answer");
    kind
}
