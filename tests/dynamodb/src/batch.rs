//! `BatchWriteItem`: puts and deletions without conditions, each by itself; and `BatchGetItem`, the reads of single items.

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::errors::{Error, invalid};
use crate::reads::find;
use crate::request::Members;
use crate::size::{item_size, read_half_units};
use crate::store::Store;
use crate::value::item_to_json;
use crate::writes::{Kind, Write};

/// (API reference, `BatchWriteItem`: "up to 25 item put or delete operations".)
const MOST_WRITES: usize = 25;

/// (API reference, `BatchGetItem`: "as many as 100 items".)
const MOST_READS: usize = 100;

/// Reads all but the last `left_out`, which the answer names as unprocessed. What is not there is left out of the answer,
/// and takes a read like one of the smallest size. (API reference, `BatchGetItem`.)
pub(crate) fn get(store: &mut Store, operation: &str, mut members: Members, left_out: usize) -> Result<Json, Error> {
    let Json::Object(tables) = members.required("RequestItems")? else {
        return Err(invalid("RequestItems is no object"));
    };
    members.end()?;
    let (mut asked, mut distinct) = (Vec::new(), BTreeSet::new());
    for (table, request) in tables {
        let mut request = Members::of(request)?;
        let consistent = request.flag("ConsistentRead")?;
        for key in request.list("Keys")? {
            let found = store.table(&table)?.names.of_key(&key)?;
            if !distinct.insert((table.clone(), found.clone())) {
                return Err(invalid("Provided list of item keys contains duplicates"));
            }
            asked.push((table.clone(), consistent, key, found));
        }
        request.end()?;
    }
    if asked.is_empty() || asked.len() > MOST_READS {
        return Err(invalid("RequestItems has 1 to 100 keys"));
    }
    let done = asked.len().saturating_sub(left_out);
    let (mut responses, mut unprocessed) = (serde_json::Map::new(), serde_json::Map::new());
    for (number, (table, consistent, key, found)) in asked.into_iter().enumerate() {
        if number >= done {
            let left = unprocessed.entry(table).or_insert_with(|| json!({ "Keys": [], "ConsistentRead": consistent }));
            left["Keys"].as_array_mut().into_iter().for_each(|left| left.push(key.clone()));
            continue;
        }
        let item = find(store, store.table(&table)?, &found, consistent).cloned();
        store.count(operation).read_half_units += read_half_units(item.as_ref().map_or(0, item_size), consistent);
        if let Some(item) = item {
            let items = responses.entry(table).or_insert_with(|| Json::Array(Vec::new()));
            items.as_array_mut().into_iter().for_each(|items| items.push(item_to_json(&item)));
        }
    }
    Ok(json!({ "Responses": responses, "UnprocessedKeys": unprocessed }))
}

/// Writes all but the last `left_out`, which the answer names as unprocessed.
pub(crate) fn write(store: &mut Store, operation: &str, mut members: Members, left_out: usize) -> Result<Json, Error> {
    let Json::Object(tables) = members.required("RequestItems")? else {
        return Err(invalid("RequestItems is no object"));
    };
    members.end()?;
    let mut asked = Vec::new();
    for (table, requests) in tables {
        let Json::Array(requests) = requests else { return Err(invalid("a table's requests are a list")) };
        for request in requests {
            let write = read_part(store, &table, request.clone())?;
            asked.push((table.clone(), request, write));
        }
    }
    if asked.is_empty() || asked.len() > MOST_WRITES {
        return Err(invalid("RequestItems has 1 to 25 requests"));
    }
    let distinct: BTreeSet<_> = asked.iter().map(|(table, _, write)| (table, &write.key)).collect();
    if distinct.len() != asked.len() {
        return Err(invalid("Provided list of item keys contains duplicates"));
    }
    let done = asked.len().saturating_sub(left_out);
    let mut unprocessed = serde_json::Map::new();
    for (number, (table, request, write)) in asked.into_iter().enumerate() {
        if number >= done {
            let left = unprocessed.entry(table).or_insert_with(|| Json::Array(Vec::new()));
            left.as_array_mut().into_iter().for_each(|left| left.push(request.clone()));
            continue;
        }
        let after = write.outcome(store)?;
        let units = write.units(store, after.as_ref());
        store.count(operation).write_units += units;
        store.write(&table, &write.key, after);
    }
    Ok(json!({ "UnprocessedItems": unprocessed }))
}

fn read_part(store: &Store, table: &str, request: Json) -> Result<Write, Error> {
    let mut request = Members::of(request)?;
    for (name, kind) in [("PutRequest", Kind::Put), ("DeleteRequest", Kind::Delete)] {
        if let Some(mut write) = request.take(name) {
            request.end()?;
            if let Some(members) = write.as_object_mut()
                && members.insert("TableName".to_owned(), table.into()).is_some()
            {
                return Err(invalid("a request of a batch names no table"));
            }
            let mut members = Members::of(write)?;
            let write = Write::read(store, kind, &mut members)?;
            members.end()?;
            return Ok(write);
        }
    }
    Err(invalid("a request of a batch is a PutRequest or a DeleteRequest"))
}
