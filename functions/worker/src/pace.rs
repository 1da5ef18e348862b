//! How fast GO1 is called for one portal: a limit of calls in flight, a limit of calls a second, evenly spaced, and a
//! circuit breaker. While GO1 asks us to wait or keeps failing, no call is made. It also keeps what the calls of one
//! invocation showed.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex as Lock, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::schedule::Schedule;

/// A wait up to this long is spent inside the invocation. A longer one sends the messages back to the queue.
const LONGEST_WAIT_HERE: Duration = Duration::from_secs(5);

/// Once GO1 has refused calls for their rate for so long, and answered none of their kind in between, the messages go back to
/// the queue: what is left of the invocation would be spent on asking again.
const LONGEST_LIMITED: Duration = Duration::from_secs(15);

/// After this many failed calls in a row the circuit opens: this invocation makes no more calls, and a later one tries
/// again.
const FAILURES_TO_OPEN: u32 = 4;

/// The limits for one portal.
#[derive(Clone, Copy, Debug)]
pub struct PaceSettings {
    /// Calls in flight at once; at least 1.
    pub in_flight: usize,
    /// Calls begun in a second; 0 for as many as answers allow.
    pub per_second: u32,
}

/// Paces the calls of one invocation to one portal.
#[derive(Debug)]
pub struct Pace {
    in_flight: Semaphore,
    people: Semaphore,
    schedule: Mutex<Schedule>,
    /// As many places as in `in_flight`, for the calls that are sent: those wait for their moment as well.
    sent: Semaphore,
    /// The most calls that were ever under way: so many connections are open.
    connected: AtomicUsize,
    most_in_flight: usize,
    wait_until: Lock<Instant>,
    /// Since when GO1 has refused reads, and changes, for their rate, without having answered one of its kind since.
    limited_since: Lock<[Option<Instant>; 2]>,
    failed_in_a_row: AtomicU32,
    has_answered: AtomicBool,
    has_written: AtomicBool,
    has_changed: AtomicBool,
    portal_full: AtomicBool,
    /// Whether GO1 may still be creating an account.
    unanswered: AtomicBool,
}

/// A call's turn: its place among those in flight, and among those that are sent.
#[derive(Debug)]
pub struct Turn<'pace> {
    _in_flight: SemaphorePermit<'pace>,
    _sent: SemaphorePermit<'pace>,
}

/// Why this invocation may make no more calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTurn {
    /// GO1 asked us to wait this long (`Retry-After`).
    RetryAfter(Duration),
    /// GO1 kept failing, so the circuit breaker is open.
    CircuitOpen,
    /// The invocation has no time left.
    TimeUp,
}

impl Pace {
    /// For an invocation that begins at `now`.
    pub fn new(settings: PaceSettings, now: Instant) -> Self {
        let in_flight = settings.in_flight.max(1);
        // Somebody's calls come one after another: their account, then our own table, then the courses. So there are as many
        // people as calls in flight, or some of the calls would stand empty. At a low rate fewer, so that whoever is begun
        // is finished within some five seconds: one person needs twelve calls at the most.
        let people = match settings.per_second {
            0 => in_flight,
            rate => in_flight.min(usize::try_from(rate).unwrap_or(usize::MAX) * 2 / 5).max(1),
        };
        Self {
            in_flight: Semaphore::new(in_flight),
            people: Semaphore::new(people),
            schedule: Mutex::new(Schedule::new(settings.per_second, now)),
            sent: Semaphore::new(in_flight),
            connected: AtomicUsize::new(0),
            most_in_flight: in_flight,
            wait_until: Lock::new(now),
            limited_since: Lock::default(),
            failed_in_a_row: AtomicU32::new(0),
            has_answered: AtomicBool::new(false),
            has_written: AtomicBool::new(false),
            has_changed: AtomicBool::new(false),
            portal_full: AtomicBool::new(false),
            unanswered: AtomicBool::new(false),
        }
    }

    /// Waits until it is the next person's turn to be worked on. With everybody at once, an invocation at a low rate ends
    /// with everybody half done, and the next one begins anew with all of them. They are at work until the permit is
    /// dropped.
    pub async fn person(&self) -> Option<SemaphorePermit<'_>> {
        self.people.acquire().await.ok()
    }

    /// Waits for a turn, which must begin before `stop_at`. The call is in flight until it is dropped.
    pub async fn turn(&self, stop_at: Instant) -> Result<Turn<'_>, NoTurn> {
        let in_flight = self.in_flight.acquire().await.map_err(|_| NoTurn::TimeUp)?;
        // The lock is held while sleeping, so that turns are given in order and one at a time.
        let mut schedule = self.schedule.lock().await;
        // Everybody behind in the queue sees this too, so all return at once and there is time to save what was done.
        if Instant::now().max(schedule.next()) >= stop_at {
            return Err(NoTurn::TimeUp);
        }
        if Instant::now() < schedule.next() {
            tokio::time::sleep_until(schedule.next()).await;
        }
        // GO1 may have asked for a wait while this call slept.
        self.check()?;
        while let Some(wait) = self.wait() {
            self.check()?;
            tokio::time::sleep(wait).await;
        }
        if Instant::now() >= stop_at {
            return Err(NoTurn::TimeUp);
        }
        let sent = self.sent.acquire().await.map_err(|_| NoTurn::TimeUp)?;
        let under_way = self.most_in_flight - self.sent.available_permits();
        let connects = self.connected.fetch_max(under_way, Ordering::Relaxed) < under_way;
        schedule.take(Instant::now(), connects);
        Ok(Turn { _in_flight: in_flight, _sent: sent })
    }

    /// Makes no call for this long, because GO1 asked us to wait. `write`: as for [`Self::answered`].
    pub fn note_retry_after(&self, wait: Duration, write: bool) {
        self.wait_for(wait);
        self.limited_since()[usize::from(write)].get_or_insert_with(Instant::now);
    }

    /// Makes no call for this long, because GO1 asked for it where it was asked for tokens: that says nothing of how it takes
    /// calls.
    pub fn wait_for(&self, wait: Duration) {
        let mut wait_until = self.wait_until.lock().unwrap_or_else(PoisonError::into_inner);
        *wait_until = (*wait_until).max(Instant::now() + wait);
    }

    /// Whether calls may be made at all, before waiting for a turn.
    pub fn check(&self) -> Result<(), NoTurn> {
        match self.wait() {
            Some(wait) if wait > LONGEST_WAIT_HERE || self.limited_for() + wait > LONGEST_LIMITED => {
                Err(NoTurn::RetryAfter(wait))
            }
            _ if self.failed_in_a_row.load(Ordering::Relaxed) >= FAILURES_TO_OPEN => Err(NoTurn::CircuitOpen),
            _ => Ok(()),
        }
    }

    /// Notes that GO1 answered a call, also with a refusal. `write`: whether the call creates or changes something.
    pub fn answered(&self, write: bool) {
        self.failed_in_a_row.store(0, Ordering::Relaxed);
        self.has_answered.store(true, Ordering::Relaxed);
        self.has_written.fetch_or(write, Ordering::Relaxed);
        self.limited_since()[usize::from(write)] = None;
    }

    fn limited_since(&self) -> MutexGuard<'_, [Option<Instant>; 2]> {
        self.limited_since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limited_for(&self) -> Duration {
        let longest = self.limited_since().iter().flatten().map(Instant::elapsed).max();
        longest.unwrap_or_default()
    }

    /// Whether GO1 refuses calls for their rate, as far as is known.
    pub fn is_limited(&self) -> bool {
        self.limited_since().iter().any(Option::is_some)
    }

    /// Notes that GO1 did not answer a call, or answered with a server error.
    pub fn failed(&self) {
        self.failed_in_a_row.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether GO1 answered any call of this invocation.
    pub fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
    }

    /// Whether GO1 answered a call that creates or changes something.
    pub fn has_written(&self) -> bool {
        self.has_written.load(Ordering::Relaxed)
    }

    /// Notes that GO1 has done something that was not done before, or that somebody's turn has come to its end.
    pub fn note_changed(&self) {
        self.has_changed.store(true, Ordering::Relaxed);
    }

    /// Whether the import is any further. GO1 also answers where it has done something already, and as often as it is asked.
    pub fn has_changed(&self) -> bool {
        self.has_changed.load(Ordering::Relaxed)
    }

    /// Notes that the portal is full, so that no more accounts are asked for.
    pub fn note_portal_full(&self) {
        self.portal_full.store(true, Ordering::Relaxed);
    }

    /// Whether the portal was found to be full.
    pub fn is_portal_full(&self) -> bool {
        self.portal_full.load(Ordering::Relaxed)
    }

    /// Notes that GO1 did not answer and may still be creating an account.
    pub fn note_unanswered(&self) {
        self.unanswered.store(true, Ordering::Relaxed);
    }

    /// Whether GO1 may still be making an account.
    pub fn has_unanswered(&self) -> bool {
        self.unanswered.load(Ordering::Relaxed)
    }

    /// How long GO1 asked us to wait, as far as that is not over.
    pub fn wait(&self) -> Option<Duration> {
        let wait_until = *self.wait_until.lock().unwrap_or_else(PoisonError::into_inner);
        Some(wait_until.saturating_duration_since(Instant::now())).filter(|wait| !wait.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

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
        pace.note_retry_after(Duration::from_secs(4), true);
        let (first, second) = tokio::join!(pace.turn(later()), pace.turn(later()));
        assert!(first.is_ok() && second.is_ok() && begun.elapsed() >= Duration::from_secs(4));
        pace.note_retry_after(Duration::from_mins(1), true);
        pace.note_retry_after(Duration::from_secs(1), true);
        let closed = pace.turn(later()).await.map(drop).expect_err("closed");
        let longest = matches!(closed, NoTurn::RetryAfter(wait) if wait > Duration::from_secs(59));
        assert!(longest, "the longest counts: {closed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn short_waits_without_end_are_told_unless_a_call_of_the_same_kind_was_answered_in_between() {
        let pace = Pace::new(PaceSettings { in_flight: 4, per_second: 0 }, Instant::now());
        let wait = Duration::from_secs(5);
        for kind in [false, true] {
            for _ in 0..3 {
                pace.note_retry_after(wait, kind);
                assert!(pace.turn(later()).await.is_ok(), "a quarter of a minute is waited for");
                pace.answered(!kind);
            }
            pace.note_retry_after(wait, kind);
            assert_eq!(pace.turn(later()).await.map(drop), Err(NoTurn::RetryAfter(wait)));
            pace.answered(kind);
            assert!(!pace.is_limited(), "GO1 has answered a call of the kind that it refused");
            pace.note_retry_after(wait, kind);
            assert!(pace.turn(later()).await.is_ok());
            pace.answered(kind);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn failures_in_a_row_close_it_and_an_answer_between_them_does_not() {
        let pace = Pace::new(PaceSettings { in_flight: 4, per_second: 0 }, Instant::now());
        for _ in 0..FAILURES_TO_OPEN - 1 {
            pace.failed();
        }
        pace.answered(false);
        pace.failed();
        assert!(pace.turn(later()).await.is_ok());
        assert!(pace.has_answered() && !pace.has_written());
        for _ in 1..FAILURES_TO_OPEN {
            pace.failed();
        }
        assert_eq!(pace.turn(later()).await.map(drop), Err(NoTurn::CircuitOpen));
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
