//! `PutItem`, `UpdateItem`, `DeleteItem`; and the same as parts of a transaction.

use serde_json::{Value as Json, json};

use crate::errors::{Error, invalid};
use crate::expression::{Condition, Update, parse_condition, parse_update};
use crate::keys::Key;
use crate::reading::item_of_json;
use crate::request::Members;
use crate::size::{LARGEST_ITEM, item_size, write_units};
use crate::store::Store;
use crate::value::{Item, item_to_json};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Put,
    Update,
    Delete,
}

/// One write, read and not yet done.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) table: String,
    pub(crate) key: Key,
    change: Change,
    condition: Option<Condition>,
    /// Whether a refusal shows the item that refused.
    pub(crate) shows_refusing: bool,
}

#[derive(Debug)]
enum Change {
    Put(Item),
    Update(Update),
    Delete,
}

impl Write {
    /// Reads the members that a write of its own and a part of a transaction have in common.
    pub(crate) fn read(store: &Store, kind: Kind, members: &mut Members) -> Result<Self, Error> {
        let table = members.text("TableName")?.ok_or_else(|| invalid("TableName is missing"))?;
        let names = &store.table(&table)?.names;
        let mut placeholders = members.placeholders()?;
        let (key, change) = match kind {
            Kind::Put => {
                let item = item_of_json(&members.required("Item")?)?;
                if item_size(&item) > LARGEST_ITEM {
                    return Err(invalid("Item size has exceeded the maximum allowed size"));
                }
                (names.of_item(&item)?, Change::Put(item))
            }
            Kind::Update => {
                let key = names.of_key(&members.required("Key")?)?;
                let text = members.text("UpdateExpression")?;
                let update =
                    parse_update(&text.ok_or_else(|| invalid("UpdateExpression is missing"))?, &mut placeholders)?;
                if let Some(path) = update.paths().find(|path| names.contains(&path.0[0])) {
                    let name = &path.0[0];
                    return Err(invalid(format!("Cannot update attribute {name}. This attribute is part of the key")));
                }
                (key, Change::Update(update))
            }
            Kind::Delete => (names.of_key(&members.required("Key")?)?, Change::Delete),
        };
        let condition = members.text("ConditionExpression")?;
        let condition = condition.map(|text| parse_condition(&text, &mut placeholders)).transpose()?;
        placeholders.end()?;
        let shows = members.word("ReturnValuesOnConditionCheckFailure", &["NONE", "ALL_OLD"])?;
        Ok(Self { table, key, change, condition, shows_refusing: shows == "ALL_OLD" })
    }

    /// What it makes of the item that is there, if its condition holds.
    pub(crate) fn outcome(&self, store: &Store) -> Result<Option<Item>, Error> {
        let table = store.table(&self.table)?;
        let before = table.find(&self.key);
        let none = Item::new();
        if !self.condition.as_ref().is_none_or(|condition| condition.holds(before.unwrap_or(&none))) {
            return Err(Error::ConditionFailed(before.filter(|_| self.shows_refusing).cloned()));
        }
        let after = match &self.change {
            Change::Put(item) => Some(item.clone()),
            Change::Delete => None,
            Change::Update(update) => {
                let fresh = || table.names.to_item(&self.key);
                Some(update.of(&before.cloned().unwrap_or_else(fresh))?)
            }
        };
        if after.as_ref().is_some_and(|item| item_size(item) > LARGEST_ITEM) {
            return Err(invalid("Item size to update has exceeded the maximum allowed size"));
        }
        Ok(after)
    }

    /// The larger of the item before and after; where a condition fails, that of the item which is there.
    pub(crate) fn units(&self, store: &Store, after: Option<&Item>) -> u64 {
        let before = store.table(&self.table).ok().and_then(|table| table.find(&self.key));
        let size = |item: Option<&Item>| item.map_or(0, item_size);
        write_units(size(before).max(size(after)))
    }
}

/// A request that is one write.
pub(crate) fn write(store: &mut Store, operation: &str, kind: Kind, mut members: Members) -> Result<Json, Error> {
    let write = Write::read(store, kind, &mut members)?;
    let returns = match kind {
        Kind::Update => members.word("ReturnValues", &["NONE", "ALL_OLD", "ALL_NEW"])?,
        Kind::Put | Kind::Delete => members.word("ReturnValues", &["NONE", "ALL_OLD"])?,
    };
    members.end()?;
    let outcome = write.outcome(store);
    let units = write.units(store, outcome.as_ref().ok().and_then(Option::as_ref));
    store.count(operation).write_units += units;
    let after = outcome?;
    let before = store.table(&write.table)?.find(&write.key).cloned();
    store.write(&write.table, &write.key, after.clone());
    let returned = match returns {
        "ALL_OLD" => before,
        "ALL_NEW" => after,
        _ => None,
    };
    Ok(returned.map_or_else(|| json!({}), |item| json!({ "Attributes": item_to_json(&item) })))
}
