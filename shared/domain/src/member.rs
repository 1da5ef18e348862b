//! Who was imported: which employee has which account. No names, no emails.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{EmployeeId, ImportId, UserAccountId};

/// One person who was imported into a portal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who they are in the source.
    pub employee_id: EmployeeId,
    /// Who they are in the portal.
    pub account: UserAccountId,
    /// Whether we made the account; otherwise it was there.
    pub created: bool,
    /// By which import.
    pub import: ImportId,
    /// When.
    pub since: Timestamp,
}
