//! One row of the list of users: an account of the portal's, or somebody who was imported and has none.

use domain::ids::ImportId;
use jiff::Timestamp;

/// Somebody in the portal, or who was imported into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRow {
    /// What GO1 has of them.
    pub at_go1: AtGo1,
    /// How they were imported; `None` for who is in the portal without an import of ours.
    pub imported: Option<Imported>,
}

/// How somebody was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Whether we made the account; otherwise it was there.
    pub created: bool,
    pub import: ImportId,
    /// The other imports that brought the same account, under another employee record.
    pub also: Vec<ImportId>,
    pub since: Timestamp,
    pub standing: Standing,
}

/// What became of somebody whom an import brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They have their account and their courses.
    Imported,
    /// They lack something, or GO1 did not say whether it made their account.
    NotFinished,
    /// An undo took back what the import did for them.
    Undone,
}

/// A name, and the email beside it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameAndEmail {
    pub given_name: String,
    pub family_name: String,
    /// `None` where there is none, or it is not known.
    pub email: Option<String>,
}

/// What GO1 has of somebody now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtGo1 {
    Account {
        who: NameAndEmail,
        /// Whether they can use it.
        active: bool,
    },
    /// GO1 no longer has an account of them.
    Gone,
    /// GO1 did not say whether it made the account.
    Unresolved,
    /// GO1 could not be asked. Names are those of the import, for as long as we keep them.
    Unread(Option<NameAndEmail>),
}

impl UserRow {
    /// Their name and email, where we know them.
    pub fn who(&self) -> Option<&NameAndEmail> {
        match &self.at_go1 {
            AtGo1::Account { who, .. } => Some(who),
            AtGo1::Unread(who) => who.as_ref(),
            AtGo1::Gone | AtGo1::Unresolved => None,
        }
    }
}
