//! What a body of a request must be: each field with its rule, the rule's source, and how well it is founded. A field
//! that is none of these is refused as well, which no source says: whoever writes one has misspelt it, or believes in
//! it.

use serde_json::{Map, Value};

use super::api::Failure;
use super::fields::is_email;
use super::places::{is_country, is_time_zone};
use super::roles::ROLES;
use crate::grade::Grade;

/// What a field's value is.
#[derive(Clone, Copy)]
pub(crate) enum Is {
    Text,
    Email,
    Address,
    Country,
    TimeZone,
    OneOf(&'static [&'static str]),
    NumberOf(&'static [u64]),
    Score,
    YesOrNo,
    Time,
    Password,
    RoleIds,
    ActiveOrNot,
    Parts(&'static [Rule]),
}

/// One field of a body.
#[derive(Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) field: &'static str,
    pub(crate) is: Is,
    pub(crate) required: bool,
    pub(crate) grade: Grade,
    pub(crate) source: &'static str,
}

/// GO1's industries (the reference of `POST /portals`, version 2025-01-01).
const INDUSTRIES: &[&str] = &[
    "Accommodation and Food Services",
    "Administrative and Support Services",
    "Agriculture, Forestry and Fishing",
    "Arts and Recreation Services",
    "Construction",
    "Education and Training",
    "Electricity, Gas, Water and Waste Services",
    "Financial and Insurance Services",
    "Health Care and Social Assistance",
    "Information Media and Telecommunications",
    "K-12",
    "Manufacturing",
    "Mining",
    "Other Services",
    "Professional, Scientific and Technical Services",
    "Public Administration and Safety",
    "Rental, Hiring and Real Estate Services",
    "Retail Trade",
    "Retail and Wholesale Trade",
    "Transport, Postal and Warehousing",
];

const REFERENCE: &str = "GO1's REST reference 2025-01-01";
const TOTARA: &str = "Totara's contentmarketplace_goone 2.0";

const fn must(field: &'static str, is: Is) -> Rule {
    Rule { field, is, required: true, grade: Grade::Documented, source: REFERENCE }
}

const fn may(field: &'static str, is: Is) -> Rule {
    Rule { required: false, ..must(field, is) }
}

const fn seen(field: &'static str, is: Is, required: bool) -> Rule {
    Rule { field, is, required, grade: Grade::SeenElsewhere, source: TOTARA }
}

/// `POST /portals`
pub(crate) const PORTAL: &[Rule] = &[
    must("country", Is::Country),
    must("name", Is::Text),
    must("domain", Is::Text),
    must("industry", Is::OneOf(INDUSTRIES)),
    may("external_customer_id", Is::Text),
    may("logo", Is::Address),
    may("timezone", Is::TimeZone),
    may("company_size", Is::NumberOf(&[50, 200, 500, 1000, 1500, 2000, 2500, 3000, 5000, 10000, 10001])),
    may("settings", Is::Parts(SETTINGS)),
    may("user_account", Is::Parts(OWNER)),
];

const SETTINGS: &[Rule] = &[must("notifications", Is::YesOrNo), may("enable_subscribed_content_library", Is::YesOrNo)];

const OWNER: &[Rule] = &[
    must("email", Is::Email),
    must("username", Is::Text),
    must("given_name", Is::Text),
    must("family_name", Is::Text),
    may("password", Is::Password),
];

/// `POST /user-accounts`, whose reference is not public.
pub(crate) const USER_ACCOUNT: &[Rule] = &[
    seen("email", Is::Email, true),
    seen("username", Is::Text, true),
    seen("given_name", Is::Text, true),
    seen("family_name", Is::Text, true),
    seen("roles", Is::RoleIds, true),
];

/// `PATCH /user-accounts/{id}`
pub(crate) const USER_ACCOUNT_CHANGE: &[Rule] = &[
    seen("email", Is::Email, false),
    seen("roles", Is::RoleIds, false),
    Rule {
        field: "status",
        is: Is::ActiveOrNot,
        required: false,
        grade: Grade::Assumed,
        source: "Airbyte's records show a boolean, Totara's test data the word; no public client writes it",
    },
    seen("locale", Is::Text, false),
];

/// `POST /enrollments`. What goes with which status is looked at where it is made.
pub(crate) const ENROLLMENT: &[Rule] = &[
    must("user_account_id", Is::Text),
    must("lo_id", Is::Text),
    must("enrollment_type", Is::OneOf(&["assigned", "self-directed"])),
    must("status", Is::OneOf(&["not-started", "in-progress", "completed"])),
    may("assigner_account_id", Is::Text),
    may("assign_date", Is::Time),
    may("due_date", Is::Time),
    may("start_date", Is::Time),
    may("end_date", Is::Time),
    may("result", Is::Score),
    may("pass", Is::YesOrNo),
    may("parent_enrolment_id", Is::Text),
];

/// Every body, by its request.
#[cfg(test)]
const BODIES: &[(&str, &[Rule])] = &[
    ("POST /portals", PORTAL),
    ("POST /user-accounts", USER_ACCOUNT),
    ("PATCH /user-accounts/{id}", USER_ACCOUNT_CHANGE),
    ("POST /enrollments", ENROLLMENT),
];

/// Fails with everything that is wrong with a body.
pub(crate) fn check(code: &'static str, body: &Map<String, Value>, rules: &[Rule]) -> Result<(), Failure> {
    let mut problems = Vec::new();
    look(body, rules, "", &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(Failure::fields(code, problems)) }
}

fn look(body: &Map<String, Value>, rules: &[Rule], prefix: &str, problems: &mut Vec<(String, String)>) {
    for rule in rules {
        let path = format!("{prefix}{}", rule.field);
        match (body.get(rule.field).filter(|value| !value.is_null()), rule.is) {
            (None, _) if rule.required => problems.push((path, "is required".to_owned())),
            (None, _) => {}
            (Some(Value::Object(part)), Is::Parts(rules)) => look(part, rules, &format!("{path}."), problems),
            (Some(value), is) => {
                if let Some(wrong) = is.wrong(value) {
                    problems.push((path, format!("{wrong} ({:?}: {})", rule.grade, rule.source)));
                }
            }
        }
    }
    for field in body.keys().filter(|field| rules.iter().all(|rule| rule.field != field.as_str())) {
        problems.push((format!("{prefix}{field}"), "is no field of this request".to_owned()));
    }
}

impl Is {
    /// What is wrong with a value.
    fn wrong(self, value: &Value) -> Option<&'static str> {
        let text = value.as_str();
        let (holds, wrong) = match self {
            Self::Text => (text.is_some_and(|text| !text.trim().is_empty()), "must be a text that is not blank"),
            Self::Email => (text.is_some_and(is_email), "must be an email address"),
            Self::Address => (text.is_some_and(|text| url::Url::parse(text).is_ok()), "must be an address"),
            Self::Country => (text.is_some_and(is_country), "is none of the countries"),
            Self::TimeZone => (text.is_some_and(is_time_zone), "is none of the time zones"),
            Self::OneOf(known) => (text.is_some_and(|text| known.contains(&text)), "is none of the allowed values"),
            Self::NumberOf(known) => {
                (value.as_u64().is_some_and(|number| known.contains(&number)), "is none of the allowed values")
            }
            Self::Score => (value.as_u64().is_some_and(|score| score <= 100), "must be a number from 0 to 100"),
            Self::YesOrNo => (value.is_boolean(), "must be a boolean"),
            Self::Time => {
                (text.is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()), "must be an ISO 8601 time in UTC")
            }
            Self::Password => (
                text.is_some_and(|text| text.chars().count() >= 8 && text.contains(char::is_alphabetic)),
                "must have eight characters, one of them a letter",
            ),
            Self::RoleIds => (are_roles(value), "must be a list of role ids"),
            Self::ActiveOrNot => {
                (value.is_boolean() || matches!(text, Some("active" | "inactive")), "must be active or inactive")
            }
            Self::Parts(_) => (false, "must be an object"),
        };
        (!holds).then_some(wrong)
    }
}

fn are_roles(value: &Value) -> bool {
    let is_role = |role: &Value| role.as_str().is_some_and(|role| ROLES.iter().any(|(known, _)| *known == role));
    value.as_array().is_some_and(|roles| !roles.is_empty() && roles.iter().all(is_role))
}

#[cfg(test)]
mod tests {
    use super::{BODIES, Is, Rule};
    use crate::grade::Grade;

    fn every(rules: &[Rule], seen: &mut dyn FnMut(&Rule)) {
        for rule in rules {
            seen(rule);
            if let Is::Parts(parts) = rule.is {
                every(parts, seen);
            }
        }
    }

    #[test]
    fn every_rule_has_a_source_and_what_is_documented_is_by_gos_own_reference() {
        for (request, rules) in BODIES {
            every(rules, &mut |rule| {
                assert!(!rule.source.is_empty(), "{request}: {}", rule.field);
                assert_eq!(
                    rule.grade == Grade::Documented,
                    rule.source == super::REFERENCE,
                    "{request}: {}",
                    rule.field
                );
            });
        }
    }
}
