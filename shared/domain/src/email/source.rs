//! An email where it comes from.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{EmailAddress, EmailError};

/// An email as a source has it, read once: what is there, and the address that it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<String>", into = "Option<String>")]
pub struct SourceEmail {
    text: Option<String>,
    address: Result<EmailAddress, EmailError>,
}

impl SourceEmail {
    /// Reads what a source has; `None` where it has nothing.
    pub fn read(text: Option<&str>) -> Self {
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        Self { address: EmailAddress::parse(text.unwrap_or_default()), text: text.map(str::to_owned) }
    }

    /// The address, or why it is none.
    pub fn address(&self) -> Result<&EmailAddress, EmailError> {
        self.address.as_ref().map_err(|error| *error)
    }

    /// What the source has, without the white space around it; `None` where that is nothing.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The same with its address in place of what the source has, where it has one.
    #[must_use]
    pub fn normalised(self) -> Self {
        let text = self.address.as_ref().map_or(self.text, |address| Some(address.as_str().to_owned()));
        Self { text, ..self }
    }
}

impl fmt::Debug for SourceEmail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(formatter)
    }
}

impl From<Option<String>> for SourceEmail {
    fn from(text: Option<String>) -> Self {
        Self::read(text.as_deref())
    }
}

impl From<SourceEmail> for Option<String> {
    fn from(email: SourceEmail) -> Self {
        email.text
    }
}
