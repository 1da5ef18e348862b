//! The people who were ticked, checked against the plan, and what that comes to.

use std::collections::HashSet;

use super::{Decision, Plan};
use crate::ids::EmployeeId;

/// People of a plan who were ticked and can be imported, each once, in the plan's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    people: Vec<EmployeeId>,
    consequences: Consequences,
}

/// What an import would do, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consequences {
    /// User accounts made; GO1 sends a welcome mail for each.
    pub accounts: usize,
    /// People who have an account already and are only assigned the courses.
    pub linked: usize,
    /// Courses assigned, over all people.
    pub assignments: usize,
    /// Places left afterwards.
    pub places_left: u32,
}

/// Why a selection cannot be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionRefused {
    /// Nobody is ticked.
    #[error("nobody is ticked")]
    Nobody,
    /// More are ticked than there are places.
    #[error("{ticked} people are ticked, and {places} places are left")]
    TooMany {
        /// How many are ticked.
        ticked: usize,
        /// How many places are left.
        places: u32,
    },
    /// Somebody is ticked whom the plan does not offer.
    #[error("somebody is ticked who cannot be imported")]
    NotOffered,
}

impl Selection {
    /// Checks the ticks against the plan.
    pub fn check(plan: &Plan, ticked: &[EmployeeId]) -> Result<Self, SelectionRefused> {
        let wanted: HashSet<&EmployeeId> = ticked.iter().collect();
        let (mut people, mut consequences) = (Vec::with_capacity(wanted.len()), Consequences::default());
        for entry in plan.importable().filter(|entry| wanted.contains(&entry.employee_id)) {
            people.push(entry.employee_id.clone());
            match entry.decision {
                Decision::Create => consequences.accounts += 1,
                _ => consequences.linked += 1,
            }
        }
        if people.len() < wanted.len() {
            return Err(SelectionRefused::NotOffered);
        }
        let count = u32::try_from(people.len()).unwrap_or(u32::MAX);
        match plan.places_left.checked_sub(count) {
            _ if people.is_empty() => Err(SelectionRefused::Nobody),
            None => Err(SelectionRefused::TooMany { ticked: people.len(), places: plan.places_left }),
            Some(places_left) => {
                consequences.places_left = places_left;
                consequences.assignments = people.len() * plan.courses.len();
                Ok(Self { people, consequences })
            }
        }
    }

    /// The people, in the plan's order.
    pub fn people(&self) -> &[EmployeeId] {
        &self.people
    }

    /// What importing them comes to.
    pub fn consequences(&self) -> Consequences {
        self.consequences
    }
}
