//! One row of the list of users.

use domain::ids::ImportId;
use jiff::Timestamp;

/// Somebody who was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// What GO1 has of them.
    pub at_go1: AtGo1,
    /// Whether we made the account; otherwise it was there.
    pub created: bool,
    pub import: ImportId,
    /// The other imports that brought the same account, under another employee record.
    pub also: Vec<ImportId>,
    pub since: Timestamp,
    /// Whether they have not got everything yet.
    pub unfinished: bool,
}

/// What GO1 has of somebody now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtGo1 {
    Account {
        name: String,
        /// The account's email, where GO1 has one.
        email: Option<String>,
        /// Whether they can use it.
        active: bool,
    },
    /// GO1 no longer has an account of them.
    Gone,
    /// GO1 did not say whether it made the account.
    Unresolved,
}
