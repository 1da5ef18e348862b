//! Connections that are kept, of one kind for the upstreams and for AWS: TLS or plain, HTTP/1.1, no proxy.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;

use crate::tls;

/// How often a connection that is used and silent is asked whether the other side is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

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

/// TLS could not be set up: none of its versions is left with these ciphers.
#[derive(Debug, thiserror::Error)]
#[error("TLS could not be set up")]
pub struct TlsError(#[from] rustls::Error);

/// Sends requests over connections that are kept. Clones share them.
#[derive(Clone, Debug)]
pub struct Connections(Client<InTime<HttpsConnector<HttpConnector>>, Full<Bytes>>);

impl Connections {
    /// Connects to nobody yet. `connect_timeout`: how long connecting may take, TLS included. `idle_timeout`: how long an
    /// unused connection is kept.
    pub fn new(connect_timeout: Duration, idle_timeout: Duration) -> Result<Self, TlsError> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        let tls = tls::configuration()?;
        let connector =
            HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(idle_timeout)
            .build(InTime { connector, timeout: connect_timeout });
        Ok(Self(client))
    }

    /// Sends one request, whose address is absolute, and reads the whole answer, of at most `most_body_bytes`. Never twice,
    /// unless the connection was closed before anything of it was written. Where `leaves_failing`, a connection whose
    /// other side answers that it fails (5xx) is not used again: behind one address of AWS there are many servers.
    pub async fn exchange(
        &self,
        mut request: Request<Bytes>,
        most_body_bytes: usize,
        leaves_failing: bool,
    ) -> Result<Response<Bytes>, ExchangeError> {
        if request.uri().scheme().is_none() || request.uri().host().is_none() {
            return Err(ExchangeError::Refused("it names nobody".to_owned()));
        }
        let connection = leaves_failing.then(|| capture_connection(&mut request));
        let (head, body) = self.0.request(request.map(Full::new)).await.map_err(of_sending)?.into_parts();
        if let Some(connection) = connection.filter(|_| head.status.is_server_error())
            && let Some(connected) = &*connection.connection_metadata()
        {
            connected.poison();
        }

        // The length that is announced saves reading; the length that is read decides.
        let announced = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if announced.is_some_and(|length| length > most_body_bytes as u64) {
            return Err(ExchangeError::BodyTooLarge);
        }
        let body = Limited::new(body, most_body_bytes).collect().await.map_err(|error| of_reading(&*error))?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

fn of_sending(error: hyper_util::client::legacy::Error) -> ExchangeError {
    let causes = causes(&error);
    if error.is_connect() { ExchangeError::Refused(causes) } else { ExchangeError::Cut(causes) }
}

fn of_reading(error: &(dyn Error + 'static)) -> ExchangeError {
    if error.is::<LengthLimitError>() { ExchangeError::BodyTooLarge } else { ExchangeError::Cut(causes(error)) }
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

/// A connector that gives up after a time.
#[derive(Clone, Debug)]
struct InTime<C> {
    connector: C,
    timeout: Duration,
}

type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, Box<dyn Error + Send + Sync>>> + Send>>;

impl<C> Service<Uri> for InTime<C>
where
    C: Service<Uri, Error = Box<dyn Error + Send + Sync>>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = C::Error;
    type Future = Connecting<C::Response>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.timeout, self.connector.call(uri));
        Box::pin(async move { connecting.await? })
    }
}
