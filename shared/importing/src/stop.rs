//! Ends an import early: batches that no attempt has begun are dropped. Each step can be done again.

use std::collections::{BTreeSet, HashMap};

use domain::import::{
    AccountAnswer, Assignments, Batch, FailureReason, GivenUp, Import, ImportPerson, LONGEST_ATTEMPT, Outcome,
    WaitReason,
};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use state::{ImportWork, Members, StateError};

use crate::ending::{end_if_finished, fail_person};

/// How many batches and people are ended at the same time, because the owner's browser waits for it.
const CONCURRENCY: usize = 16;

/// Goes on with a stopped import: batches that have begun are finished, the others are dropped. While the import waits
/// no worker would finish the former, so their people are given up as well.
pub async fn drop_rest(
    imports: &dyn ImportWork,
    members: &dyn Members,
    import: &Import,
    now: Timestamp,
) -> Result<(), StateError> {
    give_up(imports, members, import, FailureReason::Stopped, import.is_waiting(now), now).await?;
    end_if_finished(imports, &import.portal, &import.id, now).await
}

/// Drops every batch that no attempt has begun, and fails its people. With `begun` it also fails the people of the
/// others, for whom GO1 may have been called, and may be until the attempt that is at them has ended. A condition in
/// the table decides between a drop and a first attempt.
pub async fn give_up(
    imports: &dyn ImportWork,
    members: &dyn Members,
    import: &Import,
    reason: FailureReason,
    begun: bool,
    now: Timestamp,
) -> Result<(), StateError> {
    let (portal, id) = (&import.portal, &import.id);
    let people = imports.import_people(portal, id).await?;
    let known = imports.batches(portal, id).await?;
    let mut is_dropped: HashMap<u32, bool> = known.iter().map(|batch| (batch.number, batch.dropped)).collect();
    let asked_in_order = if begun { held_in_order(imports, import, known, now).await? } else { BTreeSet::new() };
    let waiting: Vec<&ImportPerson> = people.iter().filter(|person| person.outcome == Outcome::Waiting).collect();
    let unknown: BTreeSet<u32> = waiting.iter().map(|person| person.batch).collect();
    let drops = unknown.into_iter().filter(|number| !is_dropped.contains_key(number)).map(async |number| {
        match imports.drop_batch(portal, id, number).await {
            Ok(()) => Ok((number, true)),
            // A worker has just begun the batch: one that was dropped, by us or another stop, is no conflict.
            Err(StateError::Conflict) => Ok((number, false)),
            Err(error) => Err(error),
        }
    });
    let drops: Vec<_> = stream::iter(drops).buffer_unordered(CONCURRENCY).try_collect().await?;
    is_dropped.extend(drops);
    let mut failures = Vec::new();
    for person in waiting {
        let answer = match is_dropped.get(&person.batch) {
            Some(true) => AccountAnswer::NotAsked,
            _ if asked_in_order.contains(&person.batch) => AccountAnswer::NotAsked,
            _ if begun => AccountAnswer::NoAnswer,
            _ => continue,
        };
        // Not by when the batch was attempted: a worker may have begun since that was read.
        let given_up = GivenUp { reason, answer, courses: Assignments::unknown(), asked_at: now + LONGEST_ATTEMPT };
        failures.push(fail_person(imports, members, import, person, given_up));
    }
    stream::iter(failures).buffer_unordered(CONCURRENCY).try_collect().await
}

/// The batches whose people are members wherever GO1 may have an account of theirs: while it assigns no course, one person
/// after the other is asked for, and an attempt that ended in order has stored whatever it left. Each is held by an attempt
/// from now on, so that no worker begins another.
async fn held_in_order(
    imports: &dyn ImportWork,
    import: &Import,
    known: Vec<Batch>,
    now: Timestamp,
) -> Result<BTreeSet<u32>, StateError> {
    let mut held = BTreeSet::new();
    if !import.wait.is_some_and(|wait| matches!(wait.why, WaitReason::NoCourses { .. })) {
        return Ok(held);
    }
    for batch in known.into_iter().filter(|batch| !batch.dropped && batch.attempted_at.is_none()) {
        let number = batch.number;
        match imports.begin_attempt(&import.portal, &import.id, batch, now).await {
            Ok(_) => drop(held.insert(number)),
            Err(StateError::Conflict) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(held)
}
