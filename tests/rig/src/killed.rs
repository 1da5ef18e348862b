//! Kills: what is left of work that is dropped where it waits.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// Runs `future` until it has stopped to wait `stops` times, and drops it there: what a crash leaves of it. `Some` where
/// it ended before.
pub async fn killed_at<F: Future>(stops: usize, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut stopped = 0;
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending if stopped >= stops => Poll::Ready(None),
        Poll::Pending => {
            stopped += 1;
            Poll::Pending
        }
    })
    .await
}
