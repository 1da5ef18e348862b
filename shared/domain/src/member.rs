//! Who was imported: which employee has which account. No names, no emails.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{EmployeeId, ImportId, UserAccountId};
use crate::import::Import;

/// One person who was imported into a portal. Each member has one of its places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who they are in the source.
    pub employee_id: EmployeeId,
    /// Who they are in the portal; `None` where GO1 did not say whether it made the account.
    pub account: Option<UserAccountId>,
    /// Whether we made the account; otherwise it was there.
    pub created: bool,
    /// By which import.
    pub import: ImportId,
    /// When; without an account, when the import was confirmed: an account that is not older is ours.
    pub since: Timestamp,
    /// Whether the import ended before they had everything. Always so without an account.
    #[serde(default)]
    pub unfinished: bool,
}

impl Member {
    /// Somebody of whom GO1 did not say whether it made their account for `import`.
    pub fn unresolved(import: &Import, employee_id: EmployeeId) -> Self {
        let (import, since) = (import.id.clone(), import.accepted_at);
        Self { employee_id, account: None, created: false, import, since, unfinished: true }
    }
}
