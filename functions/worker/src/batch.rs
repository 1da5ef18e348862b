//! One attempt at one batch.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use domain::fault::Causes;
use domain::import::{
    AccountAnswer, Batch, BatchMessage, FailureReason, GivenUp, Import, ImportPerson, MOST_FAILURES, Outcome, Wait,
    WaitReason,
};
use futures::FutureExt as _;
use futures::future::join_all;
use importing::ending::fail_person;
use jiff::{SignedDuration, Timestamp};
use state::{GrantOwner, StateError};
use tokio::time::Instant;

use crate::calls::{Calls, Retry};
use crate::pace::{Closed, Pace};
use crate::person::{PersonEnd, PersonRun};
use crate::waits::{FIRST_WAIT, LOGIN_WAIT, LONGEST_PATIENCE, OPENINGS, OUR_WAIT, SHORT_WAIT, UNANSWERED_WAIT};
use crate::worker::Worker;

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchEnd {
    /// The message is done with.
    Done,
    /// The message can never be worked on, because of this.
    Unworkable(&'static str),
    /// The message comes back.
    Return {
        /// After this.
        after: Duration,
    },
}

/// What the attempts of one group share.
pub(crate) struct BatchRun<'run> {
    pub(crate) worker: &'run Worker,
    pub(crate) pace: &'run Pace,
    pub(crate) stop_at: Instant,
}

/// Somebody whom an attempt did not finish.
struct Unfinished<'people> {
    person: &'people ImportPerson,
    retry: Retry,
    answer: AccountAnswer,
    enrollments: usize,
}

impl BatchRun<'_> {
    /// Attempts the batch that `message` names.
    pub(crate) async fn run(&self, message: &BatchMessage) -> BatchEnd {
        if Instant::now() >= self.stop_at {
            return BatchEnd::Return { after: Duration::ZERO };
        }
        match self.pace.is_open() {
            Ok(()) => {}
            Err(Closed::Asked(after)) => return BatchEnd::Return { after },
            Err(Closed::Failing | Closed::TimeUp) => return BatchEnd::Return { after: SHORT_WAIT },
        }
        let error = match self.attempt(message).await {
            Ok(end) => return end,
            Err(error) => error,
        };
        // At a conflict somebody else works on the batch, and either finishes it or leaves it to the message.
        if !matches!(error, StateError::Conflict) {
            tracing::error!(error = %Causes(&error), portal = %message.portal(), import = %message.import(), batch = message.batch(), "a batch could not be worked on");
        }
        // Whatever the table says: what GO1 may still be making is waited for.
        BatchEnd::Return { after: if self.pace.has_unanswered() { UNANSWERED_WAIT } else { SHORT_WAIT } }
    }

    async fn attempt(&self, message: &BatchMessage) -> Result<BatchEnd, StateError> {
        let (portal, id) = (message.portal(), message.import());
        let (imports, now) = (&*self.worker.state, self.worker.clock.now());
        let Some(import) = imports.find_import(portal, id).await? else {
            let kept = self.worker.state.find_portal(portal).await?;
            return Ok(match kept.and_then(|portal| portal.erased_at) {
                // What it was about had ended before, and is erased.
                Some(_) => BatchEnd::Done,
                None => BatchEnd::Unworkable("the message names an import that is not there"),
            });
        };
        if import.status.has_ended() {
            return Ok(BatchEnd::Done);
        }
        let undone = match &import.undoes {
            Some(undone) => imports.find_import(portal, undone).await?,
            None => None,
        };
        let people = imports.people_of(portal, id, message.people()).await?;
        if people.len() < message.people().len() || people.iter().any(|person| person.batch != message.batch()) {
            return Ok(BatchEnd::Unworkable("the message names people who are not in its batch"));
        }
        if people.iter().all(|person| person.outcome != Outcome::Waiting) {
            return Ok(BatchEnd::Done);
        }
        if let Some(after) = self.wait_of(&import, now).await? {
            return Ok(BatchEnd::Return { after });
        }
        let batch = imports.find_batch(portal, id, message.batch()).await?;
        let batch = batch.unwrap_or_else(|| Batch::new(message.batch()));
        if batch.dropped || import.stopped_at.is_some() && !batch.was_attempted() {
            // Whoever stopped it ends the people, or the sweeper.
            return Ok(BatchEnd::Done);
        }
        if let Some(begun) = batch.attempted_at.filter(|_| batch.at_work(now, self.worker.longest)) {
            return Ok(BatchEnd::Return { after: until(begun + self.worker.longest, now) });
        }

        // Without a token nothing is begun: then nobody need wonder later whether somebody was made.
        let calls = match Calls::open(self.worker, self.pace, self.stop_at, portal).await? {
            Ok(calls) => calls,
            Err(retry) => return self.put_off(&import, None, retry, Duration::ZERO).await,
        };
        let batch = imports.begin_attempt(portal, id, batch, self.worker.clock.now()).await?;
        // Once more: between the first look and the attempt another worker may have given the batch back, to wait for GO1,
        let now = self.worker.clock.now();
        let wait = imports.find_import(portal, id).await?.and_then(|import| import.wait);
        if let Some(wait) = wait.filter(|wait| wait.until > now) {
            imports.end_attempt(portal, id, &batch, false).await?;
            return Ok(BatchEnd::Return { after: until(wait.until, now) });
        }
        // and somebody may have ended its people.
        let mut waiting = imports.people_of(portal, id, message.people()).await?;
        waiting.retain(|person| person.outcome == Outcome::Waiting);
        let run = PersonRun {
            calls: &calls,
            import: &import,
            batch: &batch,
            undone: undone.as_ref(),
            is_last: is_last(&batch),
        };
        match self.work(&run, &waiting).await {
            Ok(unfinished) => self.conclude(&import, &batch, &unfinished).await,
            Err(error) => {
                // Nobody is at it any more, so the next attempt need not wait for our time-out; but for GO1, which may.
                if !self.pace.has_unanswered() {
                    imports.end_attempt(portal, id, &batch, false).await.ok();
                }
                Err(error)
            }
        }
    }

    /// How long the import still waits, if it does.
    async fn wait_of(&self, import: &Import, now: Timestamp) -> Result<Option<Duration>, StateError> {
        let Some(wait) = import.wait else { return Ok(None) };
        if wait.until > now {
            return Ok(Some(until(wait.until, now)));
        }
        if let WaitReason::Login { generation } = wait.why
            && self.worker.go1.vault.generation(&GrantOwner::Portal(import.portal.clone())).await? == generation
        {
            self.set_wait(import, wait.why, LOGIN_WAIT).await?;
            return Ok(Some(LOGIN_WAIT));
        }
        Ok(None)
    }

    /// Works on everybody at once; the pace decides how many calls are in flight. Returns who is not finished.
    async fn work<'people>(
        &self,
        run: &PersonRun<'_>,
        waiting: &'people [ImportPerson],
    ) -> Result<Vec<Unfinished<'people>>, StateError> {
        let turns = waiting.iter().map(|person| AssertUnwindSafe(run.finish(person)).catch_unwind());
        let mut unfinished = Vec::new();
        for (person, end) in waiting.iter().zip(join_all(turns).await) {
            match end {
                Ok(Ok(PersonEnd::Ended)) => {}
                Ok(Ok(PersonEnd::Retry { retry, answer, enrollments })) => {
                    unfinished.push(Unfinished { person, retry, answer, enrollments });
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    // What one person's turn stumbled over is theirs alone. GO1 may have been asked for them just before.
                    self.pace.note_unanswered();
                    let (import, batch) = (run.import, run.batch.number);
                    tracing::error!(import = %import.id, batch, "a person's turn panicked");
                    self.fail(import, person, FailureReason::Internal, AccountAnswer::NoAnswer, 0).await?;
                }
            }
        }
        Ok(unfinished)
    }

    /// Decides what becomes of the batch. The worst that anybody met decides: a login, then a wait, then a failure.
    async fn conclude(
        &self,
        import: &Import,
        batch: &Batch,
        unfinished: &[Unfinished<'_>],
    ) -> Result<BatchEnd, StateError> {
        if let Some(wait) = import.wait.filter(|_| self.pace.wrote()) {
            // GO1 works again.
            self.worker.state.end_wait(&import.portal, &import.id, &wait).await?;
        }
        let worst = unfinished.iter().map(|one| one.retry).max_by_key(Retry::weight);
        let Some(mut worst) = worst else { return Ok(BatchEnd::Done) };
        if worst.is_failure() && is_last(batch) && self.pace.reached() {
            for one in unfinished.iter().filter(|one| one.retry.is_failure()) {
                self.fail(import, one.person, FailureReason::Unavailable, one.answer, one.enrollments).await?;
            }
            // Whoever was not asked comes back.
            let rest = unfinished.iter().map(|one| one.retry).filter(|retry| !retry.is_failure());
            let Some(rest) = rest.max_by_key(Retry::weight) else { return Ok(BatchEnd::Done) };
            worst = rest;
        }
        let at_least = unfinished.iter().map(|one| one.retry.at_least()).max().unwrap_or_default();
        self.put_off(import, Some(batch), worst, at_least).await
    }

    /// Gives the batch back, if it was begun, and lets its message come back when it is worth it.
    async fn put_off(
        &self,
        import: &Import,
        begun: Option<&Batch>,
        retry: Retry,
        at_least: Duration,
    ) -> Result<BatchEnd, StateError> {
        // A failure counts only where GO1 answers something: how long it is gone altogether is not the batch's fault.
        let failed = retry.is_failure() && self.pace.reached();
        let failures = begun.map_or(0, |batch| batch.failures + u32::from(failed));
        let late = (!at_least.is_zero()).then_some(WaitReason::Failing);
        let (after, why) = match retry {
            Retry::Login { generation } => (LOGIN_WAIT, Some(WaitReason::Login { generation })),
            // Nothing is wrong with GO1 now; only somebody must wait.
            Retry::EarlierRequest(_) => (at_least, None),
            // Another invocation goes on at once.
            Retry::OutOfTime => (at_least, late),
            // As long as GO1 asks; where it asks again and again and makes nothing, longer from time to time.
            Retry::After(asked) => {
                (asked.max(at_least).max(self.patience(import, WaitReason::Asked)), Some(WaitReason::Asked))
            }
            Retry::Ours => {
                (OUR_WAIT.max(at_least).max(self.patience(import, WaitReason::Ours)), Some(WaitReason::Ours))
            }
            // GO1 makes something, for others: it is this batch that fails.
            Retry::Skipped | Retry::Unavailable | Retry::Unanswered if self.pace.wrote() => {
                ((FIRST_WAIT * 2_u32.saturating_pow(failures.saturating_sub(1))).max(at_least), late)
            }
            // GO1 makes nothing, so nobody asks for a while.
            Retry::Skipped | Retry::Unavailable | Retry::Unanswered => {
                let opening = self.times_before(import, WaitReason::Failing) as usize;
                (OPENINGS[opening.min(OPENINGS.len() - 1)].max(at_least), Some(WaitReason::Failing))
            }
        };
        // The wait first: whoever begins once the batch is given back sees it.
        if let Some(why) = why {
            self.set_wait(import, why, after).await?;
        }
        if let Some(batch) = begun {
            self.worker.state.end_attempt(&import.portal, &import.id, batch, failed).await?;
        }
        Ok(BatchEnd::Return { after })
    }

    /// Lets the whole import wait. Only a wait that GO1 asked for can be longer than the import has time.
    async fn set_wait(&self, import: &Import, why: WaitReason, wait: Duration) -> Result<(), StateError> {
        let until = self.worker.clock.now() + SignedDuration::try_from(wait).unwrap_or_default();
        let until = if why == WaitReason::Asked { until } else { until.min(import.ends_by()) };
        let wait = Wait { until, why, times: self.times_before(import, why) + 1 };
        self.worker.state.set_wait(&import.portal, &import.id, &wait).await
    }

    /// How many waits for the same reason came before, without anything made between them.
    fn times_before(&self, import: &Import, why: WaitReason) -> u32 {
        let before = import.wait.filter(|before| before.why == why && !self.pace.wrote());
        before.map_or(0, |before| before.times)
    }

    /// How long we wait at least where there were such waits before: twice as long each time.
    fn patience(&self, import: &Import, why: WaitReason) -> Duration {
        match self.times_before(import, why) {
            0 => Duration::ZERO,
            times => FIRST_WAIT.saturating_mul(2_u32.saturating_pow(times)).min(LONGEST_PATIENCE),
        }
    }

    async fn fail(
        &self,
        import: &Import,
        person: &ImportPerson,
        reason: FailureReason,
        answer: AccountAnswer,
        enrollments: usize,
    ) -> Result<(), StateError> {
        let state = &*self.worker.state;
        let given_up = GivenUp { reason, answer, enrollments, at: self.worker.clock.now() };
        fail_person(state, state, import, &person.employee_id, given_up).await
    }
}

/// Whether nobody is created in this attempt any more: the batch has failed so often that it is given up next.
fn is_last(batch: &Batch) -> bool {
    batch.failures >= MOST_FAILURES
}

fn until(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}
