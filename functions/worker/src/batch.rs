//! One attempt at one batch.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;

use domain::clock::random_hex;
use domain::fault::Causes;
use domain::ids::PortalId;
use domain::import::{
    AccountAnswer, Assignments, AttemptEnd, Batch, BatchMessage, FailureReason, Import, ImportPerson, Outcome, Wait,
    WaitReason,
};
use futures::FutureExt as _;
use futures::future::{Either, OptionFuture, join, join_all, select};
use state::{BatchRead, StateError};
use tokio::time::Instant;

use crate::calls::{Calls, Retry};
use crate::first::{Beginning, FirstPerson};
use crate::pace::{NoTurn, Pace};
use crate::person::{PersonEnd, PersonRun};
use crate::waits::{
    FIRST_WAIT, LOGIN_WAIT, OVERDUE_WAIT, OWN_FAULT_WAIT, PROBE_WAITS, RENEWED_WAIT, SHORT_WAIT, until, without_courses,
};
use crate::worker::Worker;

/// How long the name of an attempt is.
const ATTEMPT_BYTES: usize = 8;

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchEnd {
    /// The message is finished and can be deleted from the queue.
    Done,
    /// The message can never be handled, for this reason, so it goes to the dead-letter queue.
    DeadLetter(&'static str),
    /// The message stays on the queue and is delivered again after this time.
    Return { after: Duration },
    /// Only somebody of this batch waits, for this long, and a message that stays hidden would keep back all others of its portal:
    /// where there are any, it is deleted, and the sweeper sends the batch again. `are_behind`: whether the import has batches
    /// that this event does not have.
    LetOthersBy { after: Duration, are_behind: bool },
}

/// What the attempts of one group share.
pub(crate) struct BatchRun<'run> {
    pub(crate) worker: &'run Worker,
    pub(crate) pace: &'run Pace,
    pub(crate) first: &'run FirstPerson,
    /// The greatest number of a batch that this event has of the portal: those behind it have not come yet.
    pub(crate) last_in_event: u32,
    pub(crate) stop_at: Instant,
}

/// A person whom an attempt did not finish.
struct Unfinished<'people> {
    person: &'people ImportPerson,
    retry: Retry,
    answer: AccountAnswer,
    courses: Assignments,
}

impl Unfinished<'_> {
    async fn fail(&self, run: &PersonRun<'_>, reason: FailureReason) -> Result<(), StateError> {
        run.fail(self.person, reason, self.answer, self.courses.clone()).await
    }
}

impl BatchRun<'_> {
    /// Attempts the batch that `message` names.
    pub(crate) async fn run(&self, message: &BatchMessage) -> BatchEnd {
        if Instant::now() >= self.stop_at {
            return BatchEnd::Return { after: Duration::ZERO };
        }
        match self.pace.check() {
            Ok(()) => {}
            Err(NoTurn::RetryAfter(after)) => return BatchEnd::Return { after },
            Err(NoTurn::CircuitOpen | NoTurn::TimeUp) => return BatchEnd::Return { after: SHORT_WAIT },
        }
        let error = match self.attempt(message).await {
            Ok(end) => return end,
            Err(error) => error,
        };
        // A conflict means that another worker has the batch. It finishes the batch, or the message is delivered again.
        if !matches!(error, StateError::Conflict) {
            tracing::error!(error = %Causes(&error), portal = %message.portal(), import = %message.import(), batch = message.batch(), "a batch could not be worked on");
        }
        // The table's error changes nothing about GO1: an account that it may still be creating must be waited for.
        let after = if self.pace.has_unanswered() { self.worker.unanswered_wait } else { SHORT_WAIT };
        BatchEnd::Return { after: after.max(self.pace.wait().unwrap_or_default()) }
    }

    /// A message whose import is not there. Only an erasure removes imports, and it begins after they have ended; the portal
    /// may be connected anew since.
    async fn without_import(&self, portal: &PortalId) -> Result<BatchEnd, StateError> {
        let kept = self.worker.state.find_portal(portal).await?;
        let accepted = kept.map_or(0, |portal| portal.imports_accepted) as usize;
        Ok(if self.worker.state.imports_of(portal).await?.len() < accepted {
            BatchEnd::Done
        } else {
            BatchEnd::DeadLetter("the message names an import that is not there")
        })
    }

    async fn attempt(&self, message: &BatchMessage) -> Result<BatchEnd, StateError> {
        let (portal, id) = (message.portal(), message.import());
        let (imports, now) = (&*self.worker.state, self.worker.clock.now());
        let read = async || imports.find_batch_with_people(portal, id, message.batch(), message.people()).await;
        let BatchRead { import, batch, people } = read().await?;
        let Some(import) = import else {
            return self.without_import(portal).await;
        };
        if import.status.has_ended() {
            return Ok(BatchEnd::Done);
        }
        let undone = match &import.undoes {
            Some(undone) => imports.find_import(portal, undone).await?,
            None => None,
        };
        if people.len() < message.people().len() || people.iter().any(|person| person.batch != message.batch()) {
            // A stop and an erasure may have come since the import was read. An erasure begins after it has ended.
            let now_stored = imports.find_import(portal, id).await?;
            return Ok(if now_stored.is_none_or(|import| import.status.has_ended()) {
                BatchEnd::Done
            } else {
                BatchEnd::DeadLetter("the message names people who are not in its batch")
            });
        }
        if people.iter().all(|person| person.outcome != Outcome::Waiting) {
            self.end_wait_for_courses(&import, message.batch()).await?;
            return Ok(BatchEnd::Done);
        }
        if let Some(after) = self.wait_of(&import, now).await? {
            return Ok(BatchEnd::Return { after });
        }
        if self.is_overdue(&import, now).await? {
            // Nobody is begun whom the sweeper may be giving up at this moment.
            return Ok(BatchEnd::Return { after: OVERDUE_WAIT });
        }
        let batch = batch.unwrap_or_else(|| Batch::new(message.batch()));
        if batch.dropped || import.stopped_at.is_some() && !batch.was_attempted() {
            // The request that stopped the import ends these people; if it was cut off, the sweeper does.
            return Ok(BatchEnd::Done);
        }
        if let Some(begun) = batch.attempted_at.filter(|_| batch.at_work(now, self.worker.invocation_timeout)) {
            return Ok(BatchEnd::Return { after: until(begun + self.worker.invocation_timeout, now) });
        }
        let beginning = if batch.is_at_last_attempt() {
            Beginning::Together
        } else {
            self.first.beginning(&import, message.batch()).await
        };
        if matches!(beginning, Beginning::NotNow) {
            return Ok(BatchEnd::Return { after: SHORT_WAIT });
        }

        // Without a token no attempt is recorded, so a later attempt need not look for accounts that this one may have
        // made.
        let calls = match Calls::open(self.worker, self.pace, self.stop_at, portal).await? {
            Ok(calls) => calls,
            Err(retry) => return self.put_off(&import, None, retry, Duration::ZERO).await,
        };
        let cut_off = batch.attempted_at;
        let had_asked_nobody = batch.asked_nobody();
        // A failure may have been anybody's, and then each is looked up, which shows whether GO1 answers.
        let members_tell = batch.is_settled() && batch.failures == 0 && import.wait.is_none();
        // Its name tells this attempt from another worker's where the answer to the write is lost.
        let batch = Batch { attempt: random_hex::<ATTEMPT_BYTES>(&*self.worker.random), ..batch };
        let batch = imports.begin_attempt(portal, id, batch, self.worker.clock.now()).await?;
        tracing::Span::current().record("attempt", batch.attempts);
        // Read the wait again: another worker may have set it and released the batch since the first check,
        let now = self.worker.clock.now();
        let again = read().await;
        let wait = again.as_ref().ok().and_then(|read| read.import.as_ref()?.wait).filter(|wait| wait.until > now);
        if again.is_err() || wait.is_some() {
            self.end_idle_attempt(&import, &batch, cut_off).await;
        }
        let BatchRead { import: stored, people: mut waiting, .. } = again?;
        if let Some(wait) = wait {
            return Ok(BatchEnd::Return { after: until(wait.until, now) });
        }
        // and people may have been ended in the meantime.
        waiting.retain(|person| person.outcome == Outcome::Waiting);
        let run = PersonRun {
            calls: &calls,
            first: self.first,
            import: &import,
            batch: &batch,
            undone: undone.as_ref(),
            cut_off,
            members_tell,
            is_last_attempt: batch.is_at_last_attempt(),
            is_second_turn: false,
        };
        let is_stopped = stored.is_some_and(|import| import.stopped_at.is_some());
        if is_stopped && had_asked_nobody {
            return self.end_stopped(&run, &waiting).await;
        }
        let ended = match self.work(&run, &waiting, beginning).await {
            Ok(unfinished) => self.conclude(&run, unfinished).await,
            Err(error) => Err(error),
        };
        if ended.is_err() {
            // This worker has stopped, so the next attempt need not wait for the invocation's time-out, unless GO1 may
            // still be working on a call, or the next one could not know for how long GO1 wants to be left alone.
            let is_kept = self.keep_retry_after(&import).await.is_ok();
            if is_kept && cut_off.is_none() && !self.pace.has_unanswered() {
                let end = AttemptEnd { failed: false, asked: calls.has_asked() };
                imports.end_attempt(portal, id, &batch, end).await.ok();
            }
        }
        ended
    }

    /// Works on the people, a few at the same time, as the pace lets them begin, but for those who go alone. Returns those
    /// who are not finished.
    async fn work<'people>(
        &self,
        run: &PersonRun<'_>,
        waiting: &'people [ImportPerson],
        beginning: Beginning<'_>,
    ) -> Result<Vec<Unfinished<'people>>, StateError> {
        let turn = |person| AssertUnwindSafe(self.finish(run, person)).catch_unwind();
        let (mut rest, mut ends, mut begun) = (waiting.iter(), Vec::new(), None);
        let goes_alone = matches!(beginning, Beginning::Alone(_));
        if let Beginning::Alone(alone) = beginning {
            while !self.first.is_known()
                && let Some(person) = rest.next()
            {
                match select(Box::pin(turn(person)), pin!(self.first.until_it_assigns())).await {
                    Either::Left((end, _)) => ends.push(end),
                    // Their other courses go on beside the others.
                    Either::Right(((), turn)) => begun = Some(turn),
                }
            }
            drop(alone);
        }
        let (end, others) = join(OptionFuture::from(begun), join_all(rest.map(turn))).await;
        ends.extend(end.into_iter().chain(others));
        let found_out = goes_alone && self.first.assigned().is_some();
        if found_out {
            // Somebody after them has shown that GO1 assigns courses here.
            let again = PersonRun { is_second_turn: true, ..*run };
            for (person, end) in waiting.iter().zip(&mut ends) {
                if matches!(end, Ok(Ok(PersonEnd::Retry { retry: Retry::NoCourses, .. }))) {
                    *end = AssertUnwindSafe(self.finish(&again, person)).catch_unwind().await;
                }
            }
        }
        let mut unfinished = Vec::new();
        for (person, end) in waiting.iter().zip(ends) {
            match end {
                Ok(Ok(PersonEnd::Ended)) => {}
                Ok(Ok(PersonEnd::Retry { retry, answer, courses })) => {
                    unfinished.push(Unfinished { person, retry, answer, courses });
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => {
                    // A panic on one person must not fail the others. GO1 may have been called for this person just
                    // before.
                    self.pace.note_unanswered();
                    tracing::error!(import = %run.import.id, batch = run.batch.number, "a person's turn panicked");
                    run.fail(person, FailureReason::Internal, AccountAnswer::NoAnswer, Assignments::unknown()).await?;
                }
            }
        }
        if let Some(courses) = self.first.assigned().filter(|_| found_out) {
            self.worker.state.set_assignable(&run.import.portal, &run.import.id, courses).await?;
        }
        Ok(unfinished)
    }

    async fn finish(&self, run: &PersonRun<'_>, person: &ImportPerson) -> Result<PersonEnd, StateError> {
        let _at_work = self.pace.person().await;
        run.finish(person).await
    }

    /// Decides what happens to the batch. The most serious outcome of anybody decides: a login, then a wait, then a
    /// failure.
    async fn conclude(&self, run: &PersonRun<'_>, mut unfinished: Vec<Unfinished<'_>>) -> Result<BatchEnd, StateError> {
        let PersonRun { import, batch, .. } = *run;
        let is_refused = |one: &Unfinished<'_>| one.retry == Retry::NoCourses;
        if self.first.is_accounts_trouble() && unfinished.iter().all(is_refused) {
            // Nobody else of the batch is left to show it, and nobody else would be created by waiting.
            for one in unfinished.drain(..) {
                one.fail(run, FailureReason::EnrollmentRefused).await?;
            }
        }
        let has_no_courses = unfinished.iter().any(|one| one.retry == Retry::NoCourses);
        let was_to_show = |wait: &Wait| wait.why == WaitReason::NoCourses { batch: batch.number };
        if let Some(wait) = import.wait.filter(|wait| self.pace.has_written() || was_to_show(wait))
            && !has_no_courses
        {
            // GO1 works again, or nobody of this batch is left to show whether it assigns courses.
            self.end_wait(import, &wait).await?;
        }
        if unfinished.iter().any(|one| one.retry == Retry::OutOfTime) {
            // Nobody whom this invocation had no time for waits for who is asked for once more.
            unfinished.retain(|one| !matches!(one.retry, Retry::EarlierRequest(_)));
        }
        let worst = unfinished.iter().map(|one| one.retry).max_by_key(Retry::weight);
        let Some(mut worst) = worst else {
            // Whoever was asked to wait has been ended all the same, and others of the portal have not.
            self.keep_retry_after(import).await?;
            return Ok(BatchEnd::Done);
        };
        if worst.is_failure() && batch.is_at_last_attempt() && self.pace.has_answered() {
            for one in unfinished.iter().filter(|one| one.retry.is_failure()) {
                one.fail(run, FailureReason::Unavailable).await?;
            }
            // People for whom GO1 was not called are tried again.
            let rest = unfinished.iter().map(|one| one.retry).filter(|retry| !retry.is_failure());
            let Some(rest) = rest.max_by_key(Retry::weight) else {
                self.keep_retry_after(import).await?;
                return Ok(BatchEnd::Done);
            };
            worst = rest;
        }
        if worst == Retry::OutOfTime && self.pace.is_limited() {
            // The next invocation would be refused as this one was.
            worst = Retry::After(self.pace.wait().unwrap_or_default());
        }
        // Also where who was asked to wait is not among the unfinished.
        worst = self.pace.wait().map_or(worst, |wait| {
            let asked = Retry::After(wait);
            if asked.weight() > worst.weight() { asked } else { worst }
        });
        let minimum_wait =
            unfinished.iter().map(|one| one.retry.minimum_wait(self.worker.unanswered_wait)).max().unwrap_or_default();
        self.put_off(import, Some(run), worst, minimum_wait).await
    }

    /// Releases the batch, if an attempt was recorded, and says after how long its message is to be delivered again.
    async fn put_off(
        &self,
        import: &Import,
        begun: Option<&PersonRun<'_>>,
        retry: Retry,
        minimum_wait: Duration,
    ) -> Result<BatchEnd, StateError> {
        // A failure counts only where GO1 answered something, because an outage of GO1 is not the batch's fault.
        let failed = retry.is_failure() && self.pace.has_answered();
        let failures = begun.map_or(0, |begun| begun.batch.failures + u32::from(failed));
        let failing_wait = (!minimum_wait.is_zero()).then_some(WaitReason::Failing);
        let (after, why) = match retry {
            // GO1 may take tokens a moment after it has made them.
            Retry::Login { renewed: true, .. } if self.may_be_too_early(import).await? => {
                (RENEWED_WAIT.max(minimum_wait), Some(WaitReason::Failing))
            }
            Retry::Login { generation, .. } => (LOGIN_WAIT, Some(WaitReason::Login { generation })),
            // Nothing is wrong with GO1 now. Only this person must wait for an earlier import's call to end.
            Retry::EarlierRequest(_) => (minimum_wait, None),
            // The next invocation goes on at once.
            Retry::OutOfTime => (minimum_wait, failing_wait),
            // Wait as long as GO1 asks. Where it keeps asking and creates nothing, back off further each time.
            Retry::After(asked) => (
                asked.max(minimum_wait).max(self.backoff(import, WaitReason::RetryAfter)),
                Some(WaitReason::RetryAfter),
            ),
            Retry::OwnFault => (
                OWN_FAULT_WAIT.max(minimum_wait).max(self.backoff(import, WaitReason::OwnFault)),
                Some(WaitReason::OwnFault),
            ),
            Retry::NoCourses => {
                let batch = begun.map_or(0, |run| run.batch.number);
                let (after, why) = without_courses(import, batch);
                (after.max(minimum_wait), Some(why))
            }
            // GO1 works for other people, so the fault is this batch's own.
            Retry::Skipped | Retry::Unavailable | Retry::Unanswered if self.pace.has_written() => {
                ((FIRST_WAIT * 2_u32.saturating_pow(failures.saturating_sub(1))).max(minimum_wait), failing_wait)
            }
            // GO1 creates nothing for anybody, so the whole import waits before the next probe.
            Retry::Skipped | Retry::Unavailable | Retry::Unanswered => {
                let probe = self.times_before(import, WaitReason::Failing) as usize;
                (PROBE_WAITS[probe.min(PROBE_WAITS.len() - 1)].max(minimum_wait), Some(WaitReason::Failing))
            }
        };
        let seconds = after.as_secs();
        tracing::info!(event = "batch_put_off", why = ?retry, seconds, failures, "a batch is tried again");
        // The wait is stored first, so that a worker which takes the released batch sees it.
        if let Some(why) = why {
            let asked = if let Retry::After(asked) = retry { Some(asked) } else { None };
            self.set_wait(import, why, after, asked).await?;
        }
        if let Some(PersonRun { batch, calls, .. }) = begun {
            let end = AttemptEnd { failed, asked: calls.has_asked() };
            self.worker.state.end_attempt(&import.portal, &import.id, batch, end).await?;
        }
        // Of an undo everybody may have to wait like that, and then nobody would be let by.
        let is_nothing_wrong = import.undoes.is_none() && why.is_none() && matches!(retry, Retry::EarlierRequest(_));
        Ok(if is_nothing_wrong {
            BatchEnd::LetOthersBy { after, are_behind: import.batches() > self.last_in_event + 1 }
        } else {
            BatchEnd::Return { after }
        })
    }
}
