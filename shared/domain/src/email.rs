//! Email addresses, normalised once, at the edge.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An address that can receive mail as far as its text can tell: trimmed and in lower case, so that
/// `Bob@X.com ` and `bob@x.com` are one person.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

/// Why a text is no email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// Nothing but white space.
    #[error("there is no email address")]
    Missing,
    /// Not of the form `name@example.com`.
    #[error("this is not an email address")]
    Malformed,
}

impl EmailAddress {
    /// Normalises and checks. A domain without a dot is refused: mail to it cannot leave the building.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let normalised = text.trim().to_lowercase();
        if normalised.is_empty() {
            return Err(EmailError::Missing);
        }
        let options =
            email_address::Options::default().with_required_tld().without_domain_literal().without_display_text();
        match email_address::EmailAddress::parse_with_options(&normalised, options) {
            Ok(_) if !normalised.starts_with('"') && !normalised.ends_with('.') => Ok(Self(normalised)),
            _ => Err(EmailError::Malformed),
        }
    }

    /// The normalised address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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

impl fmt::Debug for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[email]")
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        Self::parse(&text)
    }
}

impl From<EmailAddress> for String {
    fn from(email: EmailAddress) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parsing_is_idempotent(text in ".{0,80}") {
            if let Ok(email) = EmailAddress::parse(&text) {
                prop_assert_eq!(EmailAddress::parse(email.as_str()), Ok(email));
            }
        }

        #[test]
        fn case_and_surrounding_space_do_not_make_another_person(
            name in "[a-zA-Z][a-zA-Z0-9.]{0,10}[a-z]", domain in "[a-zA-Z]{1,12}", space in "[ \t]{0,3}"
        ) {
            prop_assume!(!name.contains(".."));
            let plain = format!("{name}@{domain}.com");
            let odd = format!("{space}{}{space}", plain.to_uppercase());
            prop_assert_eq!(EmailAddress::parse(&odd), EmailAddress::parse(&plain));
            prop_assert!(EmailAddress::parse(&plain).is_ok());
        }
    }

    #[test]
    fn what_cannot_receive_mail_is_refused() {
        for text in [
            "bob",
            "bob@",
            "@x.com",
            "bob@x",
            "bob@x.com.",
            "a b@x.com",
            "Bob <bob@x.com>",
            "bob@x.com, ann@x.com",
            "bob@@x.com",
        ] {
            assert_eq!(EmailAddress::parse(text), Err(EmailError::Malformed), "{text}");
        }
        for text in ["", "   ", "\t\u{a0}"] {
            assert_eq!(EmailAddress::parse(text), Err(EmailError::Missing), "{text:?}");
        }
    }

    #[test]
    fn an_address_does_not_print() {
        let email = EmailAddress::parse("bob@example.com").expect("valid");
        assert_eq!(format!("{email:?}"), "[email]");
    }
}
