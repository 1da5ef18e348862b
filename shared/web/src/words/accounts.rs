//! Sentences about accounts that GO1 has: whose they are, and what GO1 says of them.

use std::collections::HashMap;
use std::hash::BuildHasher;

use domain::account::AccountDoubt;
use domain::ids::EmployeeId;
use domain::name::PersonName;

/// Of an ended employee record, whose person has another one by now.
pub const WORKS_HERE_AGAIN: &str = "Works here again, with a new employee record and the same account.";

/// Of somebody who was imported before, where GO1 has another name and another email.
pub const MAY_BE_SOMEBODY_ELSE: &str =
    "Is this a different person now? Give them their own record in Xero, then check again.";

/// What is doubtful about the account that would be used for somebody, and what to do. `names`: of everybody listed.
pub fn account_doubt<Hasher: BuildHasher>(
    doubt: &AccountDoubt,
    name: &str,
    names: &HashMap<&EmployeeId, String, Hasher>,
) -> String {
    let own_address = format!("if not, give {name} their own email address in Xero, then check again");
    match doubt {
        AccountDoubt::OtherName { name: other } => {
            let other = other.full();
            format!("In GO1 this account belongs to {other}. Tick if that’s the same person; {own_address}.")
        }
        AccountDoubt::OtherMember { employee_id } => {
            let other = names.get(employee_id).map_or("someone else", String::as_str);
            format!(
                "In GO1 this account belongs to {other}, who was imported before and still works here. Tick if they \
                 share it; {own_address}."
            )
        }
        AccountDoubt::Status { word } => {
            let word = spoken(word);
            format!("GO1 says this account is “{word}”, which is new to us. Tick if it can be used.")
        }
    }
}

/// What GO1 says of the account of somebody who was imported before.
pub fn member_status(word: &str) -> String {
    format!("This account is {} in GO1. Reactivate it there if they need it.", spoken(word))
}

/// Why somebody cannot be imported whose account nobody can use. `other`: the name that it has, where it is another.
pub fn account_inactive(word: &str, other: Option<&PersonName>) -> String {
    let word = spoken(word);
    match other.map(PersonName::full) {
        Some(other) => format!("In GO1 this account belongs to {other}, and it’s {word}."),
        None => format!("This person’s account is {word} in GO1."),
    }
}

/// What the owner can do about it.
pub const fn account_inactive_remedy(is_anothers: bool) -> &'static str {
    if is_anothers {
        "Give this person their own email address in Xero, then check again. Same person? Reactivate the account in GO1, \
         then check again."
    } else {
        "Reactivate the account in GO1, then check again."
    }
}

/// GO1's word, or the one that it means where it has none.
fn spoken(word: &str) -> &str {
    if word.is_empty() { "inactive" } else { word }
}
