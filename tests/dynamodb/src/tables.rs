//! `CreateTable`, `DescribeTable`, `DeleteTable`, `ListTables`: as much as tests need.

use serde_json::{Value as Json, json};

use crate::errors::{Error, invalid};
use crate::keys::KeyNames;
use crate::request::Members;
use crate::store::{Store, Table};

fn name(members: &mut Members) -> Result<String, Error> {
    members.text("TableName")?.ok_or_else(|| invalid("TableName is missing"))
}

fn description(name: &str) -> Json {
    json!({ "TableName": name, "TableStatus": "ACTIVE" })
}

/// On demand, with a partition key and a sort key that are texts, and no index.
pub(crate) fn create(store: &mut Store, mut members: Members) -> Result<Json, Error> {
    let name = name(&mut members)?;
    members.word("BillingMode", &["PAY_PER_REQUEST"])?;
    let texts = members.list("AttributeDefinitions")?;
    if texts.len() != 2 || texts.iter().any(|definition| definition["AttributeType"] != "S") {
        return Err(invalid("a table has two key attributes, which are texts"));
    }
    let schema = members.list("KeySchema")?;
    let key = |kind: &str| {
        let element = schema.iter().find(|element| element["KeyType"] == kind);
        let name = element.and_then(|element| element["AttributeName"].as_str());
        name.map(ToOwned::to_owned).ok_or_else(|| invalid(format!("KeySchema has no {kind} key")))
    };
    let names = KeyNames { partition: key("HASH")?, sort: key("RANGE")? };
    members.end()?;
    if store.tables.contains_key(&name) {
        return Err(Error::TableExists(name));
    }
    store.tables.insert(name.clone(), Table::new(names));
    Ok(json!({ "TableDescription": description(&name) }))
}

pub(crate) fn describe(store: &Store, mut members: Members) -> Result<Json, Error> {
    let name = name(&mut members)?;
    members.end()?;
    store.table(&name)?;
    Ok(json!({ "Table": description(&name) }))
}

pub(crate) fn delete(store: &mut Store, mut members: Members) -> Result<Json, Error> {
    let name = name(&mut members)?;
    members.end()?;
    store.tables.remove(&name).ok_or_else(|| Error::NoTable(name.clone()))?;
    Ok(json!({ "TableDescription": description(&name) }))
}

pub(crate) fn list(store: &Store) -> Json {
    json!({ "TableNames": store.tables.keys().collect::<Vec<_>>() })
}
