//! Why somebody cannot be imported, and how that is stored.

use serde::{Deserialize, Serialize};

use crate::ids::EmployeeId;
use crate::name::PersonName;
use crate::people::Unread;

/// Why somebody cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub enum BlockedReason {
    /// Xero has no email, or a blank one.
    NoEmail,
    /// What Xero has is no email address.
    MalformedEmail,
    /// Somebody before them has the same email.
    RepeatedEmail {
        /// The person with the same email who comes first in the plan.
        first: EmployeeId,
    },
    /// The person has left the company.
    LeftCompany,
    /// The person's Xero login was removed, which says nothing about whether they work there.
    LoginRemoved,
    /// The contact was archived in Xero, which says nothing about whether they work there.
    Archived,
    /// The contact has no person's names, only one as companies have.
    Company,
    /// Xero does not say whether they work there, or says it in a word that we do not know.
    UnknownStatus {
        /// Xero's word.
        status: Option<String>,
    },
    /// GO1 needs both names.
    NoName,
    /// A name is longer than GO1 takes. It is not cut, because a name is what its owner writes.
    NameTooLong {
        /// How many characters GO1 takes.
        longest: usize,
    },
    /// An email address or a web address stands where a name belongs. It would be shown in the portal as their name, and GO1
    /// would write it into a mail.
    NameIsAddress,
    /// Xero has something of them in a form that cannot be read.
    Unread {
        /// What.
        unread: Unread,
    },
    /// An earlier import may have made their account, under an email that is not known any more.
    Unresolved,
    /// Nobody can use the account that GO1 has under this email before an administrator reactivates it.
    AccountInactive {
        /// GO1's word for it.
        word: String,
        /// The name that the account has, where it is another one.
        name: Option<PersonName>,
    },
}

/// The same as it is stored: a reason that is newer than the last release is one of that release's with an addition,
/// which that release does not see, so that it can take over again.
#[derive(Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
enum Stored {
    NoEmail,
    MalformedEmail,
    RepeatedEmail {
        first: EmployeeId,
    },
    LeftCompany {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        not_said: Option<NotSaid>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        archived: bool,
    },
    NoName {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        longest: Option<usize>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unread: Option<Unread>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        address: bool,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        company: bool,
    },
    Unresolved {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        inactive: Option<Inactive>,
    },
}

/// The account that nobody can use.
#[derive(Serialize, Deserialize)]
struct Inactive {
    word: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<PersonName>,
}

/// What Xero says instead of that somebody has left.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum NotSaid {
    LoginRemoved,
    Unknown { status: Option<String> },
}

impl From<Stored> for BlockedReason {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::NoEmail => Self::NoEmail,
            Stored::MalformedEmail => Self::MalformedEmail,
            Stored::RepeatedEmail { first } => Self::RepeatedEmail { first },
            Stored::LeftCompany { archived: true, .. } => Self::Archived,
            Stored::LeftCompany { not_said: None, .. } => Self::LeftCompany,
            Stored::LeftCompany { not_said: Some(NotSaid::LoginRemoved), .. } => Self::LoginRemoved,
            Stored::LeftCompany { not_said: Some(NotSaid::Unknown { status }), .. } => Self::UnknownStatus { status },
            Stored::NoName { unread: Some(unread), .. } => Self::Unread { unread },
            Stored::NoName { longest: Some(longest), .. } => Self::NameTooLong { longest },
            Stored::NoName { address: true, .. } => Self::NameIsAddress,
            Stored::NoName { company: true, .. } => Self::Company,
            Stored::NoName { .. } => Self::NoName,
            Stored::Unresolved { inactive: None } => Self::Unresolved,
            Stored::Unresolved { inactive: Some(Inactive { word, name }) } => Self::AccountInactive { word, name },
        }
    }
}

impl From<BlockedReason> for Stored {
    fn from(reason: BlockedReason) -> Self {
        let left = |not_said| Self::LeftCompany { not_said, archived: false };
        match reason {
            BlockedReason::NoEmail => Self::NoEmail,
            BlockedReason::MalformedEmail => Self::MalformedEmail,
            BlockedReason::RepeatedEmail { first } => Self::RepeatedEmail { first },
            BlockedReason::LeftCompany => left(None),
            BlockedReason::LoginRemoved => left(Some(NotSaid::LoginRemoved)),
            BlockedReason::UnknownStatus { status } => left(Some(NotSaid::Unknown { status })),
            BlockedReason::Archived => Self::LeftCompany { not_said: None, archived: true },
            reason @ (BlockedReason::NoName
            | BlockedReason::NameTooLong { .. }
            | BlockedReason::Unread { .. }
            | BlockedReason::NameIsAddress
            | BlockedReason::Company) => Self::NoName {
                longest: if let BlockedReason::NameTooLong { longest } = reason { Some(longest) } else { None },
                unread: if let BlockedReason::Unread { unread } = reason { Some(unread) } else { None },
                address: reason == BlockedReason::NameIsAddress,
                company: reason == BlockedReason::Company,
            },
            BlockedReason::Unresolved => Self::Unresolved { inactive: None },
            BlockedReason::AccountInactive { word, name } => {
                Self::Unresolved { inactive: Some(Inactive { word, name }) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reasons as the last release reads them.
    #[derive(Debug, Deserialize)]
    #[serde(tag = "reason", rename_all = "snake_case")]
    enum LastRelease {
        NoEmail,
        MalformedEmail,
        #[expect(dead_code, reason = "it is only read")]
        RepeatedEmail {
            first: EmployeeId,
        },
        LeftCompany,
        NoName,
        Unresolved,
    }

    #[test]
    fn every_reason_is_read_as_it_was_written_and_by_the_last_release() {
        for reason in [
            BlockedReason::NoEmail,
            BlockedReason::MalformedEmail,
            BlockedReason::RepeatedEmail { first: "1".into() },
            BlockedReason::LeftCompany,
            BlockedReason::LoginRemoved,
            BlockedReason::UnknownStatus { status: None },
            BlockedReason::UnknownStatus { status: Some("ON LEAVE".to_owned()) },
            BlockedReason::NoName,
            BlockedReason::NameTooLong { longest: 255 },
            BlockedReason::NameIsAddress,
            BlockedReason::Archived,
            BlockedReason::Company,
            BlockedReason::Unread { unread: Unread { email: true, ..Unread::default() } },
            BlockedReason::Unread { unread: Unread::ALL },
            BlockedReason::Unresolved,
            BlockedReason::AccountInactive { word: "archived".to_owned(), name: None },
            BlockedReason::AccountInactive { word: String::new(), name: Some(PersonName::new("Kim", "Known")) },
        ] {
            let row = serde_json::to_value(&reason).expect("a row");
            assert_eq!(serde_json::from_value::<BlockedReason>(row.clone()).expect("readable"), reason);
            serde_json::from_value::<LastRelease>(row).expect("the last release reads it");
        }
    }
}
