//! How fast GO1 is called for one portal: so many calls in flight, so many a second, evenly spaced, and none while GO1
//! asks us to wait or keeps failing. And what the calls of one invocation have shown.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex as Lock, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Calls are paced at this part of the rate, so that no one-second window goes over it.
const PART_OF_RATE: f64 = 0.97;

/// A wait up to this is waited for here; a longer one sends the messages back to the queue.
const LONGEST_WAIT_HERE: Duration = Duration::from_secs(5);

/// So many calls in a row without an answer, and no more are made: what comes back later tries again.
const CALLS_TO_OPEN: u32 = 4;

/// The limits for one portal.
#[derive(Clone, Copy, Debug)]
pub struct PaceSettings {
    /// Calls in flight at once; at least 1.
    pub in_flight: usize,
    /// Calls begun in a second; 0 for as many as answers allow.
    pub per_second: u32,
}

/// Lets calls go, one by one.
#[derive(Debug)]
pub struct Pace {
    in_flight: Semaphore,
    interval: Duration,
    next: Mutex<Instant>,
    opens_at: Lock<Instant>,
    failed_in_a_row: AtomicU32,
    reached: AtomicBool,
    wrote: AtomicBool,
    creation_closed: AtomicBool,
    /// Whether GO1 may still be making an account.
    late: AtomicBool,
}

/// Why no turn comes in this invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// GO1 asks us to wait for so long.
    Asked(Duration),
    /// GO1 keeps failing.
    Failing,
    /// Our own time is up.
    TimeUp,
}

impl Pace {
    /// Begins at `now`. The first call goes one interval later: the invocation before this one may have just ended.
    pub fn new(settings: PaceSettings, now: Instant) -> Self {
        let interval = match settings.per_second {
            0 => Duration::ZERO,
            rate => Duration::from_secs_f64(1.0 / (f64::from(rate) * PART_OF_RATE)),
        };
        let in_flight = Semaphore::new(settings.in_flight.max(1));
        Self {
            in_flight,
            interval,
            next: Mutex::new(now + interval),
            opens_at: Lock::new(now),
            failed_in_a_row: AtomicU32::new(0),
            reached: AtomicBool::new(false),
            wrote: AtomicBool::new(false),
            creation_closed: AtomicBool::new(false),
            late: AtomicBool::new(false),
        }
    }

    /// Waits for a turn, which must begin before `stop_at`. The call is in flight until the permit is dropped.
    pub async fn turn(&self, stop_at: Instant) -> Result<SemaphorePermit<'_>, Closed> {
        let permit = self.in_flight.acquire().await.map_err(|_| Closed::TimeUp)?;
        // Held while sleeping, so that turns are given in order and never two at once.
        let mut next = self.next.lock().await;
        // Those who wait behind see the same, so that all are back at once and what was done is saved in time.
        if Instant::now().max(*next) >= stop_at {
            return Err(Closed::TimeUp);
        }
        if !self.interval.is_zero() {
            tokio::time::sleep_until(*next).await;
        }
        // What GO1 asked for while this one slept counts as well.
        self.is_open()?;
        while let Some(wait) = self.wait() {
            self.is_open()?;
            tokio::time::sleep(wait).await;
        }
        if Instant::now() >= stop_at {
            return Err(Closed::TimeUp);
        }
        *next = (*next).max(Instant::now()) + self.interval;
        Ok(permit)
    }

    /// No call begins for so long, because GO1 asks for it.
    pub fn close_for(&self, wait: Duration) {
        let mut opens_at = self.opens_at.lock().unwrap_or_else(PoisonError::into_inner);
        *opens_at = (*opens_at).max(Instant::now() + wait);
    }

    /// Whether it is worth asking for a turn.
    pub fn is_open(&self) -> Result<(), Closed> {
        match self.wait() {
            Some(wait) if wait > LONGEST_WAIT_HERE => Err(Closed::Asked(wait)),
            _ if self.failed_in_a_row.load(Ordering::Relaxed) >= CALLS_TO_OPEN => Err(Closed::Failing),
            _ => Ok(()),
        }
    }

    /// GO1 answered a call, whatever it said; `write`: to one that makes something.
    pub fn answered(&self, write: bool) {
        self.failed_in_a_row.store(0, Ordering::Relaxed);
        self.reached.store(true, Ordering::Relaxed);
        self.wrote.fetch_or(write, Ordering::Relaxed);
    }

    /// GO1 did not answer a call, or failed.
    pub fn failed(&self) {
        self.failed_in_a_row.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether GO1 answered anything.
    pub fn reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    /// Whether GO1 answered a call that makes something.
    pub fn wrote(&self) -> bool {
        self.wrote.load(Ordering::Relaxed)
    }

    /// The portal is full: no account is made any more.
    pub fn close_creation(&self) {
        self.creation_closed.store(true, Ordering::Relaxed);
    }

    /// Whether the portal was found to be full.
    pub fn creation_is_closed(&self) -> bool {
        self.creation_closed.load(Ordering::Relaxed)
    }

    /// GO1 did not answer, and may still be making an account.
    pub fn note_unanswered(&self) {
        self.late.store(true, Ordering::Relaxed);
    }

    /// Whether GO1 may still be making an account.
    pub fn has_unanswered(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }

    fn wait(&self) -> Option<Duration> {
        let opens_at = *self.opens_at.lock().unwrap_or_else(PoisonError::into_inner);
        Some(opens_at.saturating_duration_since(Instant::now())).filter(|wait| !wait.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn later() -> Instant {
        Instant::now() + Duration::from_hours(1)
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_time_is_up_all_who_wait_are_back_at_once() {
        let pace = Pace::new(PaceSettings { in_flight: 4, per_second: 1 }, Instant::now());
        let begun = Instant::now();
        let stop_at = begun + Duration::from_secs(5);
        let turns = futures::future::join_all((0..100).map(|_| async { pace.turn(stop_at).await.is_ok() })).await;
        assert_eq!(
            turns.into_iter().filter(|turn| *turn).count(),
            4,
            "one a second, the first a second after the start"
        );
        assert!(begun.elapsed() <= Duration::from_secs(5), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_has_more_calls_than_the_rate() {
        let pace = Arc::new(Pace::new(PaceSettings { in_flight: 50, per_second: 20 }, Instant::now()));
        let begun = Instant::now();
        let calls = (0..100).map(|_| {
            let pace = Arc::clone(&pace);
            tokio::spawn(async move {
                let _turn = pace.turn(later()).await;
                begun.elapsed()
            })
        });
        let mut times: Vec<Duration> =
            futures::future::join_all(calls).await.into_iter().map(|time| time.expect("ran")).collect();
        times.sort();
        for (index, time) in times.iter().enumerate() {
            let within = times[index..].iter().take_while(|other| **other < *time + Duration::from_secs(1)).count();
            assert!(within <= 20, "{within} calls in the second from {time:?}");
        }
        assert!(times[99] < Duration::from_millis(5_300), "and it is not much slower than the rate: {:?}", times[99]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_wait_is_waited_for_by_all_and_a_long_one_is_told() {
        let pace = Pace::new(PaceSettings { in_flight: 4, per_second: 5 }, Instant::now());
        let begun = Instant::now();
        pace.close_for(Duration::from_secs(4));
        let (first, second) = tokio::join!(pace.turn(later()), pace.turn(later()));
        assert!(first.is_ok() && second.is_ok() && begun.elapsed() >= Duration::from_secs(4));
        pace.close_for(Duration::from_mins(1));
        pace.close_for(Duration::from_secs(1));
        let closed = pace.turn(later()).await.map(drop).expect_err("closed");
        let longest = matches!(closed, Closed::Asked(wait) if wait > Duration::from_secs(59));
        assert!(longest, "the longest counts: {closed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_close_it_and_an_answer_between_them_does_not() {
        let pace = Pace::new(PaceSettings { in_flight: 4, per_second: 0 }, Instant::now());
        for _ in 0..CALLS_TO_OPEN - 1 {
            pace.failed();
        }
        pace.answered(false);
        pace.failed();
        assert!(pace.turn(later()).await.is_ok());
        assert!(pace.reached() && !pace.wrote());
        for _ in 1..CALLS_TO_OPEN {
            pace.failed();
        }
        assert_eq!(pace.turn(later()).await.map(drop), Err(Closed::Failing));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_calls_are_in_flight_than_allowed() {
        let pace = Arc::new(Pace::new(PaceSettings { in_flight: 4, per_second: 0 }, Instant::now()));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let calls = (0..40).map(|_| {
            let (pace, now, most) = (Arc::clone(&pace), Arc::clone(&now), Arc::clone(&most));
            tokio::spawn(async move {
                let _turn = pace.turn(later()).await;
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(10)).await;
                now.fetch_sub(1, Ordering::SeqCst);
            })
        });
        futures::future::join_all(calls).await;
        assert_eq!(most.load(Ordering::SeqCst), 4);
    }
}
