//! The keys of a table's items: a partition key and a sort key, both text.

use serde_json::Value as Json;

use crate::errors::{Error, invalid};
use crate::reading::item_of_json;
use crate::value::{Item, Value};

/// How long the two may be, in bytes. (Developer Guide, "Quotas": 2,048 and 1,024.)
const LONGEST: [usize; 2] = [2_048, 1_024];

/// An item's partition key and sort key.
pub(crate) type Key = (String, String);

/// Which sort keys of a partition a query is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SortKeys {
    /// Those that begin so.
    BeginWith(String),
    /// Those between two, both of them included.
    Between(String, String),
}

impl SortKeys {
    /// The first one that there can be.
    pub(crate) fn first(&self) -> &str {
        match self {
            Self::BeginWith(first) | Self::Between(first, _) => first,
        }
    }

    /// Whether one that does not come before the first is among them.
    pub(crate) fn reach(&self, key: &str) -> bool {
        match self {
            Self::BeginWith(prefix) => key.starts_with(prefix),
            Self::Between(_, most) => key <= most.as_str(),
        }
    }
}

/// The names of a table's key attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyNames {
    pub(crate) partition: String,
    pub(crate) sort: String,
}

impl KeyNames {
    fn names(&self) -> [&str; 2] {
        [&self.partition, &self.sort]
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.names().contains(&name)
    }

    /// The key within an item.
    pub(crate) fn of_item(&self, item: &Item) -> Result<Key, Error> {
        let [partition, sort] = self.names();
        Ok((part(item, partition, LONGEST[0])?, part(item, sort, LONGEST[1])?))
    }

    /// A request's `Key`, which has the key's attributes and no other.
    pub(crate) fn of_key(&self, json: &Json) -> Result<Key, Error> {
        let item = item_of_json(json)?;
        if item.len() != 2 {
            return Err(invalid("The provided key element does not match the schema"));
        }
        self.of_item(&item)
    }

    /// The key as attributes.
    pub(crate) fn to_item(&self, key: &Key) -> Item {
        let [partition, sort] = self.names().map(ToOwned::to_owned);
        Item::from([(partition, Value::S(key.0.clone())), (sort, Value::S(key.1.clone()))])
    }
}

fn part(item: &Item, name: &str, longest: usize) -> Result<String, Error> {
    match item.get(name) {
        Some(Value::S(text)) if text.is_empty() => {
            Err(invalid(format!("One or more parameter values are not valid: {name} is empty")))
        }
        Some(Value::S(text)) if text.len() > longest => {
            Err(invalid(format!("One or more parameter values were invalid: {name} is longer than {longest} bytes")))
        }
        Some(Value::S(text)) => Ok(text.clone()),
        Some(_) => Err(invalid(format!("One or more parameter values were invalid: Type mismatch for key {name}"))),
        None => Err(invalid(format!("One or more parameter values were invalid: Missing the key {name}"))),
    }
}
