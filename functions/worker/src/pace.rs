//! How fast GO1 is called for one portal: so many calls in flight, so many a second, evenly spaced.

use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// Calls are paced at this part of the rate, so that no one-second window goes over it.
const PART_OF_RATE: f64 = 0.97;

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
}

impl Pace {
    /// Begins at `now`. The first call goes one interval later: the invocation before this one may have just ended.
    pub fn new(settings: PaceSettings, now: Instant) -> Self {
        let interval = match settings.per_second {
            0 => Duration::ZERO,
            rate => Duration::from_secs_f64(1.0 / (f64::from(rate) * PART_OF_RATE)),
        };
        Self { in_flight: Semaphore::new(settings.in_flight.max(1)), interval, next: Mutex::new(now + interval) }
    }

    /// Waits for a turn. The call is in flight until the permit is dropped.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        let permit = self.in_flight.acquire().await.ok()?;
        if !self.interval.is_zero() {
            // Held while sleeping, so that turns are given in order and never two at once.
            let mut next = self.next.lock().await;
            tokio::time::sleep_until(*next).await;
            *next = (*next).max(Instant::now()) + self.interval;
        }
        Some(permit)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn no_second_has_more_calls_than_the_rate() {
        let pace = Arc::new(Pace::new(PaceSettings { in_flight: 50, per_second: 20 }, Instant::now()));
        let begun = Instant::now();
        let calls = (0..100).map(|_| {
            let pace = Arc::clone(&pace);
            tokio::spawn(async move {
                let _turn = pace.turn().await;
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
    async fn no_more_calls_are_in_flight_than_allowed() {
        let pace = Arc::new(Pace::new(PaceSettings { in_flight: 4, per_second: 0 }, Instant::now()));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let calls = (0..40).map(|_| {
            let (pace, now, most) = (Arc::clone(&pace), Arc::clone(&now), Arc::clone(&most));
            tokio::spawn(async move {
                let _turn = pace.turn().await;
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(10)).await;
                now.fetch_sub(1, Ordering::SeqCst);
            })
        });
        futures::future::join_all(calls).await;
        assert_eq!(most.load(Ordering::SeqCst), 4);
    }
}
