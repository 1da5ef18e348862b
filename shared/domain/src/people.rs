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

/// The relation of a person to the organisation, as far as the source says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonStatus {
    /// The person works for the organisation.
    Active,
    /// Has left: Xero's `TERMINATED` (Australia).
    Left,
    /// Their Xero login was removed (United States only), which says nothing about whether they work there.
    LoginRemoved,
    /// An external adviser with a Xero login (United States only): offered, but not ticked.
    Adviser,
    /// A contact that was archived (contact groups only), which says nothing about whether they work there.
    Archived,
    /// A contact with a name of its own and no person's: a company, as Xero has it (contact groups only).
    Company,
    /// Xero says something that we do not know, or nothing.
    Unknown(Option<String>),
    /// Xero has something of them in a form that cannot be read.
    Unread(Unread),
}

impl PersonStatus {
    /// Whether the source says that they are no longer among its people.
    pub fn has_gone(&self) -> bool {
        matches!(self, Self::Left | Self::LoginRemoved)
    }
}

/// What of somebody's row cannot be read, or, of the id, is not there.
#[expect(clippy::struct_excessive_bools, reason = "four fields of a row, each of which can be read or not")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unread {
    /// Which person it is: nobody can say whether it is one who was imported before.
    pub id: bool,
    /// The first name.
    pub given_name: bool,
    /// The last name.
    pub family_name: bool,
    /// The email.
    pub email: bool,
}

impl Unread {
    /// Nothing of the row can be read.
    pub const ALL: Self = Self { id: true, given_name: true, family_name: true, email: true };

    /// Whether anything cannot be read.
    pub fn is_any(self) -> bool {
        self != Self::default()
    }
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
