//! People who share an address, such as a couple. Only one of them can be imported with it: the one whose account GO1 has
//! under it, and otherwise the first of the list.

use std::collections::HashMap;

use super::accounts::Accounts;
use super::importable::{available_address, name_of, names_are_taken};
use super::input::PlanInput;
use crate::email::EmailAddress;
use crate::ids::EmployeeId;
use crate::people::SourcePerson;

/// Whose an address is of which GO1 has an account, of several newcomers who have it at Xero. Without it the first of
/// the list would be asked about the account, and the one whose it is could not be imported.
pub(super) fn owners(
    input: &PlanInput,
    people: &[SourcePerson],
    accounts: &Accounts<'_>,
) -> Vec<(EmailAddress, EmployeeId)> {
    let mut sharing: HashMap<&EmailAddress, Vec<&SourcePerson>> = HashMap::new();
    for person in people.iter().filter(|person| !input.members.contains_key(&person.employee_id)) {
        if let (Ok(email), Ok(())) = (available_address(person), names_are_taken(person, input.longest_name)) {
            sharing.entry(email).or_default().push(person);
        }
    }
    let has_account = |email: &EmailAddress, person: &SourcePerson| {
        let name = name_of(person);
        match accounts.by_email(email, &name) {
            Some(account) => name.may_be(&account.name),
            None => input.accounts.is_none() && *email == input.owner && name.may_be(&input.owner_name),
        }
    };
    let several = sharing.into_iter().filter(|(_, people)| people.len() > 1);
    several
        .filter_map(|(email, people)| {
            let owner = people.into_iter().find(|person| has_account(email, person))?;
            Some((email.clone(), owner.employee_id.clone()))
        })
        .collect()
}
