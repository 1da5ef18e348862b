//! GO1's error codes, and how they are read from the several forms of its answers.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;
use transport::answer::{self, Rows};

use crate::loose;

/// GO1's name for what is wrong, from `error_code`, `code` or, at the token endpoint, `error`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// `PORTAL_ALREADY_EXIST`: the domain is taken.
    PortalAlreadyExists,
    /// `INVALID_DOMAIN`.
    InvalidDomain,
    /// `enrollment_exists`: success, for us.
    EnrollmentExists,
    /// `enrollment_operation_not_permitted`: among others, the portal has no licence for the course.
    EnrollmentNotPermitted,
    /// `enrollment_resource_not_found`: no such account, course or portal.
    EnrollmentResourceNotFound,
    /// `enrollment_validation_errors`.
    EnrollmentInvalid,
    /// `3002`: the portal has as many users as GO1 allows it.
    PortalUserLimit,
    /// `invalid_grant`, at the token endpoint (RFC 6749, section 5.2).
    InvalidGrant,
    /// `invalid_client`, there: our own id or secret.
    InvalidClient,
    /// `invalid_scope`, there: we ask for what GO1 has not granted us.
    InvalidScope,
    /// `unauthorized_client`, there: we may not ask in this way.
    UnauthorizedClient,
    /// Any other, where it looks like a code.
    Other(String),
}

impl ErrorCode {
    /// Whether it is about this product as a client of GO1, and not about what was sent.
    pub(crate) fn is_about_client(&self) -> bool {
        matches!(self, Self::InvalidClient | Self::InvalidScope | Self::UnauthorizedClient)
    }

    fn parse(code: String) -> Option<Self> {
        Some(match code.as_str() {
            "PORTAL_ALREADY_EXIST" => Self::PortalAlreadyExists,
            "INVALID_DOMAIN" => Self::InvalidDomain,
            "enrollment_exists" => Self::EnrollmentExists,
            "enrollment_operation_not_permitted" => Self::EnrollmentNotPermitted,
            "enrollment_resource_not_found" => Self::EnrollmentResourceNotFound,
            "enrollment_validation_errors" => Self::EnrollmentInvalid,
            "3002" => Self::PortalUserLimit,
            "invalid_grant" => Self::InvalidGrant,
            "invalid_client" => Self::InvalidClient,
            "invalid_scope" => Self::InvalidScope,
            "unauthorized_client" => Self::UnauthorizedClient,
            // A code goes to the log; a sentence, which may quote what was sent, does not.
            other if !other.is_empty() && other.len() <= 60 && other.bytes().all(is_code_byte) => Self::Other(code),
            _ => return None,
        })
    }
}

fn is_code_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::PortalAlreadyExists => "PORTAL_ALREADY_EXIST",
            Self::InvalidDomain => "INVALID_DOMAIN",
            Self::EnrollmentExists => "enrollment_exists",
            Self::EnrollmentNotPermitted => "enrollment_operation_not_permitted",
            Self::EnrollmentResourceNotFound => "enrollment_resource_not_found",
            Self::EnrollmentInvalid => "enrollment_validation_errors",
            Self::PortalUserLimit => "3002",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidClient => "invalid_client",
            Self::InvalidScope => "invalid_scope",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::Other(code) => code,
        })
    }
}

/// How a refusal may say that somebody is there already. GO1 documents no words, so this is wider than it need be: a word
/// too many costs one more look.
const DUPLICATE: [&str; 6] = ["exist", "already", "taken", "in use", "duplicate", "unique"];

/// What can be read of an error body, in any of GO1's shapes.
#[derive(Default)]
pub(super) struct Problem {
    pub(super) code: Option<ErrorCode>,
    /// `ref`: what the conflict is with.
    pub(super) reference: Option<String>,
    message: String,
    fields: Vec<Field>,
}

/// One field that GO1 does not like, and why.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Field {
    #[serde(deserialize_with = "loose::text")]
    path: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    message: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    error_code: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    #[serde(deserialize_with = "loose::text")]
    error_code: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    code: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    error: Option<String>,
    #[serde(rename = "ref", deserialize_with = "loose::text")]
    reference: Option<String>,
    #[serde(deserialize_with = "loose::text")]
    message: Option<String>,
    #[serde(deserialize_with = "answer::rows")]
    additional_errors: Option<Rows<Field>>,
}

impl Problem {
    /// `None` where the body is no JSON: half of one, or a page of something in front of GO1.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        // Some answers have no body, or one that says nothing; their status has to do.
        let body: Body = match answer::json(body) {
            Ok(body) => body,
            Err(_) if body.is_empty() || answer::json::<IgnoredAny>(body).is_ok() => Body::default(),
            Err(_) => return None,
        };
        let code = body.error_code.or(body.code).or(body.error).and_then(ErrorCode::parse);
        Some(Self {
            code,
            reference: body.reference,
            message: body.message.unwrap_or_default(),
            fields: body.additional_errors.map(|fields| fields.read).unwrap_or_default(),
        })
    }

    /// Whether it names what is wrong with what was sent, field by field, and no word of it speaks of a duplicate.
    pub(super) fn names_fields(&self) -> bool {
        let words = self.fields.iter().filter_map(|field| field.message.as_deref()).chain([self.message.as_str()]);
        let speaks_of_duplicate = |words: &str| {
            let words = words.to_ascii_lowercase();
            DUPLICATE.iter().any(|word| words.contains(word))
        };
        self.fields.iter().any(|field| field.path.as_deref().is_some_and(|path| !path.is_empty()))
            && !words.into_iter().any(speaks_of_duplicate)
    }

    /// The paths of the fields that it names, each with its code.
    pub(super) fn paths(&self) -> impl Iterator<Item = (&str, Option<ErrorCode>)> {
        self.fields.iter().filter_map(|field| {
            let path = field.path.as_deref().filter(|path| !path.is_empty())?;
            Some((path, field.error_code.clone().and_then(ErrorCode::parse)))
        })
    }

    /// Whether it is about what the token may do and not about the token. GO1 says both with 401
    /// (Totara's `contentmarketplace_goone` 2.0, `rest_client.php`).
    pub(super) fn scope_missing(&self) -> bool {
        self.message.trim_end_matches('.').eq_ignore_ascii_case("missing scopes")
    }

    /// Whether a 403 is about the token and not about what it may do.
    pub(super) fn token_rejected(&self) -> bool {
        self.message == "Missing or invalid JWT."
    }
}
