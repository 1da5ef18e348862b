#![doc = include_str!("../README.md")]

mod overdue;

use std::sync::Arc;

use application::dispatch::{DispatchError, dispatch, send};
use application::ending::end_if_finished;
use application::queue::BatchQueue;
use domain::clock::Clock;
use domain::import::{Batch, Import, ImportStatus};
use jiff::{SignedDuration, Timestamp};
use overdue::{LONGEST_IMPORT, give_up};
use platform::telemetry::Causes;
use state::{ActiveImport, ActiveImports, ImportAcceptance, ImportWork, MemberReader, PlanReader, StateError};

/// Younger than this, whoever accepted or sent is still at it.
const PATIENCE: SignedDuration = SignedDuration::from_mins(2);

/// All that the sweeper works with. It has no secrets, so it can ask nothing of Xero or GO1.
#[derive(Clone)]
pub struct Sweeper {
    /// What has not ended.
    pub active: Arc<dyn ActiveImports>,
    /// Imports, to go on with their dispatch.
    pub acceptance: Arc<dyn ImportAcceptance>,
    /// Imports, to end them.
    pub work: Arc<dyn ImportWork>,
    /// Who was imported.
    pub members: Arc<dyn MemberReader>,
    /// The plans that imports apply.
    pub plans: Arc<dyn PlanReader>,
    /// The queue of batches.
    pub queue: Arc<dyn BatchQueue>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long after its last attempt a batch counts as silent: twice the queue's visibility time-out.
    pub silence: SignedDuration,
}

/// Looks once at every import that has not ended. One that cannot be helped does not keep the others from it.
pub async fn sweep(sweeper: &Sweeper) -> Result<(), StateError> {
    for active in sweeper.active.active_imports().await? {
        if let Err(error) = help(sweeper, &active).await {
            tracing::error!(error = %Causes(&error), portal = %active.portal, import = %active.import, "an import could not be helped on");
        }
    }
    Ok(())
}

async fn help(sweeper: &Sweeper, active: &ActiveImport) -> Result<(), DispatchError> {
    let Some(import) = sweeper.acceptance.find_import(&active.portal, &active.import).await? else { return Ok(()) };
    let now = sweeper.clock.now();
    let age = now.duration_since(import.accepted_at);
    if age < PATIENCE {
        return Ok(());
    }
    if age >= LONGEST_IMPORT && !import.status.has_ended() {
        return Ok(give_up(sweeper, &import, now).await?);
    }
    match import.status {
        ImportStatus::Accepting => {
            let plan =
                sweeper.plans.find_plan(&import.tenant, &import.plan).await?.ok_or(DispatchError::PlanMismatch)?;
            tracing::warn!(import = %import.id, "finishing the dispatch of an import");
            dispatch(&import, &plan, &*sweeper.acceptance, &*sweeper.queue, &*sweeper.clock).await
        }
        ImportStatus::Running => {
            let mut batches = sweeper.acceptance.batches(&import.portal, &import.id).await?;
            batches.retain(|batch| needs_sending(&import, batch, sweeper.silence, now));
            if !batches.is_empty() {
                tracing::warn!(import = %import.id, batches = batches.len(), "sending batches again");
                send(&import, batches, &*sweeper.acceptance, &*sweeper.queue, &*sweeper.clock).await?;
            }
            end_if_finished(&*sweeper.work, &import.portal, &import.id, now).await?;
            Ok(())
        }
        ImportStatus::Done | ImportStatus::PartlyDone | ImportStatus::Failed => Ok(()),
    }
}

/// A batch that the queue never took, or whose attempt has been silent for too long. One that is on the queue and was
/// never received is left to the queue.
fn needs_sending(import: &Import, batch: &Batch, silence: SignedDuration, now: Timestamp) -> bool {
    if batch.ended_at.is_some() || import.wait_until.is_some_and(|until| until > now) {
        return false;
    }
    match (batch.sent_at, batch.attempted_at) {
        (None, _) => true,
        (Some(sent), Some(attempted)) => now.duration_since(sent.max(attempted)) >= silence,
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use domain::import::batches_of;

    use super::*;

    fn minutes(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    #[test]
    fn only_unsent_and_silent_batches_are_sent() {
        let import = Import {
            id: "import".into(),
            portal: "portal".into(),
            tenant: "tenant".into(),
            plan: "plan".into(),
            people: vec!["1".into()],
            courses: Vec::new(),
            status: ImportStatus::Running,
            accepted_at: minutes(0),
            ended_at: None,
            wait_until: None,
        };
        let unsent = batches_of(&import.people).remove(0);
        let silence = SignedDuration::from_mins(12);
        let needs = |batch: &Batch, now| needs_sending(&import, batch, silence, minutes(now));
        assert!(needs(&unsent, 2));
        let queued = Batch { sent_at: Some(minutes(0)), ..unsent.clone() };
        assert!(!needs(&queued, 1_000), "the queue has it");
        let begun = Batch { attempted_at: Some(minutes(5)), ..queued };
        assert!(!needs(&begun, 16));
        assert!(needs(&begun, 17));
        let sent_again = Batch { sent_at: Some(minutes(17)), ..begun.clone() };
        assert!(!needs(&sent_again, 18), "each send is given its time");
        assert!(!needs(&Batch { ended_at: Some(minutes(6)), ..begun.clone() }, 1_000));
        let waiting = Import { wait_until: Some(minutes(60)), ..import.clone() };
        assert!(!needs_sending(&waiting, &begun, silence, minutes(59)));
        assert!(needs_sending(&waiting, &begun, silence, minutes(60)));
    }
}
