//! `GetItem`, `Query`, `Scan`.

use serde_json::{Value as Json, json};

use crate::errors::{Error, invalid};
use crate::expression::{key_condition, parse_projection};
use crate::keys::Key;
use crate::request::Members;
use crate::size::{item_size, read_half_units};
use crate::store::{Store, Table};
use crate::value::{Item, item_to_json};

pub(crate) fn get(store: &mut Store, operation: &str, mut members: Members) -> Result<Json, Error> {
    let name = members.text("TableName")?.ok_or_else(|| invalid("TableName is missing"))?;
    let consistent = members.flag("ConsistentRead")?;
    let table = store.table(&name)?;
    let key = table.names.of_key(&members.required("Key")?)?;
    members.end()?;
    let item = find(store, table, &key, consistent).cloned();
    store.count(operation).read_half_units += read_half_units(item.as_ref().map_or(0, item_size), consistent);
    Ok(item.map_or_else(|| json!({}), |item| json!({ "Item": item_to_json(&item) })))
}

pub(crate) fn query(store: &mut Store, operation: &str, mut members: Members) -> Result<Json, Error> {
    let name = members.text("TableName")?.ok_or_else(|| invalid("TableName is missing"))?;
    let mut placeholders = members.placeholders()?;
    let names = store.table(&name)?.names.clone();
    let text = members.text("KeyConditionExpression")?;
    let text = text.ok_or_else(|| invalid("KeyConditionExpression is missing"))?;
    let meant = key_condition(&text, &mut placeholders, &names)?;
    let forward = members.flag_or("ScanIndexForward", true)?;
    let projection = members.text("ProjectionExpression")?;
    let projection = projection.map(|text| parse_projection(&text, &mut placeholders)).transpose()?;
    placeholders.end()?;
    page(store, operation, &name, members, projection.as_deref(), |table, after| table.keys(&meant, forward, after))
}

pub(crate) fn scan(store: &mut Store, operation: &str, mut members: Members) -> Result<Json, Error> {
    let name = members.text("TableName")?.ok_or_else(|| invalid("TableName is missing"))?;
    page(store, operation, &name, members, None, super::store::Table::all_keys)
}

/// One page: up to the limit of bytes, or of items, the request's own among them. What is measured is the whole item, whatever is projected.
fn page(
    store: &mut Store,
    operation: &str,
    name: &str,
    mut members: Members,
    projection: Option<&[String]>,
    keys: impl for<'a> Fn(&'a Table, Option<&Key>) -> Vec<&'a Key>,
) -> Result<Json, Error> {
    let consistent = members.flag("ConsistentRead")?;
    let limit = members.positive("Limit")?;
    let table = store.table(name)?;
    let after = members.take("ExclusiveStartKey").map(|key| table.names.of_key(&key)).transpose()?;
    members.end()?;
    let (mut items, mut bytes, mut last) = (Vec::new(), 0, None);
    for key in keys(table, after.as_ref()) {
        let Some(item) = find(store, table, key, consistent) else { continue };
        bytes += item_size(item);
        let shown = projection.map_or_else(|| item.clone(), |names| projected(item, names));
        items.push(item_to_json(&shown));
        let full = [limit, store.settings.items_per_page].into_iter().flatten().any(|most| items.len() >= most);
        if full || bytes >= store.settings.bytes_per_page {
            last = Some(table.names.to_item(key));
            break;
        }
    }
    let mut answer = json!({ "Count": items.len(), "ScannedCount": items.len(), "Items": items });
    if let Some(last) = last {
        answer["LastEvaluatedKey"] = item_to_json(&last);
    }
    store.count(operation).read_half_units += read_half_units(bytes, consistent);
    Ok(answer)
}

fn projected(item: &Item, names: &[String]) -> Item {
    names
        .iter()
        .filter_map(|name| item.get_key_value(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The item as it is, or as an eventually consistent read sees it.
pub(crate) fn find<'a>(store: &Store, table: &'a Table, key: &Key, consistent: bool) -> Option<&'a Item> {
    if consistent { table.find(key) } else { table.find_at(key, store.now() - store.settings.behind) }
}
