//! People as the source has them: an id, two names, an email, and whether they still work there. Nothing else.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::email::SourceEmail;
use crate::ids::EmployeeId;

/// One person read from Xero, before any rule has been applied.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePerson {
    /// Xero's id of the person, which never changes.
    pub employee_id: EmployeeId,
    /// First name, as [`crate::text::line`] makes it. May be empty.
    pub given_name: String,
    /// Last name, made in the same way. May be empty.
    pub family_name: String,
    /// The email that Xero has, if it has one.
    pub email: SourceEmail,
    /// Whether they still work for the organisation.
    pub status: PersonStatus,
}

/// The relation of a person to the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonStatus {
    /// The person works for the organisation.
    Active,
    /// Has left: Xero's `TERMINATED`, or a Xero user who was removed.
    Left,
    /// An external adviser with a Xero login (United States only): offered, but not ticked.
    Adviser,
}

impl fmt::Debug for SourcePerson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SourcePerson")
            .field("employee_id", &self.employee_id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}
