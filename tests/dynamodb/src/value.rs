//! Attribute values: those that the product stores. Binary values and sets are refused.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

/// An item's attributes, or those of a map.
pub(crate) type Item = BTreeMap<String, Value>;

/// An attribute's value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    S(String),
    /// A whole number: the product stores no other.
    N(i128),
    Bool(bool),
    Null,
    L(Vec<Value>),
    M(Item),
}

impl Value {
    pub(crate) fn to_json(&self) -> Json {
        match self {
            Self::S(text) => json!({ "S": text }),
            Self::N(number) => json!({ "N": number.to_string() }),
            Self::Bool(flag) => json!({ "BOOL": flag }),
            Self::Null => json!({ "NULL": true }),
            Self::L(values) => json!({ "L": values.iter().map(Self::to_json).collect::<Vec<_>>() }),
            Self::M(members) => json!({ "M": item_to_json(members) }),
        }
    }
}

pub(crate) fn item_to_json(item: &Item) -> Json {
    Json::Object(item.iter().map(|(name, value)| (name.clone(), value.to_json())).collect())
}
