//! What changed between two looks at the people, at Xero, at GO1 or by an import.

use std::collections::HashMap;

use domain::ids::EmployeeId;
use domain::plan::{Decision, Leaver, Plan, PlanEntry};

use super::people_rows::leaver_name;
use crate::words::full_name;

/// The people who differ between the list that was shown and the list as it is now, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanChanges {
    /// On the list now and not before.
    pub appeared: Vec<String>,
    /// On the list before and not now.
    pub gone: Vec<String>,
    /// On both, with another name, email, or consequence; and those who had left already, with another name or email.
    pub changed: Vec<PersonChange>,
}

/// What differs of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonChange {
    /// Their name as it is now.
    pub name: String,
    /// What is another one, as the page says it: “email now rosa@example.com”.
    pub what: String,
}

impl PlanChanges {
    pub fn between(shown: &Plan, now: &Plan) -> Self {
        let before: HashMap<&EmployeeId, &PlanEntry> =
            shown.entries.iter().map(|entry| (&entry.employee_id, entry)).collect();
        let mut changes = Self::default();
        for entry in &now.entries {
            match before.get(&entry.employee_id) {
                None => changes.appeared.push(name(entry)),
                Some(was) if !same(was, entry) => {
                    changes.changed.push(PersonChange { name: name(entry), what: differences(was, entry) });
                }
                Some(_) => {}
            }
        }
        let after: HashMap<&EmployeeId, &PlanEntry> =
            now.entries.iter().map(|entry| (&entry.employee_id, entry)).collect();
        let gone = shown.entries.iter().filter(|entry| !after.contains_key(&entry.employee_id));
        changes.gone = gone.map(name).collect();
        let left_before: HashMap<&EmployeeId, &Leaver> =
            shown.left.iter().map(|leaver| (&leaver.employee_id, leaver)).collect();
        let left = now.left.iter().filter(|leaver| {
            // Whoever has just left is among those gone.
            !before.contains_key(&leaver.employee_id)
                && left_before
                    .get(&leaver.employee_id)
                    .is_none_or(|was| (&was.name, &was.email) != (&leaver.name, &leaver.email))
        });
        changes.changed.extend(left.map(|leaver| {
            let what = "another name or email, after leaving".to_owned();
            PersonChange { name: leaver_name(leaver).to_owned(), what }
        }));
        changes
    }

    /// Whether the people are the same; then the courses or the places differ.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Which box is ticked is not a change of the person: it follows from who else is there.
fn same(was: &PlanEntry, is: &PlanEntry) -> bool {
    was.given_name == is.given_name
        && was.family_name == is.family_name
        && was.email == is.email
        && means_the_same(&was.decision, &is.decision)
        && was.doubt == is.doubt
}

/// Whether both come to the same for the person: an account that was to be there, and is there now, is no change.
fn means_the_same(was: &Decision, is: &Decision) -> bool {
    match (was, is) {
        (Decision::Link { account: None, deactivated: was }, Decision::Link { deactivated: is, .. }) => was == is,
        _ => was == is,
    }
}

/// What differs of somebody who is not the same, in words.
fn differences(was: &PlanEntry, is: &PlanEntry) -> String {
    let mut all = Vec::new();
    if name(was) != name(is) {
        all.push(format!("was {}", name(was)));
    }
    if was.email != is.email {
        all.push(is.email.text().map_or_else(|| "no email now".to_owned(), |email| format!("email now {email}")));
    }
    if was.decision != is.decision {
        all.extend(becomes(&was.decision, &is.decision).map(str::to_owned));
    }
    if was.doubt != is.doubt {
        all.push(
            if is.doubt.is_some() { "has a question beside the name now" } else { "the question is answered" }
                .to_owned(),
        );
    }
    if all.is_empty() { "another first or last name".to_owned() } else { all.join(", ") }
}

/// What somebody's other decision means for them; `None` where the rest of the line says it.
fn becomes(was: &Decision, is: &Decision) -> Option<&'static str> {
    match (was, is) {
        (Decision::Blocked { .. }, Decision::Blocked { .. }) => Some("can’t be imported, for another reason"),
        (_, Decision::Blocked { .. }) => Some("can’t be imported now"),
        (_, Decision::AlreadyMember { .. }) => Some("is imported already"),
        (Decision::Blocked { .. }, _) => Some("can be imported now"),
        (Decision::Create, Decision::Link { .. } | Decision::Resume { .. }) => Some("has an account now"),
        (Decision::Link { .. } | Decision::Resume { .. }, Decision::Create) => Some("has no account any more"),
        (Decision::Link { .. }, Decision::Link { .. }) | (Decision::Resume { .. }, Decision::Resume { .. }) => {
            Some("has another account, or another status in GO1")
        }
        _ => None,
    }
}

fn name(entry: &PlanEntry) -> String {
    full_name(&entry.given_name, &entry.family_name)
}
