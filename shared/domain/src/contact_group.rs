//! The contact group at Xero that an owner chose as where the people are, instead of the organisation's Xero users.

use serde::{Deserialize, Serialize};

use crate::ids::ContactGroupId;

/// A contact group: Xero's id of it, by which it is read, and its name, by which people know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactGroup {
    /// Xero's id of it, which stays when it is renamed.
    pub id: ContactGroupId,
    /// Its name in Xero when it was read last.
    pub name: String,
}
