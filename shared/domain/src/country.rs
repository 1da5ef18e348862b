//! The two countries that the integration works for.

use serde::{Deserialize, Serialize};

/// Where an organisation's people are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeopleSource {
    /// The employees of Xero Payroll: `GET /Employees` of the payroll API, which only a payroll administrator may read.
    PayrollEmployees,
    /// Whoever can log in to the organisation in Xero: `GET /Users` of the accounting API.
    XeroUsers,
}

/// A country that is supported. Anything else is not a value of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Country {
    /// The United States: people are the organisation's Xero users.
    #[serde(rename = "US")]
    UnitedStates,
    /// Australia: people are the employees of Xero Payroll.
    #[serde(rename = "AU")]
    Australia,
}

impl Country {
    /// Both, in the order in which a form offers them.
    pub const ALL: [Self; 2] = [Self::UnitedStates, Self::Australia];

    /// Reads an ISO 3166 two-letter code as Xero's `CountryCode` and our form have it.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "US" => Some(Self::UnitedStates),
            "AU" => Some(Self::Australia),
            _ => None,
        }
    }

    /// Where its organisations' people are read. Xero has no payroll of its own in the United States.
    pub const fn people_source(self) -> PeopleSource {
        match self {
            Self::UnitedStates => PeopleSource::XeroUsers,
            Self::Australia => PeopleSource::PayrollEmployees,
        }
    }

    /// The ISO 3166 two-letter code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnitedStates => "US",
            Self::Australia => "AU",
        }
    }

    /// The name to show to people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnitedStates => "United States",
            Self::Australia => "Australia",
        }
    }
}
