//! A GO1 portal as we know it: its address, its industry, and its 200 places.

mod choice;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::{ImportId, PortalId, TenantId, UserAccountId};

/// How long what opens a portal lives unused (<https://www.go1.com/developers/partners/concepts/refresh_token>).
pub const PORTAL_GRANT_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How many people one portal can be given, in total, over all imports.
pub const PLACES: u32 = 200;

/// What every portal's address ends with.
pub const DOMAIN_SUFFIX: &str = ".mygo1.com";

/// How many characters a label has at most (RFC 1035).
const LONGEST_LABEL: usize = 63;

/// How many characters are taken of what somebody types or pastes for an address: room for the whole address of a page.
pub const LONGEST_TYPED: usize = 150;

/// The industries that GO1's `POST /portals` accepts (GO1 REST reference, version 2025-01-01).
pub const INDUSTRIES: [&str; 20] = [
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

/// The address of a portal: one label below `mygo1.com`. It cannot be changed once the portal exists.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PortalDomain(String);

/// Why a text is no portal address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// The field is empty.
    #[error("choose an address for your portal")]
    Missing,
    /// A label has at most 63 characters (RFC 1035).
    #[error("use at most 63 characters")]
    TooLong,
    /// Only `a-z`, `0-9` and inner hyphens.
    #[error("use letters, digits and hyphens, beginning and ending with a letter or a digit")]
    Malformed,
    /// A name that stands for GO1, for us, or for a service, such as `www`.
    #[error("this address is kept for GO1's own use: choose another")]
    Reserved,
    /// `xn--` at the beginning, or two hyphens in third and fourth place, which say that a name is encoded (RFC 5890).
    #[error("an address cannot have two hyphens in third and fourth place")]
    Encoded,
}

impl PortalDomain {
    /// Reads `acme` or `acme.mygo1.com`, in any case, of a portal that exists. What somebody may choose for a new one is
    /// less: [`PortalDomain::choose`].
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let lower = text.trim().to_lowercase();
        let label = lower.strip_suffix(DOMAIN_SUFFIX).unwrap_or(&lower);
        if label.is_empty() {
            return Err(DomainError::Missing);
        }
        if label.len() > LONGEST_LABEL {
            return Err(DomainError::TooLong);
        }
        let edge = |character: Option<char>| character.is_some_and(|character| character != '-');
        let allowed = label.chars().all(|character| matches!(character, 'a'..='z' | '0'..='9' | '-'));
        if !allowed || !edge(label.chars().next()) || !edge(label.chars().last()) {
            return Err(DomainError::Malformed);
        }
        Ok(Self(format!("{label}{DOMAIN_SUFFIX}")))
    }

    /// What to try when this one is taken: `acme`, `acme-2`, `acme-3`, cut where it would grow too long.
    #[must_use]
    pub fn next(&self) -> Self {
        let number = self.number().and_then(|number| number.checked_add(1)).unwrap_or(2);
        let number = format!("-{number}");
        let stem: String = self.stem().chars().take(LONGEST_LABEL - number.len()).collect();
        Self(format!("{}{number}{DOMAIN_SUFFIX}", stem.trim_end_matches('-')))
    }

    /// The label without the number behind it.
    pub fn stem(&self) -> &str {
        match self.number() {
            Some(_) => self.label().rsplit_once('-').map_or(self.label(), |(stem, _)| stem),
            None => self.label(),
        }
    }

    fn number(&self) -> Option<u32> {
        let (stem, number) = self.label().rsplit_once('-')?;
        number.parse().ok().filter(|_| !stem.is_empty())
    }

    /// The part that the owner chose.
    pub fn label(&self) -> &str {
        self.0.strip_suffix(DOMAIN_SUFFIX).unwrap_or(&self.0)
    }

    /// The whole host name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PortalDomain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for PortalDomain {
    type Error = DomainError;

    fn try_from(text: String) -> Result<Self, DomainError> {
        Self::parse(&text)
    }
}

impl From<PortalDomain> for String {
    fn from(domain: PortalDomain) -> Self {
        domain.0
    }
}

/// A portal that exists at GO1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Portal {
    /// GO1's id of it.
    pub id: PortalId,
    /// The organisation that it belongs to, for ever.
    pub tenant: TenantId,
    /// The portal's address, such as `acme.mygo1.com`.
    pub domain: PortalDomain,
    /// The account of the owner who signed up; `None` once that was erased.
    pub administrator: Option<UserAccountId>,
    /// Places taken, over all imports.
    pub places_used: u32,
    /// How many imports were ever accepted. Part of a plan's digest, so that two plans of the same people differ.
    pub imports_accepted: u32,
    /// The only import that may be running.
    pub active_import: Option<ImportId>,
    /// When we made it, or it was connected.
    pub created_at: Timestamp,
    /// When everything else that we held of it was erased; nothing is imported from then on.
    #[serde(default)]
    pub erased_at: Option<Timestamp>,
}

impl Portal {
    /// A portal in which nobody was imported yet, as of `now`.
    pub fn new(
        id: PortalId,
        domain: PortalDomain,
        administrator: UserAccountId,
        tenant: TenantId,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            tenant,
            domain,
            administrator: Some(administrator),
            places_used: 0,
            imports_accepted: 0,
            active_import: None,
            created_at: now,
            erased_at: None,
        }
    }

    /// Places that are still free.
    pub fn places_left(&self) -> u32 {
        PLACES.saturating_sub(self.places_used)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_parses_is_one_valid_label(text in "\\PC{0,80}") {
            if let Ok(domain) = PortalDomain::parse(&text) {
                prop_assert!(domain.label().len() <= 63);
                prop_assert!(!domain.label().contains('.'));
                prop_assert_eq!(PortalDomain::parse(domain.as_str()), Ok(domain));
            }
        }

        #[test]
        fn the_next_domains_are_valid_and_all_different(label in "[a-z][a-z0-9-]{0,61}[a-z0-9]") {
            let domain = PortalDomain::parse(&label).expect("valid label");
            let domains: Vec<_> = std::iter::successors(Some(domain), |domain| Some(domain.next())).take(12).collect();
            for (position, domain) in domains.iter().enumerate() {
                prop_assert_eq!(PortalDomain::parse(domain.as_str()), Ok(domain.clone()));
                prop_assert!(!domains[..position].contains(domain));
            }
        }
    }

    #[test]
    fn the_number_behind_a_domain_is_counted_up() {
        let next = |label: &str| PortalDomain::parse(label).expect("valid label").next().label().to_owned();
        let long = "a".repeat(63);
        for (label, expected) in [
            ("acme", "acme-2"),
            ("acme-2", "acme-3"),
            ("acme-9", "acme-10"),
            ("acme-books", "acme-books-2"),
            ("acme-4294967295", "acme-2"),
            ("7", "7-2"),
            (&long, &format!("{}-2", &long[..61])),
            (&format!("{}-9", &long[..61]), &format!("{}-10", &long[..60])),
        ] {
            assert_eq!(next(label), expected);
        }
    }
}
