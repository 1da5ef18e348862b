//! A request's members, each read once; one that nobody reads is refused, because it would be ignored.

use serde_json::{Map, Value as Json};

use crate::errors::{Error, invalid};
use crate::expression::Placeholders;
use crate::reading::value_of_json;

/// The members of a request, or of a part of one.
#[derive(Debug)]
pub(crate) struct Members(Map<String, Json>);

impl Members {
    pub(crate) fn of(json: Json) -> Result<Self, Error> {
        match json {
            Json::Object(members) => Ok(Self(members)),
            _ => Err(invalid("the request is no object")),
        }
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Json> {
        self.0.remove(name)
    }

    pub(crate) fn required(&mut self, name: &str) -> Result<Json, Error> {
        self.take(name).ok_or_else(|| invalid(format!("{name} is missing")))
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<Option<String>, Error> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(_) => Err(invalid(format!("{name} is no text"))),
        }
    }

    pub(crate) fn flag(&mut self, name: &str) -> Result<bool, Error> {
        self.flag_or(name, false)
    }

    /// A flag that stands for something where it is not said.
    pub(crate) fn flag_or(&mut self, name: &str, unsaid: bool) -> Result<bool, Error> {
        match self.take(name) {
            None => Ok(unsaid),
            Some(Json::Bool(flag)) => Ok(flag),
            Some(_) => Err(invalid(format!("{name} is neither true nor false"))),
        }
    }

    /// A number of at least one.
    pub(crate) fn positive(&mut self, name: &str) -> Result<Option<usize>, Error> {
        let Some(said) = self.take(name) else { return Ok(None) };
        let number = said.as_u64().and_then(|number| usize::try_from(number).ok()).filter(|number| *number > 0);
        number.map(Some).ok_or_else(|| invalid(format!("{name} is no number of at least one")))
    }

    /// One of these words; the first where nothing is said.
    pub(crate) fn word(&mut self, name: &str, words: &[&'static str]) -> Result<&'static str, Error> {
        let Some(said) = self.text(name)? else { return Ok(words[0]) };
        let known = words.iter().find(|word| **word == said);
        known.copied().ok_or_else(|| invalid(format!("{name} is {said}, which this table does not know")))
    }

    pub(crate) fn list(&mut self, name: &str) -> Result<Vec<Json>, Error> {
        match self.required(name)? {
            Json::Array(list) => Ok(list),
            _ => Err(invalid(format!("{name} is no list"))),
        }
    }

    /// `ExpressionAttributeNames` and `ExpressionAttributeValues`.
    pub(crate) fn placeholders(&mut self) -> Result<Placeholders, Error> {
        let mut placeholders = Placeholders::default();
        if let Some(names) = self.take("ExpressionAttributeNames") {
            for (placeholder, name) in Self::of_some(names, "ExpressionAttributeNames")? {
                let name = name.as_str().ok_or_else(|| invalid("a name is no text"))?;
                placeholders.names.insert(placeholder, name.to_owned());
            }
        }
        if let Some(values) = self.take("ExpressionAttributeValues") {
            for (placeholder, value) in Self::of_some(values, "ExpressionAttributeValues")? {
                placeholders.values.insert(placeholder, value_of_json(&value)?);
            }
        }
        Ok(placeholders)
    }

    fn of_some(json: Json, name: &str) -> Result<Map<String, Json>, Error> {
        match json {
            Json::Object(members) if members.is_empty() => Err(invalid(format!("{name} must not be empty"))),
            Json::Object(members) => Ok(members),
            _ => Err(invalid(format!("{name} is no object"))),
        }
    }

    /// That nothing was asked which was not read.
    pub(crate) fn end(self) -> Result<(), Error> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(invalid(format!("{name} is none that this table knows"))),
        }
    }
}
