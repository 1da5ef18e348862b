//! The list of a portal's accounts, as far as one page of ours can read it.

use std::collections::HashSet;
use std::fmt;

use domain::ids::UserAccountId;
use futures::future::try_join_all;
use secrecy::SecretString;

use super::UserAccount;
use super::lists::{ACCOUNTS, AT_ONCE, MOST_ROWS, PAGE_SIZE};
use crate::client::Go1Client;
use crate::error::Go1Error;

/// Some of a portal's accounts, or all.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountList {
    /// Each once, in GO1's order.
    pub accounts: Vec<UserAccount>,
    /// How many more GO1 counts, or says that there may be: those beyond what was read, and rows that cannot be read.
    pub unlisted: usize,
}

impl fmt::Debug for AccountList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accounts, unlisted } = self;
        write!(formatter, "AccountList({} listed, {unlisted} more)", accounts.len())
    }
}

impl Go1Client {
    /// The portal's accounts, the first `most` of GO1's list. For those who look at them and decide nothing by who is
    /// missing: while pages are read accounts come and go, and what GO1 lists is behind what it has done.
    pub async fn list_accounts(&self, token: &SecretString, most: usize) -> Result<AccountList, Go1Error> {
        let most = most.min(MOST_ROWS);
        let first = self.page(token, ACCOUNTS, None, 0).await?;
        let (total, mut rows) = (first.total, first.hits.count());
        let mut accounts = first.accounts(ACCOUNTS);
        // Where GO1 does not say how many there are, the pages are read until a short one.
        let up_to = total.map_or(most, |total| total.min(most));
        let offsets: Vec<usize> = (PAGE_SIZE..up_to).step_by(PAGE_SIZE).collect();
        let mut is_over = rows < PAGE_SIZE;
        for some in offsets.chunks(AT_ONCE) {
            if is_over {
                break;
            }
            let pages = try_join_all(some.iter().map(|offset| self.page(token, ACCOUNTS, None, *offset))).await?;
            for page in pages {
                is_over |= page.hits.count() < PAGE_SIZE;
                rows += page.hits.count();
                accounts.extend(page.accounts(ACCOUNTS));
            }
        }
        let mut known = HashSet::<UserAccountId>::new();
        accounts.retain(|account| known.insert(account.id.clone()));
        // Without a count nobody knows how many are behind a full last page: at least one page of them.
        let counted = total.unwrap_or(if is_over { rows } else { rows + PAGE_SIZE });
        Ok(AccountList { unlisted: counted.saturating_sub(accounts.len()), accounts })
    }

    /// The portal's accounts with these ids, as they are: GO1's lists are behind, and what is read by its id is not.
    /// Those that GO1 does not have are left out.
    pub async fn accounts_by_id(
        &self,
        token: &SecretString,
        ids: &[UserAccountId],
    ) -> Result<Vec<UserAccount>, Go1Error> {
        let mut accounts = Vec::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            let found = try_join_all(some.iter().map(|id| self.user_account(token, id))).await?;
            accounts.extend(found.into_iter().flatten());
        }
        Ok(accounts)
    }
}
