//! The looks: each makes calls with the shipped clients, and notes what it saw of the facts.

pub mod go1;
pub mod people;
pub mod xero;

use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::report::Report;

/// What a look has: where it notes, the time, and how long it waits for a list to show what was written.
pub struct Looks {
    /// What was seen so far.
    pub report: Report,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long a list may be behind before it counts as never showing.
    pub patience: Duration,
}

/// How long between two looks at a list.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);

impl Looks {
    /// Looks that have noted nothing yet.
    pub fn new(clock: Arc<dyn Clock>, patience: Duration) -> Self {
        Self { report: Report::default(), clock, patience }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Looks again and again until there is something; after how many seconds it was.
    pub(crate) async fn until<T, E>(
        &self,
        mut look: impl AsyncFnMut() -> Result<Option<T>, E>,
    ) -> Result<Option<(T, u64)>, E> {
        let begun = Instant::now();
        loop {
            if let Some(found) = look().await? {
                return Ok(Some((found, begun.elapsed().as_secs())));
            }
            if begun.elapsed() >= self.patience {
                return Ok(None);
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }
}

pub(crate) fn after(seconds: u64) -> String {
    if seconds == 0 { "at once".to_owned() } else { format!("after {seconds} s") }
}
