//! Whoever was imported from one source and is read from another is one person: a contact and a Xero user of one email
//! have one account and one place.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::importable::address;
use super::input::PlanInput;
use crate::email::EmailAddress;
use crate::ids::{EmployeeId, UserAccountId};
use crate::people::SourcePerson;

/// Names whoever is no member yet, and has the email of a member who was read from the other source, as that member.
/// The email is the one of the member's account, or the one that an account was asked for under. Of several people who
/// share it the first is taken, as with every shared email. Returns whether anybody was named so.
pub(super) fn name_as_member(people: &mut [SourcePerson], input: &PlanInput) -> bool {
    let read: HashSet<EmployeeId> = people.iter().map(|person| person.employee_id.clone()).collect();
    let from_contacts = input.group.is_some();
    let elsewhere: BTreeMap<_, _> =
        input.members.iter().filter(|(id, _)| id.is_contact() != from_contacts && !read.contains(id)).collect();
    if elsewhere.is_empty() {
        return false;
    }
    let accounts: HashMap<&UserAccountId, &EmailAddress> =
        input.accounts.iter().flatten().filter_map(|account| Some((&account.id, account.email.as_ref()?))).collect();
    let mut by_email: HashMap<&EmailAddress, &EmployeeId> = HashMap::new();
    for (id, member) in elsewhere {
        let email = match &member.account {
            Some(account) => accounts.get(account).copied(),
            None => input.old_emails.get(id),
        };
        if let Some(email) = email {
            by_email.entry(email).or_insert(id);
        }
    }
    let mut any = false;
    for person in people.iter_mut().filter(|person| !input.members.contains_key(&person.employee_id)) {
        let member = address(person).ok().and_then(|email| by_email.remove(email));
        if let Some(member) = member {
            person.employee_id = member.clone();
            any = true;
        }
    }
    any
}
