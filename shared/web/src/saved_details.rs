//! What a save of the sign-up's details changed, as the page after it says.

use std::fmt;

use domain::sign_up::SignUpDetails;

/// One of the details: its name in an address, what it is called, and how it reads.
type Detail = (&'static str, &'static str, fn(&SignUpDetails) -> String);

const DETAILS: [Detail; 6] = [
    ("name", "Name", SignUpDetails::name),
    ("email", "Work email", |details| details.email.as_str().to_owned()),
    ("company", "Company name", |details| details.company.clone()),
    ("country", "Country", |details| details.country.name().to_owned()),
    ("industry", "Industry", |details| details.industry.clone()),
    ("portal", "Portal address", |details| details.domain.as_str().to_owned()),
];

/// What a save changed. What was typed never stands in an address, only which of the details differ.
#[derive(Clone, PartialEq, Eq)]
pub struct SavedDetails(Vec<SavedDetail>);

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SavedDetail {
    name: &'static str,
    /// What it is called.
    pub(crate) what: &'static str,
    /// How it reads now.
    pub(crate) value: String,
}

impl SavedDetails {
    /// What differs in `after`.
    pub fn between(before: &SignUpDetails, after: &SignUpDetails) -> Self {
        Self::of(after, |(_, _, value)| value(before) != value(after))
    }

    /// What the value of `saved` in an address tells of these details; `None` where that is nothing that we say.
    pub fn told(saved: &str, details: &SignUpDetails) -> Option<Self> {
        let names: Vec<&str> = saved.split('-').filter(|name| !name.is_empty()).collect();
        let told = Self::of(details, |(name, ..)| names.contains(name));
        (told.0.len() == names.len()).then_some(told)
    }

    /// The same of an address's whole query.
    pub fn told_by(query: Option<&str>, details: &SignUpDetails) -> Option<Self> {
        query.and_then(|query| query.strip_prefix("saved=")).and_then(|saved| Self::told(saved, details))
    }

    /// The query with which an address tells it.
    pub fn as_query(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|detail| detail.name).collect();
        format!("saved={}", names.join("-"))
    }

    pub(crate) fn changed(&self) -> &[SavedDetail] {
        &self.0
    }

    fn of(details: &SignUpDetails, is_meant: impl Fn(&Detail) -> bool) -> Self {
        let meant = DETAILS.iter().filter(|detail| is_meant(detail));
        Self(meant.map(|(name, what, value)| SavedDetail { name, what, value: value(details) }).collect())
    }
}

impl fmt::Debug for SavedDetails {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.as_query())
    }
}
