//! Reads that are tried again. Only for requests that change nothing, or that can be repeated without harm.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::{Backoff, RandomSource, RetryAfter, Transport, TransportError, process_random};

/// How a read is tried again.
#[derive(Clone)]
pub struct ReadRetries {
    /// How often it is sent at most, the first time included.
    pub tries: u32,
    /// How long to wait where the upstream does not say.
    pub backoff: Backoff,
    /// An upstream that asks for more than this is not waited for; its answer is returned.
    pub longest_wait: Duration,
    /// What the waits are spread by.
    pub random: RandomSource,
}

impl Default for ReadRetries {
    fn default() -> Self {
        Self {
            tries: 3,
            backoff: Backoff { first: Duration::from_millis(200), most: Duration::from_secs(2) },
            longest_wait: Duration::from_secs(5),
            random: process_random(),
        }
    }
}

impl std::fmt::Debug for ReadRetries {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ReadRetries").field("tries", &self.tries).finish_non_exhaustive()
    }
}

/// Sends a read, again after a refused or cut connection, a 5xx, and a 429 whose wait is short; returns the last
/// answer. One that took the whole time-out is not tried again: whoever waits for it has waited long enough.
pub async fn send_read(
    transport: &dyn Transport,
    request: &Request<Bytes>,
    retries: &ReadRetries,
) -> Result<Response<Bytes>, TransportError> {
    let mut sent = 1;
    loop {
        let result = transport.send(request.clone()).await;
        let wait = match &result {
            Err(TransportError::Refused | TransportError::Cut) => None,
            Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS || answer.status().is_server_error() => {
                RetryAfter::read(answer.headers())
            }
            _ => return result,
        };
        if sent >= retries.tries {
            return result;
        }
        let pause = match wait {
            None => retries.backoff.delay(sent, &*retries.random),
            // Without a `Date` beside it, when a date is over only the caller's clock can tell.
            Some(RetryAfter::At(_)) => return result,
            Some(RetryAfter::In(wait)) => match Duration::try_from(wait) {
                Ok(wait) if wait <= retries.longest_wait => wait,
                _ => return result,
            },
        };
        tracing::debug!(sent, ?pause, "a read is tried again");
        tokio::time::sleep(pause).await;
        sent += 1;
    }
}
