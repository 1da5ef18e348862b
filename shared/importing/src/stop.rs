//! Ends an import early: batches of which GO1 was asked for nobody are dropped. Each step can be done again.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::import::{
    AccountAnswer, Assignments, Batch, FailureReason, GivenUp, Import, ImportPerson, LONGEST_ATTEMPT, Outcome,
};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use state::{ImportWork, Members, StateError};

use crate::ending::{end_if_finished, fail_person};

/// How many people are ended at the same time, because the owner's browser waits for it.
const CONCURRENCY: usize = 16;

/// How many batches are dropped at the same time. Each is a transaction that reads the import, and they get into each
/// other's way.
const DROPS: usize = 4;

/// How often a batch is dropped that workers begin and end meanwhile.
const DROP_TRIES: u32 = 3;

/// Goes on with a stopped import: batches for which GO1 was asked are finished, the others are dropped. While the import
/// waits no worker would finish the former, so their people are given up as well.
pub async fn drop_rest(
    imports: &dyn ImportWork,
    members: &dyn Members,
    import: &Import,
    now: Timestamp,
) -> Result<(), StateError> {
    give_up(imports, members, import, FailureReason::Stopped, import.is_waiting(now), now).await?;
    end_if_finished(imports, &import.portal, &import.id, now).await
}

/// Drops every batch of which GO1 was asked for nobody, and fails its people. With `begun` it fails the people of the
/// others as well: where each attempt has ended in order, the batch is dropped and the members say who may have an
/// account; where one was cut off, GO1 may have been asked for anybody. Whoever is at work at this moment, or begins
/// meanwhile, ends its people itself, or the next sweep does. A condition in the table decides between a drop, or an end, and
/// the next attempt.
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
    let known: HashMap<_, _> = imports.batches(portal, id).await?.into_iter().map(|one| (one.number, one)).collect();
    let waiting: Vec<&ImportPerson> = people.iter().filter(|person| person.outcome == Outcome::Waiting).collect();
    let numbers: BTreeSet<u32> = waiting.iter().map(|person| person.batch).collect();
    let drops = numbers.into_iter().map(async |number| {
        let mut batch = known.get(&number).cloned().unwrap_or_else(|| Batch::new(number));
        for _ in 0..DROP_TRIES {
            let told = if batch.asked { AccountAnswer::MemberTells } else { AccountAnswer::NotAsked };
            if batch.dropped {
                return Ok((number, End::Dropped(told)));
            }
            if !(batch.asked_nobody() || begun && batch.is_settled()) {
                break;
            }
            match imports.drop_batch(portal, id, &batch).await {
                Ok(()) => return Ok((number, End::Dropped(told))),
                // A worker has begun the batch since, or a stop has dropped it.
                Err(StateError::Conflict) => {
                    batch = imports.find_batch(portal, id, number).await?.unwrap_or(batch);
                }
                Err(error) => return Err(error),
            }
        }
        let is_cut_off = begun && !batch.at_work(now, LONGEST_ATTEMPT);
        Ok((number, if is_cut_off { End::CutOff(batch) } else { End::LeftToWorker }))
    });
    let ends: HashMap<_, _> = stream::iter(drops).buffer_unordered(DROPS).try_collect().await?;
    // Side by side, but for those of one batch whose row is part of each transaction: they would get into each other's way.
    let (mut alone, mut by_batch) = (Vec::new(), BTreeMap::<u32, (&Batch, Vec<&ImportPerson>)>::new());
    for person in waiting {
        match ends.get(&person.batch) {
            Some(End::Dropped(told)) => alone.push((*told, None, vec![person])),
            Some(End::CutOff(batch)) => by_batch.entry(batch.number).or_insert((batch, Vec::new())).1.push(person),
            Some(End::LeftToWorker) | None => {}
        }
    }
    let by_batch = by_batch.into_values().map(|(batch, people)| (AccountAnswer::NoAnswer, Some(batch), people));
    let mut failures = Vec::new();
    for (answer, batch, people) in alone.into_iter().chain(by_batch) {
        // Not by when the batch was attempted: a worker may have begun since that was read.
        let given_up = GivenUp { reason, answer, courses: Assignments::unknown(), asked_at: now + LONGEST_ATTEMPT };
        failures.push(fail_in_turn(imports, members, import, people, given_up, batch));
    }
    stream::iter(failures).buffer_unordered(CONCURRENCY).try_collect().await
}

/// Fails these people one after the other, until a worker begins their batch.
async fn fail_in_turn(
    imports: &dyn ImportWork,
    members: &dyn Members,
    import: &Import,
    people: Vec<&ImportPerson>,
    given_up: GivenUp,
    batch: Option<&Batch>,
) -> Result<(), StateError> {
    for person in people {
        match fail_person(imports, members, import, person, given_up.clone(), batch).await {
            Err(StateError::Conflict) if batch.is_some() => break,
            ended => ended?,
        }
    }
    Ok(())
}

/// What becomes of a batch of an import that is given up.
enum End {
    /// Nobody begins it any more. What is known of whether its people have an account.
    Dropped(AccountAnswer),
    /// As it is stored after an attempt that was cut off. A worker may begin it as long as its people wait.
    CutOff(Batch),
    /// A worker has begun it and ends its people.
    LeftToWorker,
}
