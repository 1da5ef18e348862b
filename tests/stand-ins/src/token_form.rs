//! What a form at a token endpoint must be: each field with its rule, the rule's source, and how well it is founded. Both
//! services say that they follow OAuth 2.0 (RFC 6749), whose rules hold for every form.

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use serde_json::{Value, json};
use url::Url;

use crate::grade::Grade;

/// What a field's value is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Is {
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// A code, a token, an id or a secret (RFC 6749, appendix A).
    Visible,
    /// An address without a fragment (RFC 6749, 3.1.2).
    Address,
    /// A verifier of PKCE (RFC 7636, 4.1).
    Verifier,
}

/// One field of a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) is: Is,
    /// The error where the field is missing; `None` where it may be.
    pub(crate) missing: Option<&'static str>,
    pub(crate) grade: Grade,
    pub(crate) source: &'static str,
}

impl Field {
    /// A field that must be there.
    pub(crate) const fn must(name: &'static str, is: Is, grade: Grade, source: &'static str) -> Self {
        Self { name, is, missing: Some("invalid_request"), grade, source }
    }

    /// A field that may be there.
    pub(crate) const fn may(name: &'static str, is: Is, grade: Grade, source: &'static str) -> Self {
        Self { missing: None, ..Self::must(name, is, grade, source) }
    }

    /// The same field, with another error where it is missing.
    pub(crate) const fn else_error(self, error: &'static str) -> Self {
        Self { missing: Some(error), ..self }
    }
}

/// The fields of each grant type, beside `grant_type` itself.
pub(crate) type Grants = &'static [(&'static str, &'static [Field])];

/// Why a form is refused.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) error: &'static str,
    description: Option<String>,
}

impl From<&'static str> for Refused {
    fn from(error: &'static str) -> Self {
        Self { error, description: None }
    }
}

impl Refused {
    fn because(error: &'static str, wrong: &str, grade: Grade, source: &str) -> Self {
        Self { error, description: Some(format!("{wrong} ({grade:?}: {source})")) }
    }

    fn request(wrong: &str, grade: Grade, source: &str) -> Self {
        Self::because("invalid_request", wrong, grade, source)
    }

    /// The body of the answer (RFC 6749, 5.2).
    pub(crate) fn body(&self) -> Value {
        match &self.description {
            Some(description) => json!({ "error": self.error, "error_description": description }),
            None => json!({ "error": self.error }),
        }
    }
}

/// The fields of a form that have a value.
pub(crate) struct Form(HashMap<String, String>);

impl Form {
    /// Reads a form. What every form at a token endpoint must be is looked at here.
    pub(crate) fn read(headers: &HeaderMap, body: &str) -> Result<Self, Refused> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refused::request("the body is no form", Grade::Standard, "RFC 6749, 3.2 and appendix B"));
        }
        let mut fields = HashMap::new();
        for (name, value) in url::form_urlencoded::parse(body.as_bytes()) {
            if fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Refused::request("a field is there twice", Grade::Standard, "RFC 6749, 3.2"));
            }
        }
        // "Parameters sent without a value MUST be treated as if they were omitted" (RFC 6749, 3.2).
        fields.retain(|_, value| !value.is_empty());
        Ok(Self(fields))
    }

    /// The value of a field that has one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The grant type, once the form is seen to be right for it.
    pub(crate) fn check_grant(&self, grants: Grants) -> Result<&'static str, Refused> {
        let missing = || Refused::request("grant_type is missing", Grade::Standard, "RFC 6749, 4.1.3, 4.4.2 and 6");
        let asked = self.get("grant_type").ok_or_else(missing)?;
        let known = grants.iter().find(|(grant, _)| *grant == asked);
        let (grant, fields) = known.ok_or(Refused::from("unsupported_grant_type"))?;
        self.check(&["grant_type"], fields)?;
        Ok(grant)
    }

    /// Fails where a field is missing or wrong, and where one is none of these: a standard has such a field ignored (RFC
    /// 6749, 3.2), but whoever sends one has misspelt it, or believes in it.
    pub(crate) fn check(&self, others: &[&str], fields: &[Field]) -> Result<(), Refused> {
        for field in fields {
            let wrong = match (self.get(field.name), field.missing) {
                (None, Some(error)) => Some((error, "is missing")),
                (None, None) => None,
                (Some(value), _) => field.is.wrong(value).map(|wrong| ("invalid_request", wrong)),
            };
            if let Some((error, wrong)) = wrong {
                let wrong = format!("{} {wrong}", field.name);
                return Err(Refused::because(error, &wrong, field.grade, field.source));
            }
        }
        let is_known = |name: &str| others.contains(&name) || fields.iter().any(|field| field.name == name);
        if self.0.keys().all(|name| is_known(name)) {
            return Ok(());
        }
        Err(Refused::request("a field is none of this request", Grade::Assumed, "no source; RFC 6749 has it ignored"))
    }
}

impl Is {
    /// What is wrong with a value.
    fn wrong(self, value: &str) -> Option<&'static str> {
        let (holds, wrong) = match self {
            Self::OneOf(known) => (known.contains(&value), "is none of the allowed words"),
            Self::Visible => (value.bytes().all(|byte| (0x20..=0x7e).contains(&byte)), "has other than visible ASCII"),
            Self::Address => {
                (Url::parse(value).is_ok_and(|address| address.fragment().is_none()), "is no address to return to")
            }
            Self::Verifier => {
                let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
                let holds = (43..=128).contains(&value.len()) && value.bytes().all(unreserved);
                (holds, "is not 43 to 128 unreserved characters")
            }
        };
        (!holds).then_some(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::Grade;
    use crate::{go1, xero};

    #[test]
    fn every_rule_of_a_token_form_has_a_source_that_fits_its_grade() {
        for (grants, own_documents) in [
            (go1::tokens::GRANTS, "https://www.go1.com/developers/"),
            (xero::tokens::GRANTS, "https://developer.xero.com/"),
            (&[("", xero::tokens::REVOCATION)], "https://developer.xero.com/"),
        ] {
            for (grant, fields) in grants {
                for field in *fields {
                    let place = format!("{grant}: {}", field.name);
                    assert!(!field.source.is_empty(), "{place}");
                    let documented = field.source.starts_with(own_documents);
                    assert_eq!(field.grade == Grade::Documented, documented, "{place}");
                    assert_eq!(field.grade == Grade::Standard, field.source.starts_with("RFC "), "{place}");
                }
            }
        }
    }
}
