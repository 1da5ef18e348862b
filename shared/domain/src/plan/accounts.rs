//! The accounts that a portal has, as far as a plan needs them.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;

use crate::email::EmailAddress;
use crate::ids::UserAccountId;

/// An account that the portal has.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownAccount {
    /// GO1's id of the account.
    pub id: UserAccountId,
    /// The account's email; `None` where GO1 has no valid one.
    pub email: Option<EmailAddress>,
    /// The first name in GO1.
    pub given_name: String,
    /// The last name in GO1.
    pub family_name: String,
    /// When it was made, where GO1 says.
    pub created_time: Option<Timestamp>,
}

impl fmt::Debug for KnownAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KnownAccount").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Accounts by id and by email.
pub(super) struct Accounts<'accounts> {
    by_id: HashMap<&'accounts UserAccountId, &'accounts KnownAccount>,
    by_email: HashMap<&'accounts EmailAddress, &'accounts KnownAccount>,
}

impl<'accounts> Accounts<'accounts> {
    pub(super) fn of(accounts: &'accounts [KnownAccount]) -> Self {
        let by_id = accounts.iter().map(|account| (&account.id, account)).collect();
        let mut by_email: HashMap<_, &KnownAccount> = HashMap::new();
        for account in accounts {
            let Some(email) = &account.email else { continue };
            // Two with one email should not be; whatever the order, it is the same one that counts.
            let kept = by_email.entry(email).or_insert(account);
            if account.id < kept.id {
                *kept = account;
            }
        }
        Self { by_id, by_email }
    }

    pub(super) fn by_id(&self, id: &UserAccountId) -> Option<&'accounts KnownAccount> {
        self.by_id.get(id).copied()
    }

    pub(super) fn by_email(&self, email: &EmailAddress) -> Option<&'accounts KnownAccount> {
        self.by_email.get(email).copied()
    }
}
