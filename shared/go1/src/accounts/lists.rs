//! Lists of accounts and searches in them. A list is whole or none: nobody may seem absent because a page was.

use std::collections::{BTreeSet, HashSet};

use domain::account::AccountStatus;
use domain::email::EmailAddress;
use domain::ids::UserAccountId;
use domain::name::PersonName;
use futures::future::try_join_all;
use http::Method;
use secrecy::SecretString;
use serde::Deserialize;
use transport::answer::Rows;

use super::{AccountBody, UserAccount};
use crate::client::Go1Client;
use crate::error::Go1Error;
use crate::loose;

/// GO1's most for a page of accounts.
pub(super) const PAGE_SIZE: usize = 50;

/// How far GO1 lists.
pub(super) const MOST_ROWS: usize = 10_000;

/// How many calls of one list are in flight.
pub(super) const AT_ONCE: usize = 4;

/// What the calls for many accounts are named by.
pub(super) const ACCOUNTS: &str = "user accounts";

/// What the search for one is named by.
const FIND: &str = "find user account";

#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default, deserialize_with = "loose::size")]
    pub(super) total: Option<usize>,
    pub(super) hits: Rows<AccountBody>,
}

impl Go1Client {
    /// The portal's accounts with this email: one, or none, or more where GO1 took the email twice. Once one is found
    /// that can be used, no further page is read. What GO1 finds is compared with the email once more: a search that
    /// ignores its question must not make two people one.
    pub async fn user_accounts_of(
        &self,
        token: &SecretString,
        email: &EmailAddress,
    ) -> Result<Vec<UserAccount>, Go1Error> {
        found_or_none(self.search(token, email).await?)
    }

    /// The one of them that is preferred, whatever name it has.
    pub async fn find_user_account(
        &self,
        token: &SecretString,
        email: &EmailAddress,
    ) -> Result<Option<UserAccount>, Go1Error> {
        let found = self.user_accounts_of(token, email).await?;
        Ok(UserAccount::preferred(found, &PersonName::default()))
    }

    /// The portal's account whose email GO1 writes as it is `written` here, but for the case of plain letters and spaces
    /// around it. This decides who is let in: an email that is only normalised to the same one may be another person's,
    /// who chose it for that.
    pub(crate) async fn find_account_written(
        &self,
        token: &SecretString,
        written: &str,
    ) -> Result<Option<UserAccount>, Go1Error> {
        let written = written.trim_ascii().to_ascii_lowercase();
        let is_it = |email: &String| email.trim_ascii().eq_ignore_ascii_case(&written);
        let found =
            self.search_by(token, &written, |account| account.written_email.as_ref().is_some_and(is_it)).await?;
        Ok(UserAccount::preferred(found_or_none(found)?, &PersonName::default()))
    }

    /// The portal's accounts with this email, and how many rows there were that cannot be read.
    async fn search(&self, token: &SecretString, email: &EmailAddress) -> Result<(Vec<UserAccount>, usize), Go1Error> {
        self.search_by(token, email.as_str(), |account| account.email.as_ref() == Some(email)).await
    }

    async fn search_by(
        &self,
        token: &SecretString,
        asked: &str,
        is_one: impl Fn(&UserAccount) -> bool + Send,
    ) -> Result<(Vec<UserAccount>, usize), Go1Error> {
        let mut found = Vec::new();
        let unread = self
            .walk(token, FIND, Some(asked), |account| {
                let is_wanted = is_one(account);
                if is_wanted {
                    found.push(account.clone());
                }
                is_wanted && account.status == AccountStatus::Active
            })
            .await?;
        Ok((found, unread))
    }

    /// The portal's accounts as far as these emails and ids need, each once: all pages or one search each, whichever is
    /// fewer calls by the first page's total; and one search each where the pages are not what the total says. Others
    /// may be among them.
    pub async fn accounts_for(
        &self,
        token: &SecretString,
        emails: &BTreeSet<EmailAddress>,
        ids: &HashSet<UserAccountId>,
    ) -> Result<Vec<UserAccount>, Go1Error> {
        let first = self.page(token, ACCOUNTS, None, 0).await?;
        let Some(total) = first.total else { return self.listed_without_total(token).await };
        let is_whole = first.is_whole(0, total);
        let unread = first.hits.unread;
        let mut accounts = first.accounts(ACCOUNTS);
        let (missing_emails, missing_ids) = missing(&accounts, emails, ids);
        let more_pages = total.div_ceil(PAGE_SIZE).saturating_sub(1);
        if is_whole && total <= MOST_ROWS && more_pages <= missing_emails.len() + missing_ids.len() {
            // Where rows are counted and not listed, or come and go meanwhile, a search each is left.
            if let Some(all) = self.listed(token, (&accounts, unread), total).await? {
                return Ok(all);
            }
        }
        for some in missing_emails.chunks(AT_ONCE) {
            let found = try_join_all(some.iter().map(|email| self.search(token, email))).await?;
            // What cannot be read is nobody's whom a plan could name; whoever makes an account asks once more.
            accounts.extend(found.into_iter().flat_map(|(accounts, _)| accounts));
        }
        accounts.extend(self.accounts_by_id(token, &missing_ids).await?);
        let mut known = HashSet::new();
        accounts.retain(|account| known.insert(account.id.clone()));
        Ok(accounts)
    }

    /// The accounts of all pages after these of the first; `None` where one of them may be missing.
    async fn listed(
        &self,
        token: &SecretString,
        (first, mut unread): (&[UserAccount], usize),
        total: usize,
    ) -> Result<Option<Vec<UserAccount>>, Go1Error> {
        let mut accounts = first.to_vec();
        let offsets: Vec<usize> = (PAGE_SIZE..total).step_by(PAGE_SIZE).collect();
        for some in offsets.chunks(AT_ONCE) {
            let pages = try_join_all(some.iter().map(|offset| self.page(token, ACCOUNTS, None, *offset))).await?;
            for (page, offset) in pages.into_iter().zip(some) {
                if !page.is_whole(*offset, total) {
                    return Ok(None);
                }
                unread += page.hits.unread;
                accounts.extend(page.accounts(ACCOUNTS));
            }
        }
        // A page that repeats another's rows stands for one that is missing.
        let ids: HashSet<_> = accounts.iter().map(|account| &account.id).collect();
        Ok((ids.len() + unread == total).then_some(accounts))
    }

    /// All accounts where GO1 does not say how many there are: pages until a short one.
    async fn listed_without_total(&self, token: &SecretString) -> Result<Vec<UserAccount>, Go1Error> {
        let mut accounts = Vec::new();
        self.walk(token, ACCOUNTS, None, |account| {
            accounts.push(account.clone());
            false
        })
        .await?;
        Ok(accounts)
    }

    /// Shows each account once, up to the end of the page on which one is enough; and counts the rows that cannot be
    /// read.
    async fn walk(
        &self,
        token: &SecretString,
        call: &'static str,
        email: Option<&str>,
        mut is_enough: impl FnMut(&UserAccount) -> bool,
    ) -> Result<usize, Go1Error> {
        let mut seen = HashSet::new();
        let (mut offset, mut unread) = (0, 0);
        loop {
            let page = self.page(token, call, email, offset).await?;
            let (rows, known, total) = (page.hits.count(), seen.len() + unread, page.total);
            unread += page.hits.unread;
            let mut is_over = false;
            for account in page.accounts(call) {
                is_over |= seen.insert(account.id.clone()) && is_enough(&account);
            }
            offset += rows;
            if is_over || total.map_or(rows < PAGE_SIZE, |total| offset >= total) {
                return Ok(unread);
            }
            if seen.len() + unread == known {
                return Err(Go1Error::Loop { call });
            }
            if offset >= MOST_ROWS {
                return Err(Go1Error::TooManyRows { total, call });
            }
        }
    }

    pub(super) async fn page(
        &self,
        token: &SecretString,
        call: &'static str,
        email: Option<&str>,
        offset: usize,
    ) -> Result<Page, Go1Error> {
        let mut request = self
            .api(Method::GET, token, &["user-accounts"])
            .query("include[]", "standard_fields")
            .query("limit", &PAGE_SIZE.to_string())
            .query("offset", &offset.to_string());
        if let Some(email) = email {
            request = request.query("email", email);
        }
        self.read(call, request).await
    }
}

/// What a search has found; an error where the account may be in a row that cannot be read, because nobody is absent whose
/// row that is.
fn found_or_none((found, unread): (Vec<UserAccount>, usize)) -> Result<Vec<UserAccount>, Go1Error> {
    if found.is_empty() && unread > 0 {
        let what = "it has rows without an id, and none of the others is the account".to_owned();
        return Err(Go1Error::Unreadable { what, call: FIND });
    }
    Ok(found)
}

impl Page {
    pub(super) fn accounts(self, call: &'static str) -> Vec<UserAccount> {
        self.hits.read_or_log(call).into_iter().map(UserAccount::from).collect()
    }

    /// Whether the list still has `total` rows and the page at `offset` all of its own.
    fn is_whole(&self, offset: usize, total: usize) -> bool {
        self.total == Some(total) && self.hits.count() == total.saturating_sub(offset).min(PAGE_SIZE)
    }
}

/// Which of them no account is for. Of an email whose account cannot be used there may be another one that can.
fn missing<'asked>(
    accounts: &[UserAccount],
    emails: &'asked BTreeSet<EmailAddress>,
    ids: &HashSet<UserAccountId>,
) -> (Vec<&'asked EmailAddress>, Vec<UserAccountId>) {
    let known_emails: HashSet<_> =
        accounts.iter().filter(|account| account.active).filter_map(|account| account.email.as_ref()).collect();
    let known_ids: HashSet<_> = accounts.iter().map(|account| &account.id).collect();
    (
        emails.iter().filter(|email| !known_emails.contains(email)).collect(),
        ids.iter().filter(|id| !known_ids.contains(id)).cloned().collect(),
    )
}
