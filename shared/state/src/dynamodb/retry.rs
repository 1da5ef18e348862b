//! Trying again where the table is busy: a few times, after a random wait that doubles.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::SdkError;

/// How often a call is made at the most.
pub(super) const MOST_TRIES: u32 = 6;

/// The longest first wait. With [`MOST_TRIES`] all waits together are under a second.
const FIRST_WAIT: Duration = Duration::from_millis(25);

/// A number that differs from call to call and from process to process. Not a secret.
pub(super) fn arbitrary() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    RandomState::new().hash_one(CALLS.fetch_add(1, Ordering::Relaxed))
}

/// Waits before the try after number `tries`, counted from 1.
pub(super) async fn wait_after(tries: u32) {
    let longest = FIRST_WAIT * 2u32.saturating_pow(tries.saturating_sub(1));
    let share = f64::from(u32::try_from(arbitrary() >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX);
    tokio::time::sleep(longest.mul_f64(share)).await;
}

/// Makes a call again for as long as it is `busy`, [`MOST_TRIES`] times at the most.
pub(super) async fn persistently<T, E, F>(
    busy: impl Fn(&SdkError<E, HttpResponse>) -> bool,
    mut call: impl FnMut() -> F,
) -> Result<T, SdkError<E, HttpResponse>>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    let mut tries = 1;
    loop {
        match call().await {
            Err(error) if tries < MOST_TRIES && busy(&error) => wait_after(tries).await,
            result => return result,
        }
        tries += 1;
    }
}
