//! What GO1's lists and searches show. They can be behind what was written, by a time that is set for each portal;
//! whoever reads an account or an enrollment by its id sees it as it is.

use jiff::{SignedDuration, Timestamp};

use super::state::{Enrollment, Go1State, Lists, UserAccount, normalised};

impl Lists {
    pub(crate) fn set_behind(&mut self, portal_id: &str, behind: SignedDuration) {
        self.behind.insert(portal_id.to_owned(), behind);
    }

    /// Keeps an account as it is, before it is changed.
    pub(crate) fn keep(&mut self, account: &UserAccount, now: Timestamp) {
        self.replaced.push((now, account.clone()));
    }

    /// Remembers that an enrollment was removed.
    pub(crate) fn remove(&mut self, enrollment: &Enrollment, now: Timestamp) {
        self.removed.insert(enrollment.id.clone(), now);
    }

    /// The moment that the lists of a portal show.
    fn shown(&self, portal_id: &str, now: Timestamp) -> Timestamp {
        now - self.behind.get(portal_id).copied().unwrap_or(self.elsewhere)
    }
}

impl Go1State {
    /// The accounts that a list of the portal shows at `now`.
    pub(crate) fn listed_accounts<'state>(&'state self, portal_id: &str, now: Timestamp) -> Vec<&'state UserAccount> {
        let shown = self.lists.shown(portal_id, now);
        if shown >= now {
            return self.accounts_of(portal_id).collect();
        }
        let as_it_was = |account: &'state UserAccount| {
            let replaced = self.lists.replaced.iter().filter(|(until, _)| *until > shown);
            let before = replaced.map(|(_, before)| before).find(|before: &&UserAccount| before.id == account.id);
            before.unwrap_or(account)
        };
        let known = self.accounts_of(portal_id).filter(|account: &&UserAccount| account.created <= shown);
        known.map(as_it_was).collect()
    }

    /// The accounts that a search for an email finds at `now`: more than one where GO1 took the email twice.
    pub(crate) fn found_accounts(&self, portal_id: &str, email: &str, now: Timestamp) -> Vec<&UserAccount> {
        let email = normalised(email);
        let is_alone = !self.repeated.contains(&(portal_id.to_owned(), email.clone()));
        if is_alone && self.lists.shown(portal_id, now) >= now {
            return self.account_by_email(portal_id, &email).into_iter().collect();
        }
        let listed = self.listed_accounts(portal_id, now).into_iter();
        listed.filter(|account| normalised(&account.email) == email).collect()
    }

    /// The enrollments that a list of the portal shows at `now`: of one account, or of all.
    pub(crate) fn listed_enrollments(
        &self,
        portal_id: &str,
        account_id: Option<&str>,
        now: Timestamp,
    ) -> Vec<&Enrollment> {
        let shown = self.lists.shown(portal_id, now);
        if shown >= now {
            return match account_id {
                Some(account_id) => self.enrollments_of_account(portal_id, account_id).collect(),
                None => self.enrollments_of(portal_id).collect(),
            };
        }
        let is_there = |each: &Enrollment| {
            let removed = self.lists.removed.get(&each.id).copied();
            each.created <= shown && (!each.archived || removed.is_some_and(|removed| removed > shown))
        };
        let mine = |each: &Enrollment| {
            each.portal_id == portal_id && account_id.is_none_or(|account_id| each.user_account_id == account_id)
        };
        self.enrollments.iter().filter(|each| mine(each) && is_there(each)).collect()
    }
}
