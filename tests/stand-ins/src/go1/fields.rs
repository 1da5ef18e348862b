//! Reads the fields of a JSON object, and collects everything that is wrong with them for one answer.

use serde_json::{Map, Value};

use super::api::Failure;

pub(crate) struct Fields {
    object: Map<String, Value>,
    prefix: &'static str,
    problems: Vec<(String, String)>,
}

impl Fields {
    pub(crate) fn of(object: Map<String, Value>, prefix: &'static str) -> Self {
        Self { object, prefix, problems: Vec::new() }
    }

    pub(crate) fn problem(&mut self, name: &str, message: &str) {
        self.problems.push((format!("{}{name}", self.prefix), message.to_owned()));
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(|value| !value.is_null())
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Reads a text that must be there and must not be blank.
    pub(crate) fn text(&mut self, name: &str) -> String {
        match self.optional_text(name) {
            Some(text) if !text.trim().is_empty() => text,
            Some(_) => {
                self.problem(name, "must not be blank");
                String::new()
            }
            None => {
                if !self.has(name) {
                    self.problem(name, "is required");
                }
                String::new()
            }
        }
    }

    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        let text = self.value(name)?.as_str().map(str::to_owned);
        if text.is_none() {
            self.problem(name, "must be a string");
        }
        text
    }

    /// Fails if there was any problem.
    pub(crate) fn check(&mut self, code: &'static str) -> Result<(), Failure> {
        if self.problems.is_empty() {
            return Ok(());
        }
        Err(Failure::fields(code, std::mem::take(&mut self.problems)))
    }
}

/// Whether a text looks like an email address: no blanks, one at sign, and a domain with a dot and without an empty label.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    !local.is_empty()
        && !text.contains(char::is_whitespace)
        && !domain.contains('@')
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
}
