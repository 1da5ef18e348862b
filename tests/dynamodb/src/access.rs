//! Who asks for what: what IAM decides by. A request that is not allowed is refused before it does anything.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::keys::KeyNames;
use crate::reading::item_of_json;
use crate::store::Store;
use crate::value::Value;

/// What is asked about one item, or about one partition. A part of a transaction needs the right of the write that it is,
/// and each item of a batch the batch's own. (Developer Guide, "Using IAM with transactions"; "Using IAM policy conditions
/// for fine-grained access control".)
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Access {
    /// The access key id by which the request is signed.
    pub principal: String,
    /// The action that the right is to, without its service: `PutItem`.
    pub action: String,
    /// The partition key, by which `dynamodb:LeadingKeys` decides; `None` where the whole table is asked for, or the table
    /// itself.
    pub partition_key: Option<String>,
    /// The sort key, where one item is meant. No right can be held to it.
    pub sort_key: Option<String>,
    /// The attributes that it names, by which `dynamodb:Attributes` decides: those of the key or of the whole item, and those
    /// of its expressions.
    pub attributes: BTreeSet<String>,
    /// The condition of a write.
    pub condition: Option<String>,
    /// What a write returns of the item, by which `dynamodb:ReturnValues` decides.
    pub returns: String,
}

/// Whether something is allowed.
#[derive(Clone)]
pub(crate) struct Guard(pub(crate) Arc<dyn Fn(&Access) -> bool + Send + Sync>);

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Guard")
    }
}

/// Whose signature a request has (`Authorization: AWS4-HMAC-SHA256 Credential=id/date/region/service/aws4_request, ...`).
pub(crate) fn principal(authorization: Option<&str>) -> &str {
    let credential = authorization.and_then(|text| text.split_once("Credential="));
    credential.and_then(|(_, rest)| rest.split_once('/')).map_or("", |(id, _)| id)
}

/// The name of a transaction's part as an action of its own.
fn action_of_part(part: &str) -> Option<&'static str> {
    match part {
        "Put" => Some("PutItem"),
        "Update" => Some("UpdateItem"),
        "Delete" => Some("DeleteItem"),
        "Get" => Some("GetItem"),
        "ConditionCheck" => Some("ConditionCheckItem"),
        _ => None,
    }
}

/// Everything that a request asks for.
pub(crate) fn of_request(store: &Store, principal: &str, operation: &str, request: &Json) -> Vec<Access> {
    let of = |action: &str, table: Option<&str>, request: &Json| of_one(store, principal, action, table, request);
    if let Some(parts) = request["TransactItems"].as_array() {
        let parts = parts.iter().filter_map(Json::as_object).flatten();
        return parts.filter_map(|(part, write)| Some(of(action_of_part(part)?, None, write))).collect();
    }
    let Some(tables) = request["RequestItems"].as_object() else { return vec![of(operation, None, request)] };
    let items = tables.iter().flat_map(|(table, asked)| {
        let keys = asked["Keys"].as_array().into_iter().flatten().map(|key| serde_json::json!({ "Key": key }));
        let writes = asked.as_array().into_iter().flatten().filter_map(Json::as_object);
        let writes = writes.flat_map(|write| write.values().cloned());
        let items: Vec<Json> = keys.chain(writes).collect();
        items.into_iter().map(|item| of(operation, Some(table), &item)).collect::<Vec<_>>()
    });
    items.collect()
}

fn of_one(store: &Store, principal: &str, action: &str, table: Option<&str>, request: &Json) -> Access {
    let table = table.or_else(|| request["TableName"].as_str()).and_then(|table| store.table(table).ok());
    let key_names = table.map(|table| &table.names);
    let item = request.get("Item").or_else(|| request.get("Key")).and_then(|item| item_of_json(item).ok());
    let key = key_names.zip(item.as_ref()).and_then(|(names, item)| names.of_item(item).ok());
    let (partition_key, sort_key) = match key {
        Some((partition, sort)) => (Some(partition), Some(sort)),
        None => (key_names.and_then(|names| partition_of_query(names, request)), None),
    };
    let named = request["ExpressionAttributeNames"].as_object().into_iter().flat_map(|names| names.values());
    let mut attributes: BTreeSet<String> = named.filter_map(Json::as_str).map(ToOwned::to_owned).collect();
    attributes.extend(item.into_iter().flatten().map(|(name, _)| name));
    Access {
        principal: principal.to_owned(),
        action: action.to_owned(),
        partition_key,
        sort_key,
        attributes,
        condition: request["ConditionExpression"].as_str().map(ToOwned::to_owned),
        returns: request["ReturnValues"].as_str().unwrap_or("NONE").to_owned(),
    }
}

/// The partition that a query reads: `#pk = :pk`, with or without a condition on the sort key.
fn partition_of_query(names: &KeyNames, request: &Json) -> Option<String> {
    let condition = request["KeyConditionExpression"].as_str()?;
    let equalities = condition.split(" AND ").filter_map(|part| part.trim().split_once(" = "));
    let is_partition = |name: &str| {
        let meant = request["ExpressionAttributeNames"][name].as_str().unwrap_or(name);
        meant == names.partition
    };
    let (_, value) = equalities.into_iter().find(|(name, _)| is_partition(name))?;
    let value = serde_json::json!({ "key": request["ExpressionAttributeValues"].get(value)? });
    match item_of_json(&value).ok()?.remove("key")? {
        Value::S(key) => Some(key),
        _ => None,
    }
}
