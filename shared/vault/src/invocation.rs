//! One invocation of a function: how long it may take, and what must be whole before it ends.
//!
//! Lambda freezes a process as soon as it has answered, and kills it when its time is up. What must not be cut off, such
//! as a refresh with the store after it, is therefore run by [`unbroken`]: in a task of its own, which goes on when
//! whoever waits for it stops waiting; begun only where the invocation has the time for it; and over before the
//! invocation answers.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::panic::resume_unwind;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::Instrument as _;

tokio::task_local! {
    static CURRENT: Invocation;
}

#[derive(Clone)]
struct Invocation {
    ends_at: Instant,
    /// Held by the invocation's own future and by each of its tasks. Nothing is ever sent: it is there to be dropped.
    #[expect(dead_code, reason = "the receiver sees that it is dropped")]
    running: mpsc::Sender<Infallible>,
}

/// The invocation has not the time that this takes, or nobody knows how much time it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the invocation has no time left for this")]
pub struct OutOfTime;

/// Runs one invocation that has `time_left` before it is killed. It ends when `work` has ended and with it all that was
/// begun by [`unbroken`], also what `work` no longer waited for.
pub async fn invocation<T>(time_left: Duration, work: impl Future<Output = T>) -> T {
    let (running, mut ended) = mpsc::channel(1);
    let result = CURRENT.scope(Invocation { ends_at: Instant::now() + time_left, running }, work).await;
    // There is no sender any more as soon as the last task has ended.
    while ended.recv().await.is_some() {}
    result
}

/// Whether the running invocation has at least so much time left. Outside of an invocation there is none.
pub fn has_time(needed: Duration) -> bool {
    let is_enough = |current: &Invocation| current.ends_at.duration_since(Instant::now()) >= needed;
    CURRENT.try_with(is_enough).unwrap_or(false)
}

/// Runs `work`, which takes at most `needed`, to its end, whatever becomes of the caller: a deadline, a `select` or a
/// browser that goes away ends only the waiting for it. A panic of `work` is the caller's, where there still is one.
pub async fn unbroken<T: Send + 'static>(
    needed: Duration,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, OutOfTime> {
    let current = CURRENT.try_with(Invocation::clone).map_err(|_| OutOfTime)?;
    if !has_time(needed) {
        return Err(OutOfTime);
    }
    // The only task of the product. It belongs to the runtime, and a crash of the process takes it along.
    match tokio::spawn(CURRENT.scope(current, work).in_current_span()).await {
        Ok(result) => Ok(result),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Nobody aborts it, so the runtime is being shut down.
            Err(_) => pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::time::{sleep, timeout};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Something that takes three seconds, and whether it came to its end.
    fn three_seconds() -> (impl Future<Output = ()> + Send + 'static, Arc<AtomicBool>) {
        let whole = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&whole);
        let work = async move {
            sleep(3 * SECOND).await;
            done.store(true, Ordering::SeqCst);
        };
        (work, whole)
    }

    #[tokio::test(start_paused = true)]
    async fn an_invocation_ends_after_what_it_no_longer_waits_for() {
        let (work, whole) = three_seconds();
        let begun = Instant::now();
        let waited = invocation(10 * SECOND, timeout(SECOND, unbroken(5 * SECOND, work))).await;
        assert!(waited.is_err(), "whoever waited gave up");
        assert!(whole.load(Ordering::SeqCst));
        assert_eq!(begun.elapsed(), 3 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_unbroken_goes_on_where_the_invocation_itself_is_dropped() {
        let (work, whole) = three_seconds();
        let dropped = timeout(SECOND, invocation(10 * SECOND, unbroken(5 * SECOND, work))).await;
        assert!(dropped.is_err());
        sleep(3 * SECOND).await;
        assert!(whole.load(Ordering::SeqCst));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_begins_without_the_time_for_it() {
        let (work, whole) = three_seconds();
        let late = invocation(10 * SECOND, async {
            sleep(6 * SECOND).await;
            unbroken(5 * SECOND, work).await
        });
        assert_eq!(late.await, Err(OutOfTime));
        let (work, other) = three_seconds();
        assert_eq!(unbroken(SECOND, work).await, Err(OutOfTime), "nobody knows when this would be killed");
        sleep(10 * SECOND).await;
        assert!(!whole.load(Ordering::SeqCst) && !other.load(Ordering::SeqCst));
    }

    #[tokio::test(start_paused = true)]
    #[should_panic(expected = "within")]
    async fn a_panic_within_reaches_whoever_waits() {
        let _: Result<(), OutOfTime> = invocation(10 * SECOND, unbroken(SECOND, async { panic!("within") })).await;
    }
}
