//! A pause: the import that runs in a portal waits until an operator's time is over or they resume it, and no other can be
//! accepted there meanwhile, because a portal has one at a time.
//!
//! It is made of what every release knows: a wait, and a time from which an import has its whole time anew. So the worker,
//! the sweeper and the page need to know of no pause, and a rollback forgets none.

use std::time::Duration;

use domain::ids::{ImportId, PortalId};
use domain::import::{Import, Wait, WaitReason};
use domain::portal::Portal;
use jiff::{SignedDuration, Timestamp};
use tokio::time::sleep;

use crate::error::OpsError;
use crate::tool::{OpsState, Tool};

/// After how long it is looked whether the pause stands.
const LOOKED_AT_AFTER: Duration = Duration::from_secs(5);

/// How long a worker may be at a batch. It may store a wait of its own until then. Longer than the worker's time-out can
/// be said to be.
const LONGEST_AT_WORK: SignedDuration = SignedDuration::from_mins(2);

impl<S: OpsState + 'static> Tool<S> {
    /// Pauses the import that runs in a portal for so many hours, and says until when. Whoever is being worked on at this
    /// moment is finished first, and a worker may store a wait of its own while it is at them; so this looks, and sets the
    /// pause again, until nobody is.
    pub async fn pause(&self, portal: &str, hours: u8) -> Result<Timestamp, OpsError> {
        let (portal, mut import) = self.running(portal).await?;
        let paused = self.clock.now() + SignedDuration::from_hours(i64::from(hours));
        loop {
            // GO1 may have asked for a longer wait than that.
            let until = paused.max(import.asked().unwrap_or(paused));
            let wait = Wait { until, why: WaitReason::OwnFault, times: 1 };
            // Its time first: the sweeper ends an import that waits for longer than its time.
            self.state.resume_import(&portal.id, &import.id, import.resumed_at, until).await?;
            import = self.still_running(&portal.id, &import.id).await?;
            if import.resumed_at != Some(until) {
                // Somebody has logged in since.
                continue;
            }
            self.state.set_wait(&portal.id, &import.id, &wait, None).await?;
            sleep(LOOKED_AT_AFTER).await;
            let now = self.clock.now();
            import = self.still_running(&portal.id, &import.id).await?;
            let batches = self.state.batches(&portal.id, &import.id).await?;
            let is_at_work = batches.iter().any(|batch| batch.at_work(now, LONGEST_AT_WORK));
            if !is_at_work && import.wait == Some(wait) && import.resumed_at == Some(until) {
                return Ok(until);
            }
        }
    }

    /// Ends a pause before its time. The import has its whole time from now on; its messages come back within ten minutes.
    pub async fn resume(&self, portal: &str) -> Result<(), OpsError> {
        let (portal, import) = self.running(portal).await?;
        let now = self.clock.now();
        let until = import.paused_until(now).ok_or(OpsError::NotPaused)?;
        // The wait first: cut off in between, it is still known to be paused.
        if let Some(wait) = import.wait.filter(|wait| wait.until == until) {
            match import.asked().filter(|asked| *asked > now) {
                Some(until) => {
                    let wait = Wait { until, why: WaitReason::RetryAfter, times: 1 };
                    self.state.set_wait(&portal.id, &import.id, &wait, Some(until)).await?;
                }
                None => self.state.end_wait(&portal.id, &import.id, &wait).await?,
            }
        }
        Ok(self.state.resume_import(&portal.id, &import.id, import.resumed_at, now).await?)
    }

    /// The import as it is stored now, if it has not ended.
    async fn still_running(&self, portal: &PortalId, import: &ImportId) -> Result<Import, OpsError> {
        let stored = self.state.find_import(portal, import).await?;
        stored.filter(|import| !import.status.has_ended()).ok_or(OpsError::NothingRuns)
    }

    /// The portal, and the import or undo that runs in it.
    async fn running(&self, portal: &str) -> Result<(Portal, Import), OpsError> {
        let portal = self.portal(portal).await?;
        let id = portal.active_import.as_ref().ok_or(OpsError::NothingRuns)?;
        let import = self.still_running(&portal.id, id).await?;
        Ok((portal, import))
    }
}
