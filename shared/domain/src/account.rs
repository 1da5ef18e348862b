//! Whose an account of GO1's is, and whether it can be used: one rule for what is shown and for what is done.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{EmployeeId, UserAccountId};
use crate::name::PersonName;
use crate::text::line;

/// How much is kept of a word that GO1 says of an account.
const LONGEST_WORD: usize = 40;

/// What GO1 says of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", content = "word", rename_all = "snake_case")]
pub enum AccountStatus {
    /// It can be used, or GO1 says nothing.
    Active,
    /// Nobody can use it before an administrator reactivates it: GO1's word, such as `inactive` or `archived`.
    Inactive(String),
    /// A word that we do not know.
    Unknown(String),
}

impl AccountStatus {
    /// What a word of GO1's means.
    ///
    /// ```
    /// use domain::account::AccountStatus;
    /// assert_eq!(AccountStatus::of(" Archived"), AccountStatus::Inactive("archived".to_owned()));
    /// ```
    pub fn of(word: &str) -> Self {
        let word: String = line(word).to_lowercase().chars().take(LONGEST_WORD).collect();
        match word.as_str() {
            "" | "active" | "enabled" | "true" | "1" => Self::Active,
            "false" | "0" => Self::inactive(),
            "inactive" | "archived" | "suspended" | "blocked" | "disabled" | "deactivated" | "locked" | "removed"
            | "deleted" => Self::Inactive(word),
            _ => Self::Unknown(word),
        }
    }

    /// What GO1 says where it has no word for it.
    pub fn inactive() -> Self {
        Self::Inactive("inactive".to_owned())
    }

    /// Whether nobody can use the account. What a word that we do not know means, its owner can tell.
    pub fn is_inactive(&self) -> bool {
        matches!(self, Self::Inactive(_))
    }
}

/// Which of several accounts of one email is taken: the one with the least of this. One that can be used comes first,
/// then one under the person's own name, then the one with the lowest id, so that everybody takes the same.
pub fn preference(
    person: &PersonName,
    status: &AccountStatus,
    name: &PersonName,
    id: &UserAccountId,
) -> (u8, bool, UserAccountId) {
    let usable = match status {
        AccountStatus::Active => 0_u8,
        AccountStatus::Unknown(_) => 1,
        AccountStatus::Inactive(_) => 2,
    };
    (usable, !person.may_be(name), id.clone())
}

/// Why an account that GO1 has under somebody's email is not taken for theirs before the owner has decided.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "doubt", rename_all = "snake_case")]
pub enum AccountDoubt {
    /// GO1 has it under another name.
    OtherName {
        /// The name that it has there.
        name: PersonName,
    },
    /// It is the account of another member who works there.
    OtherMember {
        /// Who that is.
        employee_id: EmployeeId,
    },
    /// GO1 says something of it that we do not know.
    Status {
        /// GO1's word.
        word: String,
    },
}

impl AccountDoubt {
    /// Whether anything is doubtful about taking this account for the person's. `holder`: another member whose it is.
    pub fn of(
        person: &PersonName,
        name: &PersonName,
        status: &AccountStatus,
        holder: Option<&EmployeeId>,
    ) -> Option<Self> {
        match (holder, status) {
            (Some(holder), _) => Some(Self::OtherMember { employee_id: holder.clone() }),
            (None, _) if !person.may_be(name) => Some(Self::OtherName { name: name.clone() }),
            (None, AccountStatus::Unknown(word)) => Some(Self::Status { word: word.clone() }),
            (None, AccountStatus::Active | AccountStatus::Inactive(_)) => None,
        }
    }

    /// Whether the account may be somebody else's.
    pub fn is_about_whose(&self) -> bool {
        matches!(self, Self::OtherName { .. } | Self::OtherMember { .. })
    }
}

impl fmt::Debug for AccountDoubt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherName { .. } => formatter.write_str("OtherName"),
            Self::OtherMember { employee_id } => formatter.debug_tuple("OtherMember").field(employee_id).finish(),
            Self::Status { word } => formatter.debug_tuple("Status").field(word).finish(),
        }
    }
}
