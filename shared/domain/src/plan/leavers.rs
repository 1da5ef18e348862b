//! Who has left: each account is told once, whichever of its person's records has ended or is gone from the list.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::accounts::Accounts;
use super::at_work::AtWork;
use super::input::PlanInput;
use super::{Decision, Leaver, PlanEntry};
use crate::ids::{EmployeeId, UserAccountId};
use crate::member::Member;
use crate::name::PersonName;
use crate::text::folded;

/// Says of whoever has left under two records that it is told under the first. Returns the accounts that are told.
pub(super) fn tell_once(entries: &mut [PlanEntry], members: &HashMap<EmployeeId, Member>) -> HashSet<UserAccountId> {
    let mut told: HashMap<UserAccountId, EmployeeId> = HashMap::new();
    for entry in entries {
        let account = members.get(&entry.employee_id).and_then(|member| member.account.as_ref());
        let Decision::AlreadyMember { left: true, works_as: None, told_as, .. } = &mut entry.decision else { continue };
        let Some(account) = account else { continue };
        match told.get(account) {
            Some(first) => *told_as = Some(first.clone()),
            None => drop(told.insert(account.clone(), entry.employee_id.clone())),
        }
    }
    told.into_keys().collect()
}

/// The members whom nobody listed, by name, each account once; not those who work there under another record, and not
/// whose account is `told` already. Whoever was read elsewhere is not missed, and nobody leaves by leaving a contact
/// group. `all_known`: whether everybody listed has an id.
pub(super) fn unlisted(
    input: &PlanInput,
    accounts: &Accounts<'_>,
    listed: &HashSet<EmployeeId>,
    all_known: bool,
    at_work: &AtWork,
    told: &HashSet<UserAccountId>,
) -> Vec<Leaver> {
    let nobody = PersonName::default();
    // By employee id, so that of two records of an account the same one stands for it at every look.
    let gone: BTreeMap<_, _> = input
        .members
        .values()
        .filter(|member| input.group.is_none() && !member.employee_id.is_contact())
        .filter(|member| !listed.contains(&member.employee_id))
        .map(|it| (&it.employee_id, it))
        .collect();
    let mut of_account: HashMap<&UserAccountId, usize> = HashMap::new();
    let mut left: Vec<Leaver> = Vec::new();
    for member in gone.into_values() {
        let old_email = input.old_emails.get(&member.employee_id);
        let account = match &member.account {
            Some(account) => accounts.by_id(account),
            None => old_email.and_then(|email| accounts.by_email(email, &nobody)),
        };
        let id = member.account.as_ref().or(account.map(|account| &account.id));
        if account.is_some_and(|account| at_work.record_of(&account.id).is_some())
            || id.is_some_and(|id| told.contains(id))
        {
            continue;
        }
        let confirmed = all_known && input.missed_before.contains(&member.employee_id);
        if let Some(position) = id.and_then(|id| of_account.get(id)) {
            left[*position].confirmed |= confirmed;
            continue;
        }
        of_account.extend(id.map(|id| (id, left.len())));
        let name = account.map(|account| account.name.full());
        let email = account.and_then(|account| account.email.as_ref()).or(old_email);
        left.push(Leaver {
            employee_id: member.employee_id.clone(),
            name: name.unwrap_or_default(),
            email: email.map(|email| email.as_str().to_owned()),
            confirmed,
        });
    }
    left.sort_by_cached_key(|leaver| (folded(&leaver.name), leaver.employee_id.clone()));
    left
}
