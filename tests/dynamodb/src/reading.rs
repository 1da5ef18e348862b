//! Attribute values as a request writes them.

use serde_json::Value as Json;

use crate::errors::{Error, invalid};
use crate::value::{Item, Value};

/// A number has up to 38 digits. (Developer Guide, "Supported data types and naming rules".)
const LARGEST_NUMBER: i128 = 10_i128.pow(38);

pub(crate) fn value_of_json(json: &Json) -> Result<Value, Error> {
    let only = json.as_object().filter(|members| members.len() == 1).and_then(|members| members.iter().next());
    let (kind, content) = only.ok_or_else(|| invalid("an attribute value has exactly one type"))?;
    let value = match (kind.as_str(), content) {
        ("S", Json::String(text)) => Some(Value::S(text.clone())),
        ("N", Json::String(text)) => Some(Value::N(number(text)?)),
        ("BOOL", Json::Bool(flag)) => Some(Value::Bool(*flag)),
        ("NULL", Json::Bool(true)) => Some(Value::Null),
        ("L", Json::Array(values)) => Some(Value::L(values.iter().map(value_of_json).collect::<Result<_, _>>()?)),
        ("M", members @ Json::Object(_)) => Some(Value::M(item_of_json(members)?)),
        _ => None,
    };
    value.ok_or_else(|| invalid(format!("a value of type {kind} is none that this table knows")))
}

fn number(text: &str) -> Result<i128, Error> {
    let number = text.parse::<i128>().ok().filter(|number| number.abs() < LARGEST_NUMBER);
    number.ok_or_else(|| invalid("a number is none that this table knows: whole, of up to 38 digits"))
}

pub(crate) fn item_of_json(json: &Json) -> Result<Item, Error> {
    let members = json.as_object().ok_or_else(|| invalid("attributes are an object"))?;
    members.iter().map(|(name, value)| Ok((name.clone(), value_of_json(value)?))).collect()
}
