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
