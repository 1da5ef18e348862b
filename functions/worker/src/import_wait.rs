//! The wait of a whole import: how long it still is, and how long the next one is.

use std::time::Duration;

use domain::import::{Import, Wait, WaitReason};
use jiff::{SignedDuration, Timestamp};
use state::{GrantOwner, StateError};

use crate::batch::BatchRun;
use crate::waits::{FIRST_WAIT, LOGIN_WAIT, LONGEST_BACKOFF, until};

impl BatchRun<'_> {
    /// How long the import still waits, if it does.
    pub(crate) async fn wait_of(&self, import: &Import, now: Timestamp) -> Result<Option<Duration>, StateError> {
        // Also where whatever else it waited for is over: a login, or an operator's pause.
        if let Some(end) = import.wait.map(|wait| wait.until).max(import.asked_until).filter(|end| *end > now) {
            return Ok(Some(until(end, now)));
        }
        let Some(wait) = import.wait else { return Ok(None) };
        let WaitReason::Login { generation } = wait.why else { return Ok(None) };
        let grant = self.worker.go1.vault.state_of(&GrantOwner::Portal(import.portal.clone())).await?;
        if grant.generation == generation {
            self.set_wait(import, wait.why, LOGIN_WAIT, None).await?;
            return Ok(Some(LOGIN_WAIT));
        }
        // Whatever else is stored by now is worth a try. Only a login gives the import its whole time again: pages renew
        // tokens as well, and store that they were refused.
        if let Some(at) = grant.logged_in_at.filter(|at| *at > import.resumed_at.unwrap_or(import.accepted_at)) {
            self.worker.state.resume_import(&import.portal, &import.id, import.resumed_at, at).await?;
        }
        Ok(None)
    }

    /// Ends a wait, because GO1 works again. Where it was one for a login, that is as good as one: the import has its whole time
    /// again, or it would end in the middle where it has waited for more than a day.
    pub(crate) async fn end_wait(&self, import: &Import, wait: &Wait) -> Result<(), StateError> {
        let (state, now) = (&self.worker.state, self.worker.clock.now());
        if matches!(wait.why, WaitReason::Login { .. }) {
            state.resume_import(&import.portal, &import.id, import.resumed_at, now).await?;
        }
        state.end_wait(&import.portal, &import.id, wait).await
    }

    /// Ends a wait for courses that this batch was to show, all of whose people have ended: nobody is left to show them. Whoever
    /// ended those people was cut off before this.
    pub(crate) async fn end_wait_for_courses(&self, import: &Import, batch: u32) -> Result<(), StateError> {
        match import.wait.filter(|wait| wait.why == WaitReason::NoCourses { batch }) {
            Some(wait) => self.worker.state.end_wait(&import.portal, &import.id, &wait).await,
            None => Ok(()),
        }
    }

    /// Whether it is worth another look a minute later that GO1 refuses tokens which it has just made: once, and not where the
    /// time of anything but a wait for a login is over.
    pub(crate) async fn may_be_too_early(&self, import: &Import) -> Result<bool, StateError> {
        match import.wait.map(|wait| wait.why) {
            Some(WaitReason::Failing) => Ok(false),
            Some(WaitReason::Login { .. }) => {
                // As it is stored now: a login since it was read gave it its whole time again.
                let stored = self.worker.state.find_import(&import.portal, &import.id).await?;
                let ends_by = stored.as_ref().unwrap_or(import).ends_by_waiting_for(Some(WaitReason::Failing));
                Ok(self.worker.clock.now() < ends_by)
            }
            _ => Ok(true),
        }
    }

    /// Whether the import's time is over, as it is stored now: a login since it was read gave it its whole time again.
    pub(crate) async fn is_overdue(&self, import: &Import, now: Timestamp) -> Result<bool, StateError> {
        if now < import.ends_by() {
            return Ok(false);
        }
        let stored = self.worker.state.find_import(&import.portal, &import.id).await?;
        Ok(stored.is_none_or(|import| now >= import.ends_by()))
    }

    /// Makes the import wait as long as GO1 has asked, also where nobody of it is left to wait: the portal's next import
    /// begins with it.
    pub(crate) async fn keep_retry_after(&self, import: &Import) -> Result<(), StateError> {
        match self.pace.wait() {
            Some(wait) => self.set_wait(import, WaitReason::RetryAfter, wait, Some(wait)).await,
            None => Ok(()),
        }
    }

    /// Makes the whole import wait. Only a wait that GO1 asked for may last beyond the end of the import, and none is stored
    /// over a longer one that GO1 has asked for, or of an operator who has paused it since it was read.
    /// `asked`: how long GO1 has asked to be left alone. Our own backoff may be longer, and only the former holds for the next
    /// import too.
    pub(crate) async fn set_wait(
        &self,
        import: &Import,
        why: WaitReason,
        wait: Duration,
        asked: Option<Duration>,
    ) -> Result<(), StateError> {
        let now = self.worker.clock.now();
        let until = now + SignedDuration::try_from(wait).unwrap_or_default();
        // As it is stored now: a login since it was read gave it its whole time again.
        let stored = self.worker.state.find_import(&import.portal, &import.id).await?;
        let known = stored.as_ref().unwrap_or(import);
        // Other tokens than those refused were tried, without a login. What came of it takes nothing from the week of one.
        let login = known.wait.map(|wait| wait.why).filter(|why| matches!(why, WaitReason::Login { .. }));
        let login = login.filter(|_| known.ends_by_waiting_for(Some(why)) <= now);
        let until = if login.is_some() { until.max(now + LOGIN_WAIT) } else { until };
        let (is_asked, why) = (why == WaitReason::RetryAfter, login.unwrap_or(why));
        let until = if is_asked { until } else { until.min(known.ends_by_waiting_for(Some(why))) };
        let kept = known.asked();
        let paused = stored.and_then(|stored| stored.paused_until(now));
        if paused.max(kept).is_some_and(|longer| until < longer) {
            return Ok(());
        }
        let asked = asked.map(|asked| now + SignedDuration::try_from(asked).unwrap_or_default());
        let wait = Wait { until, why, times: self.times_before(import, why) + 1 };
        tracing::info!(event = "import_waits", ?why, %until, times = wait.times, "an import waits");
        self.worker.state.set_wait(&import.portal, &import.id, &wait, asked.max(kept)).await
    }

    /// How many waits for the same reason came one after the other, without anything done at GO1 between them. Whether GO1
    /// refuses a rate or does not answer is one reason here: it takes nothing from us, and may change how it says so.
    pub(crate) fn times_before(&self, import: &Import, why: WaitReason) -> u32 {
        let is_go1s = |why| matches!(why, WaitReason::RetryAfter | WaitReason::Failing);
        // A course that is refused shows nothing about the other courses.
        let shows = self.pace.has_changed() && !matches!(why, WaitReason::NoCourses { .. });
        let is_same = |before: WaitReason| before == why || is_go1s(before) && is_go1s(why);
        let before = import.wait.filter(|before| is_same(before.why) && !shows);
        before.map_or(0, |before| before.times)
    }

    /// The shortest wait after such waits in a row: twice as long each time, up to [`LONGEST_BACKOFF`].
    pub(crate) fn backoff(&self, import: &Import, why: WaitReason) -> Duration {
        match self.times_before(import, why) {
            0 => Duration::ZERO,
            times => FIRST_WAIT.saturating_mul(2_u32.saturating_pow(times)).min(LONGEST_BACKOFF),
        }
    }
}
