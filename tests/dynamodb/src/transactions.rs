//! `TransactWriteItems`: all of its writes, or none.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::errors::{Error, Reason, invalid};
use crate::request::Members;
use crate::size::item_size;
use crate::store::Store;
use crate::writes::{Kind, Write};

/// (API reference, `TransactWriteItems`: "up to 100 distinct items", "cannot exceed 4 MB".)
const MOST_WRITES: usize = 100;
const MOST_BYTES: usize = 4 * 1_048_576;

pub(crate) fn transact(store: &mut Store, operation: &str, mut members: Members) -> Result<Json, Error> {
    let token = members.text("ClientRequestToken")?;
    let parts = members.list("TransactItems")?;
    members.end()?;
    if parts.is_empty() || parts.len() > MOST_WRITES {
        return Err(invalid("TransactItems has a length from 1 to 100"));
    }
    let asked = Json::Array(parts.clone());
    let writes: Vec<Write> = parts.into_iter().map(|part| read_part(store, part)).collect::<Result<_, _>>()?;
    let distinct: BTreeSet<_> = writes.iter().map(|write| (&write.table, &write.key)).collect();
    if distinct.len() != writes.len() {
        return Err(invalid("Transaction request cannot include multiple operations on one item"));
    }
    if let Some(token) = &token
        && store.is_repeated(token, &asked)?
    {
        // Done before: it costs reads, and changes nothing.
        store.count(operation).read_half_units += 4 * u64::try_from(writes.len()).unwrap_or(u64::MAX);
        return Ok(json!({}));
    }
    let mut after = Vec::with_capacity(writes.len());
    let mut reasons = Vec::with_capacity(writes.len());
    let (mut bytes, mut units) = (0, 0);
    for write in &writes {
        let outcome = write.outcome(store);
        let item = outcome.as_ref().ok().and_then(Option::as_ref);
        bytes += item.map_or(0, item_size);
        // A transaction prepares and commits each write.
        units += 2 * write.units(store, item);
        let (item, reason) = match outcome {
            Ok(item) => (item, Reason::none()),
            Err(Error::ConditionFailed(item)) => {
                (None, Reason { item, ..Reason::of("ConditionalCheckFailed", "The conditional request failed") })
            }
            Err(Error::Validation(message)) => (None, Reason::of("ValidationError", message)),
            Err(error) => return Err(error),
        };
        after.push(item);
        reasons.push(reason);
    }
    store.count(operation).write_units += units;
    if bytes > MOST_BYTES {
        return Err(invalid("The transaction's items are larger than 4 MB together"));
    }
    if reasons.iter().any(|reason| reason.code != "None") {
        return Err(Error::TransactionCancelled(reasons));
    }
    for (write, item) in writes.into_iter().zip(after) {
        store.write(&write.table, &write.key, item);
    }
    if let Some(token) = token {
        store.remember(token, asked);
    }
    Ok(json!({}))
}

fn read_part(store: &Store, part: Json) -> Result<Write, Error> {
    let mut part = Members::of(part)?;
    for (name, kind) in [("Put", Kind::Put), ("Update", Kind::Update), ("Delete", Kind::Delete)] {
        if let Some(write) = part.take(name) {
            part.end()?;
            let mut members = Members::of(write)?;
            let write = Write::read(store, kind, &mut members)?;
            members.end()?;
            return Ok(write);
        }
    }
    Err(invalid("a part of a transaction is a Put, an Update or a Delete"))
}
