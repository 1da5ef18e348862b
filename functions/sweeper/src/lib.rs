#![doc = include_str!("../README.md")]

mod connections;
mod erasures;
mod overdue;
mod sweeper;

use std::collections::HashMap;
use std::error::Error;
use std::time::Duration;

use domain::fault::Causes;
use domain::import::{Batch, Import, ImportStatus, Outcome};
use futures::stream::{self, StreamExt as _};
use importing::dispatch::{Batches, DispatchError};
use importing::ending::end_if_finished;
use importing::stop::drop_rest;
use jiff::{SignedDuration, Timestamp};
use overdue::{end_overdue, end_unknown};
use state::{ActiveImport, StateError};
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

pub use crate::sweeper::{Sweeper, SweeperState};

/// For this long after an import was accepted, the function that accepted it may still be sending its batches.
const GRACE_PERIOD: SignedDuration = SignedDuration::from_mins(2);

/// A message of an import that waits for nothing should have been received by then, also where it had to wait for one of
/// an earlier import.
const LATE_AFTER: SignedDuration = SignedDuration::from_mins(12);

/// An import that waits for nothing and on which no worker has worked for this long needs an operator.
const STUCK_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// How many imports are helped at the same time.
const SIDE_BY_SIDE: usize = 8;

/// For how long a sweep begins to help imports. With [`LONGEST_HELP`] and what follows it stays below the function's
/// time-out of 50 seconds.
const BEGINS_FOR: Duration = Duration::from_secs(30);

/// How long one import may take, so that no import can keep a sweep from the others or from its end. What is cut off
/// there is gone on with as after a crash.
const LONGEST_HELP: Duration = Duration::from_secs(12);

/// How long the connections may take that are looked at. They wait for no erasure.
const LONGEST_COUNT: Duration = Duration::from_secs(3);

/// Until when, from its beginning, a sweep goes on with erasures.
const ERASES_FOR: Duration = Duration::from_secs(46);

/// Goes over the active imports, from where the last sweep stopped that could not help all, over some of the connections
/// that are counted, and over the erasures that are not over. An error in one does not stop the others.
pub async fn sweep(sweeper: &Sweeper) -> Result<(), StateError> {
    async {
        let erases_until = Instant::now() + ERASES_FOR;
        let imports = sweep_imports(sweeper).await;
        let counted = timeout(LONGEST_COUNT, connections::discount_gone(sweeper)).await;
        let erased = erasures::resume_all(&sweeper.eraser(), erases_until).await;
        imports.and(counted.unwrap_or(Ok(()))).and(erased)
    }
    .instrument(tracing::info_span!("sweep"))
    .await
}

/// Helps as many imports as there is time for, in a circle over all of them, so that each has its turn.
async fn sweep_imports(sweeper: &Sweeper) -> Result<(), StateError> {
    let begins_until = Instant::now() + BEGINS_FOR;
    let mut active = sweeper.state.active_imports().await?;
    active.sort();
    if let Some(last) = sweeper.state.sweep_cursor().await? {
        let next = active.partition_point(|import| *import <= last);
        active.rotate_left(next);
    }
    let in_time = active.iter().take_while(|_| Instant::now() < begins_until);
    let helped: Vec<bool> =
        stream::iter(in_time).map(|import| help(sweeper, import)).buffer_unordered(SIDE_BY_SIDE).collect().await;
    let failed = helped.iter().filter(|is_well| !**is_well).count();
    let finished = helped.len() == active.len();
    if let Some(last) = active[..helped.len()].last().filter(|_| !finished) {
        sweeper.state.put_sweep_cursor(last).await?;
    }
    tracing::info!(event = "swept", active = active.len(), helped = helped.len(), failed, finished, "imports swept");
    if !finished {
        // The alarm `SweepUnfinished` looks for this event. Where it is told again and again, there are more imports than
        // the sweeper keeps up with.
        tracing::error!(event = "sweep_unfinished", "a sweep had no time for all active imports");
    }
    Ok(())
}

/// Helps one import on, and says whether that went well.
async fn help(sweeper: &Sweeper, active: &ActiveImport) -> bool {
    let span = tracing::info_span!("import", portal = %active.portal, import = %active.import);
    async {
        let error: Box<dyn Error + Send + Sync> = match timeout(LONGEST_HELP, advance(sweeper, active)).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error.into(),
            Err(elapsed) => elapsed.into(),
        };
        // The alarm `ImportStuck` looks for this event.
        tracing::error!(event = "import_stuck", error = %Causes(&*error), "an import could not be helped on");
        false
    }
    .instrument(span)
    .await
}

async fn advance(sweeper: &Sweeper, active: &ActiveImport) -> Result<(), DispatchError> {
    let state = &*sweeper.state;
    let Some(import) = state.find_import(&active.portal, &active.import).await? else { return Ok(()) };
    let now = sweeper.clock.now();
    if import.status.has_ended() || now.duration_since(import.accepted_at) < GRACE_PERIOD {
        return Ok(());
    }
    // What waits for the whole of its time need not end it. A login may come at any moment of it.
    let waits_to_the_end =
        || import.wait.is_some_and(|wait| wait.until >= import.ends_by()) && !import.waits_for_login();
    if now >= import.ends_by() || waits_to_the_end() {
        return Ok(end_overdue(state, &import, now).await?);
    }
    if import.status == ImportStatus::Accepting {
        tracing::warn!(is_undo = import.undoes.is_some(), "finishing the dispatch of an import");
        return match dispatch(sweeper, &import).await {
            Err(DispatchError::PlanMismatch) => Ok(end_unknown(state, &import, now).await?),
            dispatched => dispatched,
        };
    }
    // Rows are written before an import runs. One that runs without them is one whose people are no longer known, and the
    // sweep that was ending it was cut off.
    if import.sent_at.is_none() && state.import_people(&import.portal, &import.id).await?.is_empty() {
        return Ok(end_unknown(state, &import, now).await?);
    }
    if import.stopped_at.is_some() {
        drop_rest(state, state, &import, now).await?;
    }
    let known = state.batches(&import.portal, &import.id).await?;
    let quiet = quiet_for(&import, &known, now);
    let stuck = quiet >= STUCK_AFTER;
    if quiet >= LATE_AFTER && !import.waits_for_login() {
        // The alarm `OldestMessage` looks for this event. The queue's own age counts messages that wait as well.
        tracing::error!(event = "messages_late", "the messages of an import are not received");
    }
    // While nobody logs in it waits, however long ago that was last found out.
    if stuck && !import.waits_for_login() {
        tracing::error!(event = "import_stuck", "an import makes no progress");
    }
    let batches = silent_batches(sweeper, &import, known, stuck, now).await?;
    if !batches.is_empty() {
        tracing::warn!(batches = batches.len(), "sending batches again");
        sweeper.dispatch().send_again(&import, batches).await?;
    }
    Ok(end_if_finished(state, &import.portal, &import.id, now).await?)
}

/// Writes the people of an accepted import or undo, and sends its batches.
async fn dispatch(sweeper: &Sweeper, import: &Import) -> Result<(), DispatchError> {
    if import.undoes.is_some() {
        return sweeper.undo().dispatch(import).await;
    }
    let plan = sweeper.state.find_plan(&import.tenant, &import.plan).await?.ok_or(DispatchError::PlanMismatch)?;
    sweeper.dispatch().import(import, &plan).await
}

/// The batches with waiting people that are not on the queue.
async fn silent_batches(
    sweeper: &Sweeper,
    import: &Import,
    known: Vec<Batch>,
    stuck: bool,
    now: Timestamp,
) -> Result<Batches, StateError> {
    let mut batches = Batches::new();
    if import.is_waiting(now) {
        return Ok(batches);
    }
    // While the table failed, messages may have been received too often and moved to the dead-letter queue. Nothing
    // else would send those batches again.
    let lost = stuck && import.sent_at.is_none_or(|sent| now.duration_since(sent) >= STUCK_AFTER);
    let known: HashMap<u32, Batch> = known.into_iter().map(|batch| (batch.number, batch)).collect();
    for person in sweeper.state.import_people(&import.portal, &import.id).await? {
        let is_silent = is_silent(import, person.batch, known.get(&person.batch), sweeper.silent_after, now);
        let is_lost = lost && is_idle(import, known.get(&person.batch));
        if person.outcome == Outcome::Waiting && (is_silent || is_lost) {
            batches.entry(person.batch).or_default().push(person.employee_id);
        }
    }
    Ok(batches)
}

/// Whether the queue does not have the batch, or its attempt has been silent for too long. A batch that is on the queue
/// and was not received, or was released, is left to the queue.
fn is_silent(
    import: &Import,
    number: u32,
    batch: Option<&Batch>,
    silent_after: SignedDuration,
    now: Timestamp,
) -> bool {
    match batch {
        None => import.stopped_at.is_none() && import.unsent.contains(&number),
        Some(batch) if batch.dropped => false,
        // Its message had come too often while the import waited.
        Some(batch) if batch.attempted_at.is_none() && import.unsent.contains(&number) => true,
        Some(batch) => batch.attempted_at.is_some_and(|attempted| {
            now.duration_since(import.sent_at.map_or(attempted, |sent| sent.max(attempted))) >= silent_after
        }),
    }
}

/// Whether no worker has the batch and it is left to the queue. Sending it again does no harm.
fn is_idle(import: &Import, batch: Option<&Batch>) -> bool {
    match batch {
        None => import.stopped_at.is_none(),
        Some(batch) => !batch.dropped && batch.attempted_at.is_none(),
    }
}

/// How long ago the last wait, the last login and the last attempt are. Sending a batch again does not count as progress.
fn quiet_for(import: &Import, batches: &[Batch], now: Timestamp) -> SignedDuration {
    let worked = batches.iter().filter_map(|batch| batch.attempted_at);
    let worked = worked.chain(import.wait.map(|wait| wait.until)).chain(import.resumed_at).max();
    now.duration_since(worked.or(import.sent_at).unwrap_or(import.accepted_at))
}

#[cfg(test)]
mod tests {
    use domain::import::{Wait, WaitReason};

    use super::*;

    fn minutes(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn import() -> Import {
        Import {
            people: 11,
            places: 11,
            read: 11,
            courses: Vec::new(),
            status: ImportStatus::Running,
            accepted_at: minutes(0),
            sends: 1,
            sent_at: Some(minutes(0)),
            unsent: vec![1],
            ..domain::samples::import()
        }
    }

    #[test]
    fn only_unsent_and_silent_batches_are_sent() {
        let import = import();
        let silent_after = SignedDuration::from_mins(12);
        let is_silent = |import: &Import, number, batch: Option<&Batch>, now| {
            super::is_silent(import, number, batch, silent_after, minutes(now))
        };
        assert!(is_silent(&import, 1, None, 2), "the queue did not take it");
        assert!(!is_silent(&import, 0, None, 1_000), "the queue has it");
        let begun = Batch { attempts: 1, attempted_at: Some(minutes(5)), ..Batch::new(0) };
        assert!(!is_silent(&import, 0, Some(&begun), 16));
        assert!(is_silent(&import, 0, Some(&begun), 17));
        let sent_again = Import { sent_at: Some(minutes(17)), ..import.clone() };
        assert!(!is_silent(&sent_again, 0, Some(&begun), 18), "each sending is given its time");
        let given_back = Batch { attempted_at: None, ..begun };
        assert!(!is_silent(&import, 0, Some(&given_back), 1_000), "its message comes back by itself");
        let taken_back = Import { unsent: vec![0], ..import.clone() };
        assert!(is_silent(&taken_back, 0, Some(&given_back), 6), "its message was deleted");
        let stopped = Import { stopped_at: Some(minutes(1)), ..import.clone() };
        assert!(!is_silent(&stopped, 1, None, 2));
    }

    #[test]
    fn an_import_without_an_attempt_or_a_wait_for_a_quarter_of_an_hour_is_stuck() {
        let begun = |at| Batch { attempts: 1, attempted_at: Some(minutes(at)), ..Batch::new(0) };
        let is_stuck =
            |import: &Import, batches: &[Batch], now| quiet_for(import, batches, minutes(now)) >= STUCK_AFTER;
        let since = |import: &Import, batches: &[Batch]| (0..100).find(|now| is_stuck(import, batches, *now));
        assert_eq!(since(&import(), &[]), Some(15), "nobody takes it from the queue");
        assert_eq!(since(&import(), &[begun(2), begun(20)]), Some(35));
        let sent_again = Import { sent_at: Some(minutes(30)), sends: 3, ..import() };
        assert_eq!(since(&sent_again, &[begun(2)]), Some(17), "to send it again is no progress");
        assert_eq!(since(&sent_again, &[]), Some(45), "its acceptance was finished late");
        let wait = Wait { until: minutes(40), why: WaitReason::RetryAfter, times: 1 };
        let given_back = Batch { attempted_at: None, ..begun(2) };
        assert_eq!(since(&Import { wait: Some(wait), ..import() }, &[given_back]), Some(55), "it only waits");
    }
}
