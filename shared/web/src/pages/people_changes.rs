//! What Xero changed between two looks at the people.

use std::collections::HashMap;

use domain::ids::EmployeeId;
use domain::plan::{Plan, PlanEntry};

use crate::words::full_name;

/// The people who differ between the list that was shown and the list as it is now, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanChanges {
    /// On the list now and not before.
    pub appeared: Vec<String>,
    /// On the list before and not now.
    pub gone: Vec<String>,
    /// On both, with another name, email, or consequence.
    pub changed: Vec<String>,
}

impl PlanChanges {
    /// Compares.
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
}

fn name(entry: &PlanEntry) -> String {
    full_name(&entry.given_name, &entry.family_name)
}
