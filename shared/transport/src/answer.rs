//! Answers as upstreams really write them. A list is read row by row and a row field by field, so that what is odd in one
//! place keeps nothing else from being read. Only a body that is no list at all is none.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// What some editors and middleware put before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Stands where bytes were no text.
const NO_CHARACTER: char = char::REPLACEMENT_CHARACTER;

/// Reads JSON, with or without a byte-order mark. Bytes that are no UTF-8 spoil the text that they stand in and nothing
/// else, where that text is read with [`Text`], [`value`] or [`part`].
pub fn json<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    serde_json::from_str(&text(body))
}

fn text(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body))
}

/// A list whose rows are read one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<T> {
    /// Those that can be read, in order.
    pub read: Vec<T>,
    /// How many others there are.
    pub unread: usize,
}

impl<T> Rows<T> {
    /// How many rows the list has, of either kind.
    pub fn count(&self) -> usize {
        self.read.len() + self.unread
    }

    /// The rows that can be read; tells operations how many others there are, and nothing of what is in them.
    pub fn read_or_log(self, call: &'static str) -> Vec<T> {
        if self.unread > 0 {
            tracing::warn!(call, rows = self.unread, "rows of an answer could not be read");
        }
        self.read
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<T>);

        impl<'de, T: DeserializeOwned> Visitor<'de> for List<T> {
            type Value = Rows<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows<T>, A::Error> {
                let mut rows = Rows { read: Vec::new(), unread: 0 };
                while let Some(row) = list.next_element::<Box<RawValue>>()? {
                    match object(row.get()) {
                        Some(row) => rows.read.push(row),
                        None => rows.unread += 1,
                    }
                }
                Ok(rows)
            }
        }

        deserializer.deserialize_seq(List(PhantomData))
    }
}

/// An object, and not a list of its fields, which a reader made by serde would take as well. Of a field that stands there
/// twice the last one counts, as nearly everybody reads JSON (RFC 8259, section 4).
fn object<T: DeserializeOwned>(text: &str) -> Option<T> {
    let text = Some(text).filter(|text| text.starts_with('{'))?;
    serde_json::from_str(text).or_else(|_| serde_json::from_value(serde_json::from_str(text)?)).ok()
}

/// What stands where a text belongs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Text {
    /// Nothing, or null.
    #[default]
    Missing,
    /// A text.
    Is(String),
    /// A number, in its own digits.
    Number(String),
    /// Anything else, or a text of which something is no text: half a character, bytes that are no UTF-8.
    Odd,
}

impl Text {
    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Is(text) => Some(text),
            _ => None,
        }
    }

    /// The id, where it is one: a text that is not blank, or a number.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Is(id) | Self::Number(id) => Some(id.trim()).filter(|id| !id.is_empty()),
            _ => None,
        }
    }

    /// Whether there is something, and no text.
    pub fn is_odd(&self) -> bool {
        matches!(self, Self::Odd | Self::Number(_))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(match read(deserializer)? {
            Some(Value::Null) => Self::Missing,
            Some(Value::String(text)) if !text.contains(NO_CHARACTER) => Self::Is(text),
            Some(Value::Number(number)) => Self::Number(number.to_string()),
            _ => Self::Odd,
        })
    }
}

/// A value of any kind; null where it cannot be read.
pub fn value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Value, D::Error> {
    Ok(read(deserializer)?.unwrap_or_default())
}

/// An object within an answer that is left out or may be odd as a whole: then it is as if it were not there.
pub fn part<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(deserializer: D) -> Result<T, D::Error> {
    let part = Box::<RawValue>::deserialize(deserializer)?;
    Ok(object(part.get()).unwrap_or_default())
}

/// A list within an answer, in the same way.
pub fn rows<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<Rows<T>>, D::Error> {
    let list = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(list.get()).ok())
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}
