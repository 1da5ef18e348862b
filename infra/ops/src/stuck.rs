//! Every import that has not ended, the longest quiet first.

use domain::import::{Import, Wait, WaitReason};
use jiff::{SignedDuration, Timestamp};

use crate::error::OpsError;
use crate::tool::{OpsState, Tool};

/// How one import that has not ended stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub import: Import,
    /// The last time anything was sent or tried for it.
    pub last_sign: Timestamp,
    /// How many batches were tried at least once, of how many.
    pub tried: usize,
    /// How many attempts began in all, and how many failed at a GO1 that answered.
    pub attempts: u32,
    pub failures: u32,
}

impl Standing {
    /// How it stands at `now`, in a line of words and ids.
    pub fn line(&self, now: Timestamp) -> String {
        let Import { portal, id, status, people, .. } = &self.import;
        let wait = self.import.wait.filter(|wait| wait.until > now || self.import.waits_for_login());
        let waits = match (self.import.paused_until(now), wait) {
            (Some(until), _) => format!("paused until {until}"),
            (None, Some(wait)) => format!("waits until {} for {}", wait.until, reason(&self.import, &wait)),
            (None, None) => "waits for nothing".to_owned(),
        };
        let quiet = minutes(now.duration_since(self.last_sign));
        let (tried, batches, attempts, failures) = (self.tried, self.import.batches(), self.attempts, self.failures);
        format!(
            "portal {portal} import {id}: {status:?}, {people} people, {waits}; quiet for {quiet} minutes; {tried} of \
             {batches} batches tried, {attempts} attempts, {failures} failed; ends by {}",
            self.import.ends_by()
        )
    }
}

/// What an import waits for, in words.
pub fn reason(import: &Import, wait: &Wait) -> &'static str {
    match wait.why {
        WaitReason::RetryAfter if import.backs_off() => "GO1, which refuses calls for their rate",
        WaitReason::RetryAfter => "GO1, which asked for time",
        WaitReason::Failing => "GO1, which fails",
        WaitReason::OwnFault => "us: a key, a client or a scope",
        WaitReason::Login { .. } => "a login of an administrator at GO1",
        WaitReason::NoCourses { .. } => "GO1 to license the courses to the portal",
    }
}

pub(crate) fn minutes(duration: SignedDuration) -> i64 {
    duration.as_mins()
}

impl<S: OpsState + 'static> Tool<S> {
    /// Every import that has not ended, the longest quiet first.
    pub async fn stuck(&self) -> Result<Vec<Standing>, OpsError> {
        let mut found = Vec::new();
        for active in self.state.active_imports().await? {
            let Some(import) = self.state.find_import(&active.portal, &active.import).await? else { continue };
            let batches = self.state.batches(&active.portal, &active.import).await?;
            let tried = batches.iter().filter(|batch| batch.was_attempted()).count();
            let attempted = batches.iter().filter_map(|batch| batch.attempted_at).max();
            let signs = [Some(import.accepted_at), import.sent_at, attempted];
            found.push(Standing {
                last_sign: signs.into_iter().flatten().max().unwrap_or(import.accepted_at),
                tried,
                attempts: batches.iter().map(|batch| batch.attempts).sum(),
                failures: batches.iter().map(|batch| batch.failures).sum(),
                import,
            });
        }
        found.sort_by_key(|standing| standing.last_sign);
        Ok(found)
    }
}
