//! The end of an import before its time: what no attempt has begun is dropped. Each step can be done again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use domain::import::{Asked, FailureReason, Import, Outcome};
use jiff::Timestamp;
use state::{ImportWork, Members, StateError};

use crate::ending::{end_if_finished, fail_person};

/// Goes on with a stopped import: what was begun is finished, the rest is dropped. Where the import waits, nothing would
/// go on with what was begun, so it is given up as well.
pub async fn drop_rest(
    imports: &dyn ImportWork,
    members: &dyn Members,
    import: &Import,
    now: Timestamp,
) -> Result<(), StateError> {
    give_up(imports, members, import, FailureReason::Stopped, import.is_waiting(now)).await?;
    end_if_finished(imports, &import.portal, &import.id, now).await
}

/// Drops every batch that no attempt has begun, and fails its people; with `begun`, also those of the others, of whom GO1
/// may have been asked. Between a drop and a first attempt the table decides, so nobody is both.
pub async fn give_up(
    imports: &dyn ImportWork,
    members: &dyn Members,
    import: &Import,
    reason: FailureReason,
    begun: bool,
) -> Result<(), StateError> {
    let (portal, id) = (&import.portal, &import.id);
    let people = imports.import_people(portal, id).await?;
    let known = imports.batches(portal, id).await?.into_iter().map(|batch| (batch.number, batch.dropped));
    let mut is_dropped: HashMap<u32, bool> = known.collect();
    for person in people.iter().filter(|person| person.outcome == Outcome::Waiting) {
        let dropped = match is_dropped.entry(person.batch) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(unknown) => *unknown.insert(match imports.drop_batch(portal, id, person.batch).await {
                Ok(()) => true,
                // A worker has just begun it.
                Err(StateError::Conflict) => false,
                Err(error) => return Err(error),
            }),
        };
        if dropped || begun {
            let asked = if dropped { Asked::Nothing } else { Asked::AndSaidNothing };
            fail_person(imports, members, import, &person.employee_id, reason, asked, 0).await?;
        }
    }
    Ok(())
}
