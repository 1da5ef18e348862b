//! Ends an import early: batches that no attempt has begun are dropped. Each step can be done again.

use std::collections::{BTreeSet, HashMap};

use domain::import::{AccountAnswer, FailureReason, GivenUp, Import, ImportPerson, Outcome};
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
/// others, for whom GO1 may have been called. A condition in the table decides between a drop and a first attempt.
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
    let known = imports.batches(portal, id).await?.into_iter().map(|batch| (batch.number, batch.dropped));
    let mut is_dropped: HashMap<u32, bool> = known.collect();
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
            _ if begun => AccountAnswer::NoAnswer,
            _ => continue,
        };
        let given_up = GivenUp { reason, answer, enrollments: 0, at: now };
        failures.push(fail_person(imports, members, import, &person.employee_id, given_up));
    }
    stream::iter(failures).buffer_unordered(CONCURRENCY).try_collect().await
}
