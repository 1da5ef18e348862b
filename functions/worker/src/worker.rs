//! The worker, made from its settings.

use std::sync::Arc;
use std::time::Duration;

use domain::clock::{Clock, Random};
use go1_access::Go1Access;
use jiff::SignedDuration;
use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use platform::settings::{Environment, SettingError, names};
use state::{Grants, ImportWork, Members, PortalReader};
use transport::Transport;
use vault::CALL_AND_STORE;

use crate::pace::PaceSettings;
use crate::return_path::ReturnPath;

/// The batch's next attempt repeats a failed read, so it is not repeated within the call.
const READ_TRIES: u32 = 1;

/// What passes in an invocation before a token is asked for: an event is read, and the import with its people.
const BEFORE_A_RENEWAL: Duration = Duration::from_secs(3);

/// The shortest time-out with which an invocation can renew a token.
const SHORTEST_TIMEOUT: Duration = CALL_AND_STORE.saturating_add(BEFORE_A_RENEWAL);

/// The parts of the table that the worker uses: imports with their batches and people, members, and portals, to see
/// whether one was erased.
pub trait WorkerState: ImportWork + Members + PortalReader {}

impl<S: ImportWork + Members + PortalReader> WorkerState for S {}

/// Creates GO1 accounts and enrollments for batches of people. It cannot reach Xero.
#[derive(Clone)]
pub struct Worker {
    pub(crate) state: Arc<dyn WorkerState>,
    pub(crate) go1: Go1Access,
    /// What happens to messages that are not finished.
    pub(crate) return_path: Arc<dyn ReturnPath>,
    pub(crate) clock: Arc<dyn Clock>,
    /// What attempts are named by.
    pub(crate) random: Arc<dyn Random>,
    /// How fast GO1 is called for one portal.
    pub(crate) pace: PaceSettings,
    /// How long one invocation may take. The worker of an attempt that began longer ago is no longer running.
    pub(crate) invocation_timeout: SignedDuration,
    /// How long nobody is created of whom GO1 did not say whether it made their account: longer than GO1 works on a
    /// request whose caller has gone, and than its lists are behind after that.
    pub(crate) unanswered_wait: Duration,
}

/// Reads `WORKER_TIMEOUT_SECONDS`. With less than [`SHORTEST_TIMEOUT`] no invocation would ever renew a token: every import
/// would stand still once the first has expired, and nothing would say why.
fn invocation_timeout(environment: &Environment) -> Result<SignedDuration, SettingError> {
    let (name, expected) =
        (names::WORKER_TIMEOUT_SECONDS, "a whole number of seconds, 20 at least: less renews no token");
    let timeout: u32 = environment.parsed(name, expected)?;
    if Duration::from_secs(timeout.into()) < SHORTEST_TIMEOUT {
        return Err(SettingError::Malformed { name, expected });
    }
    Ok(SignedDuration::from_secs(timeout.into()))
}

impl Worker {
    /// Reads `GO1_CALLS_IN_FLIGHT`, `GO1_CALLS_PER_SECOND`, `GO1_UNANSWERED_SECONDS` and `WORKER_TIMEOUT_SECONDS`.
    pub async fn new<S: WorkerState + Grants + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
        return_path: Arc<dyn ReturnPath>,
    ) -> Result<Self, StartError> {
        let environment = &context.environment;
        let pace = PaceSettings {
            in_flight: environment.parsed(names::GO1_CALLS_IN_FLIGHT, "a whole number from 1")?,
            per_second: environment.parsed(names::GO1_CALLS_PER_SECOND, "a whole number, 0 for no limit")?,
        };
        let invocation_timeout = invocation_timeout(environment)?;
        let unanswered_wait = environment.parsed(names::GO1_UNANSWERED_SECONDS, "a whole number of seconds")?;
        let go1 = Go1Access::new(context, secrets, transport, READ_TRIES)?;
        // Whatever it is woken for, it opens a token; the client's secret only where one is renewed.
        go1.vault.ready().await?;
        Ok(Self {
            state: context.state.clone(),
            go1,
            return_path,
            clock: context.clock.clone(),
            random: context.random.clone(),
            pace,
            invocation_timeout,
            unanswered_wait: Duration::from_secs(unanswered_wait),
        })
    }

    /// The same worker with another return path, for tests.
    #[must_use]
    pub fn with_return_path(self, return_path: Arc<dyn ReturnPath>) -> Self {
        Self { return_path, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_out_that_renews_no_token_is_refused() {
        let read = |seconds: &str| invocation_timeout(&Environment::from([(names::WORKER_TIMEOUT_SECONDS, seconds)]));
        for seconds in ["60", "20"] {
            assert!(read(seconds).is_ok(), "{seconds}");
        }
        for seconds in ["19", "4", "0", "-60", "", "a minute"] {
            assert!(read(seconds).is_err(), "{seconds}");
        }
        assert_eq!(SHORTEST_TIMEOUT, Duration::from_secs(20), "as the message and the template say");
        assert!(read("4").expect_err("too short").to_string().contains("20 at least"));
    }
}
