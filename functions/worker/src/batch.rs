//! One attempt at one batch.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use application::ending::end_if_finished;
use application::refresh::Go1Refresh;
use domain::import::{Batch, BatchMessage, FailureReason, Import, ImportPerson, MOST_ATTEMPTS, Outcome};
use futures::FutureExt as _;
use futures::future::join_all;
use platform::telemetry::Causes;
use state::{GrantOwner, StateError};
use tokio::time::Instant;
use vault::VaultError;

use crate::handler::Worker;
use crate::pace::{Closed, Pace};
use crate::person::{PersonEnd, PersonRun, Portal, Retry};

/// How long a batch waits after its first failure; twice as long after each more.
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// The longest wait that we choose ourselves. GO1 may ask for longer.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// How long a batch waits where somebody else holds it, or the table stumbled.
const SHORT_WAIT: Duration = Duration::from_secs(2);

/// From this wait on the page says that we wait for GO1.
const WORTH_SHOWING: Duration = Duration::from_secs(5);

/// How one attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BatchEnd {
    /// The message is done with.
    Done,
    /// The message comes back.
    ComeBack {
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

impl BatchRun<'_> {
    /// Attempts the batch that `message` names.
    pub(crate) async fn run(&self, message: &BatchMessage) -> BatchEnd {
        if Instant::now() >= self.stop_at {
            return BatchEnd::ComeBack { after: Duration::ZERO };
        }
        if let Err(Closed(after)) = self.pace.is_open() {
            return BatchEnd::ComeBack { after };
        }
        match self.attempt(message).await {
            Ok(end) => end,
            // Somebody else works on the batch, and either finishes it or leaves it to the message that comes back.
            Err(StateError::Conflict) => BatchEnd::ComeBack { after: SHORT_WAIT },
            Err(error) => {
                tracing::error!(error = %Causes(&error), portal = %message.portal(), import = %message.import(), batch = message.batch(), "a batch could not be worked on");
                BatchEnd::ComeBack { after: SHORT_WAIT }
            }
        }
    }

    async fn attempt(&self, message: &BatchMessage) -> Result<BatchEnd, StateError> {
        let (portal, import_id) = (message.portal(), message.import());
        let imports = &*self.worker.imports;
        let Some(import) = imports.find_import(portal, import_id).await? else {
            tracing::error!(%portal, import = %import_id, "a message names an import that is not there");
            return Ok(BatchEnd::Done);
        };
        let Some(batch) = imports.find_batch(portal, import_id, message.batch()).await? else {
            tracing::error!(%portal, import = %import_id, batch = message.batch(), "a message names a batch that is not there");
            return Ok(BatchEnd::Done);
        };
        if batch.ended_at.is_some() || import.status.has_ended() {
            end_if_finished(imports, portal, import_id, self.worker.clock.now()).await?;
            return Ok(BatchEnd::Done);
        }
        let batch = imports.begin_attempt(portal, import_id, batch, self.worker.clock.now()).await?;
        let mut waiting = imports.people_of(portal, import_id, &batch.people).await?;
        waiting.retain(|person| person.outcome == Outcome::Waiting);

        let retries = match self.open_portal(&import).await {
            Ok(access) => self.finish_people(&import, &batch, &access, &waiting).await?,
            Err(VaultError::NeedsReconnect) => {
                self.fail_all(&import, &waiting, FailureReason::AccessLost).await?;
                Vec::new()
            }
            Err(VaultError::State(error)) => return Err(error),
            Err(error @ VaultError::UpstreamUnavailable) => {
                tracing::warn!(error = %Causes(&error), %portal, "there is no token for the portal");
                vec![Retry::Unavailable]
            }
            // Not GO1's fault, so it costs no attempt: another worker renews the token, or our keys are wrong.
            Err(error @ (VaultError::Busy | VaultError::Seal(_))) => {
                tracing::error!(error = %Causes(&error), %portal, "the portal's token cannot be used");
                vec![Retry::After(LONGEST_WAIT)]
            }
        };
        self.conclude(&import, &batch, &retries).await
    }

    async fn open_portal(&self, import: &Import) -> Result<Portal, VaultError> {
        let owner = GrantOwner::Portal(import.portal.clone());
        let token = self.worker.vault.access_token(&owner, &Go1Refresh(&self.worker.go1)).await?;
        Ok(Portal::new(owner, token))
    }

    /// Works on everybody at once; the pace decides how many calls are in flight. Returns why some are not finished.
    async fn finish_people(
        &self,
        import: &Import,
        batch: &Batch,
        portal: &Portal,
        waiting: &[ImportPerson],
    ) -> Result<Vec<Retry>, StateError> {
        let run = PersonRun { worker: self.worker, pace: self.pace, stop_at: self.stop_at, import, batch, portal };
        let turns = waiting.iter().map(|person| AssertUnwindSafe(run.finish(person)).catch_unwind());
        let mut retries = Vec::new();
        for (person, end) in waiting.iter().zip(join_all(turns).await) {
            let Ok(end) = end else {
                // What one person's turn stumbled over is theirs alone.
                tracing::error!(import = %import.id, batch = batch.number, "a person's turn panicked");
                self.fail_all(import, std::slice::from_ref(person), FailureReason::Internal).await?;
                continue;
            };
            match end? {
                PersonEnd::Ended => {}
                PersonEnd::Retry(retry) => retries.push(retry),
            }
        }
        Ok(retries)
    }

    async fn fail_all(
        &self,
        import: &Import,
        people: &[ImportPerson],
        reason: FailureReason,
    ) -> Result<(), StateError> {
        for person in people {
            let member = self.worker.members.find_member(&import.portal, &person.employee_id).await?;
            let outcome = Outcome::Failed { reason, account: member.map(|member| member.account) };
            match self.worker.imports.end_person(&import.portal, &import.id, &person.employee_id, &outcome).await {
                Ok(()) | Err(StateError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Decides what becomes of the batch: ended, given up, or back on the queue after the longest wait asked for.
    async fn conclude(&self, import: &Import, batch: &Batch, retries: &[Retry]) -> Result<BatchEnd, StateError> {
        let imports = &*self.worker.imports;
        let (portal, id) = (&import.portal, &import.id);
        let mut given_up = false;
        let mut wait = Duration::ZERO;
        if retries.contains(&Retry::Unavailable) {
            let failures = imports.record_failure(portal, id, batch.number).await?;
            given_up = failures >= MOST_ATTEMPTS;
            wait = (FIRST_WAIT * 2_u32.saturating_pow(failures.saturating_sub(1))).min(LONGEST_WAIT);
        }
        for retry in retries {
            if let Retry::After(asked) = retry {
                wait = wait.max(*asked);
            }
        }
        if given_up {
            let people = imports.people_of(portal, id, &batch.people).await?;
            let waiting: Vec<_> = people.into_iter().filter(|person| person.outcome == Outcome::Waiting).collect();
            self.fail_all(import, &waiting, FailureReason::Unavailable).await?;
        } else if !retries.is_empty() {
            if wait >= WORTH_SHOWING {
                let until = self.worker.clock.now() + jiff::SignedDuration::try_from(wait).unwrap_or_default();
                imports.set_wait(portal, id, Some(until)).await?;
            }
            return Ok(BatchEnd::ComeBack { after: wait });
        }
        if import.wait_until.is_some() {
            imports.set_wait(portal, id, None).await?;
        }
        imports.end_batch(portal, id, batch.number, self.worker.clock.now()).await?;
        end_if_finished(imports, portal, id, self.worker.clock.now()).await?;
        Ok(BatchEnd::Done)
    }
}
