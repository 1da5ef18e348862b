//! Connections that are kept, of one kind for the upstreams and for AWS: reqwest, with its conveniences off, over the TLS of
//! this crate.

use std::error::Error;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use reqwest::redirect::Policy;

use crate::tls;

/// Why an exchange had no end. What led to it is for the log, which could not tell a TLS fault otherwise; it never names
/// the address that was asked (queries can hold email addresses).
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// No connection: nothing was sent.
    #[error("no connection could be made: {0}")]
    Refused(String),
    /// The connection broke. The request may have been carried out.
    #[error("the connection was cut: {0}")]
    Cut(String),
    /// The answer is longer than what is taken of it. The request was probably carried out.
    #[error("the answer is too large")]
    BodyTooLarge,
}

/// The connections could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be made")]
pub enum ConnectionsError {
    /// None of TLS's versions is left with these ciphers.
    Tls(#[from] rustls::Error),
    /// reqwest does not take a setting.
    Client(#[from] reqwest::Error),
}

/// Sends requests over connections that are kept: HTTP/1.1, TLS or plain, no redirects, no proxies, no cookies. Clones share
/// the connections.
#[derive(Clone, Debug)]
pub struct Connections(reqwest::Client);

impl Connections {
    /// Connects to nobody yet. `connect_timeout`: how long connecting may take, TLS included. `idle_timeout`: how long an
    /// unused connection is kept.
    pub fn new(connect_timeout: Duration, idle_timeout: Duration) -> Result<Self, ConnectionsError> {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::configuration()?)
            .redirect(Policy::none())
            .no_proxy()
            .referer(false)
            .retry(reqwest::retry::never())
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(idle_timeout)
            .build()?;
        Ok(Self(client))
    }

    /// Sends one request, whose address is absolute, and reads the whole answer, of at most `most_body_bytes`. Never twice,
    /// unless the connection was closed before anything of it was written. There is no time-out for the whole.
    pub async fn exchange(
        &self,
        request: Request<Bytes>,
        most_body_bytes: usize,
    ) -> Result<Response<Bytes>, ExchangeError> {
        let request = reqwest::Request::try_from(request).map_err(failure)?;
        let mut answer = self.0.execute(request).await.map_err(failure)?;

        // The length that is announced saves reading; the length that is read decides.
        if answer.content_length().is_some_and(|length| length > most_body_bytes as u64) {
            return Err(ExchangeError::BodyTooLarge);
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > most_body_bytes {
                return Err(ExchangeError::BodyTooLarge);
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

fn failure(error: reqwest::Error) -> ExchangeError {
    let was_not_sent = error.is_connect() || error.is_builder();
    let causes = causes(&error.without_url());
    if was_not_sent { ExchangeError::Refused(causes) } else { ExchangeError::Cut(causes) }
}

/// An error and what led to it.
fn causes(error: &dyn Error) -> String {
    let mut causes = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        causes.push_str(": ");
        causes.push_str(&inner.to_string());
        cause = inner.source();
    }
    causes
}
