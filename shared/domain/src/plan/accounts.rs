//! The accounts that a portal has, as far as a plan needs them.

use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;

use crate::account::{AccountStatus, preference};
use crate::email::EmailAddress;
use crate::ids::UserAccountId;
use crate::name::PersonName;

/// An account that the portal has.
#[derive(Clone, PartialEq, Eq)]
pub struct KnownAccount {
    /// GO1's id of the account.
    pub id: UserAccountId,
    /// The account's email; `None` where GO1 has no valid one.
    pub email: Option<EmailAddress>,
    /// The name in GO1.
    pub name: PersonName,
    /// What GO1 says of it.
    pub status: AccountStatus,
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
    by_email: HashMap<&'accounts EmailAddress, Vec<&'accounts KnownAccount>>,
}

impl<'accounts> Accounts<'accounts> {
    pub(super) fn of(accounts: &'accounts [KnownAccount]) -> Self {
        let by_id = accounts.iter().map(|account| (&account.id, account)).collect();
        let mut by_email: HashMap<_, Vec<&KnownAccount>> = HashMap::new();
        for account in accounts {
            let Some(email) = &account.email else { continue };
            by_email.entry(email).or_default().push(account);
        }
        Self { by_id, by_email }
    }

    pub(super) fn by_id(&self, id: &UserAccountId) -> Option<&'accounts KnownAccount> {
        self.by_id.get(id).copied()
    }

    /// The account of this email that is `person`'s. Two should not be; where they are, one of them is preferred.
    pub(super) fn by_email(&self, email: &EmailAddress, person: &PersonName) -> Option<&'accounts KnownAccount> {
        let accounts = self.by_email.get(email)?.iter().copied();
        accounts.min_by_key(|account| preference(person, &account.status, &account.name, &account.id))
    }
}
