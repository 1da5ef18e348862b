#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

pub mod answer;
mod backoff;
mod call;
mod connections;
mod error;
mod http_transport;
mod observed;
#[cfg(feature = "router")]
pub mod odd;
mod reading;
mod reread;
mod retry_after;
#[cfg(feature = "router")]
mod router;
#[cfg(feature = "router")]
mod script;
mod tally;
mod tls;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};

pub use backoff::{Backoff, RandomSource, process_random};
pub use call::Call;
pub use connections::{Connections, ConnectionsError, ExchangeError};
pub use error::TransportError;
pub use http_transport::{HttpSettings, HttpTransport, HttpTransportError};
pub use observed::{Observed, correlation_id, named};
pub use reading::{ReadRetries, send_read};
pub use reread::{ClientCredentials, Read, Reread, Unread};
pub use retry_after::{LONGEST_WAIT, RetryAfter, retry_after};
#[cfg(feature = "router")]
pub use router::RouterTransport;
#[cfg(feature = "router")]
pub use script::{Answer, Script};
pub use tally::{FIGURES, counted};

/// The most that is read of one answer, in bytes. The largest that the upstreams send is far smaller.
pub const MOST_BODY_BYTES: usize = 4 * 1024 * 1024;

/// Sends one request and returns its whole answer, whatever its status. Never tries twice and follows no redirect.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request`, whose URI is absolute.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError>;
}
