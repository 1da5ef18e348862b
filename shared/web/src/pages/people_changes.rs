//! What changed between two looks at the people, at Xero, at GO1 or by an import.

use std::collections::HashMap;

use domain::ids::EmployeeId;
use domain::plan::{Leaver, Plan, PlanEntry};

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
    pub changed: Vec<String>,
}

impl PlanChanges {
    pub fn between(shown: &Plan, now: &Plan) -> Self {
        let before: HashMap<&EmployeeId, &PlanEntry> =
            shown.entries.iter().map(|entry| (&entry.employee_id, entry)).collect();
        let mut changes = Self::default();
        for entry in &now.entries {
            match before.get(&entry.employee_id) {
                None => changes.appeared.push(name(entry)),
                Some(was) if !same(was, entry) => changes.changed.push(name(entry)),
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
        changes.changed.extend(left.map(|leaver| leaver_name(leaver).to_owned()));
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
        && was.decision == is.decision
        && was.doubt == is.doubt
}

fn name(entry: &PlanEntry) -> String {
    full_name(&entry.given_name, &entry.family_name)
}
