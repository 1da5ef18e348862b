//! Which accounts are of people who work there: somebody who was hired again has two employee records and one account.

use std::collections::{HashMap, HashSet};

use super::{Decision, PlanEntry};
use crate::account::AccountDoubt;
use crate::ids::{EmployeeId, UserAccountId};
use crate::member::Member;

/// Accounts, with the record under which their person works there.
pub(super) struct AtWork(HashMap<UserAccountId, EmployeeId>);

impl AtWork {
    /// Of the members who have not left, and of those who would be imported. Where it is not certain whose an account
    /// is, nobody works there with it.
    pub(super) fn of(entries: &[PlanEntry], members: &HashMap<EmployeeId, Member>, left: &HashSet<EmployeeId>) -> Self {
        let here = entries.iter().filter(|entry| !left.contains(&entry.employee_id));
        let accounts = here.filter_map(|entry| {
            let account = match &entry.decision {
                Decision::Link { account, .. } | Decision::Resume { account, .. }
                    if !entry.doubt.as_ref().is_some_and(AccountDoubt::is_about_whose) =>
                {
                    account.clone()
                }
                _ => members.get(&entry.employee_id).and_then(|member| member.account.clone()),
            };
            Some((account?, entry.employee_id.clone()))
        });
        Self(accounts.collect())
    }

    /// The record under which the person of this account works there, if they do.
    pub(super) fn record_of(&self, account: &UserAccountId) -> Option<&EmployeeId> {
        self.0.get(account)
    }

    /// Says of whoever has left that they work there again.
    pub(super) fn note_in(&self, entries: &mut [PlanEntry], members: &HashMap<EmployeeId, Member>) {
        for entry in entries {
            let account = members.get(&entry.employee_id).and_then(|member| member.account.as_ref());
            if let (Decision::AlreadyMember { left: true, works_as, .. }, Some(account)) =
                (&mut entry.decision, account)
            {
                *works_as = self.record_of(account).cloned();
            }
        }
    }
}
