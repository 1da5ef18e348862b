//! The people who were ticked, checked against the plan, and what that comes to.

use std::collections::HashSet;

use super::{Decision, Plan, PlanEntry};
use crate::ids::EmployeeId;

/// People of a plan who were ticked and can be imported, each once, in the plan's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    people: Vec<EmployeeId>,
    places: u32,
    consequences: Consequences,
}

/// What an import would do, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consequences {
    /// User accounts made; GO1 sends a welcome mail for each.
    pub accounts: usize,
    /// People of whom GO1 did not say whether they have an account: one is made where none is found.
    pub uncertain: usize,
    /// People who have an account already and are only assigned the courses.
    pub linked: usize,
    /// Courses assigned, over all people.
    pub assignments: usize,
    /// Places that the portal has left after the import.
    pub places_left: u32,
}

/// Why a selection cannot be confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectionRefused {
    /// No person is ticked.
    #[error("nobody is ticked")]
    Nobody,
    /// More are ticked than there are places.
    #[error("{ticked} people are ticked who need a place, and {places} places are left")]
    TooMany {
        /// How many of those who are ticked need a place.
        ticked: usize,
        /// How many places are left.
        places: u32,
    },
    /// Somebody is ticked whom the plan does not offer.
    #[error("somebody is ticked who cannot be imported")]
    NotOffered,
}

impl Consequences {
    /// What importing people with these decisions comes to, where `places_left` are left and each gets `courses`.
    pub fn of<'plan>(decisions: impl Iterator<Item = &'plan Decision>, places_left: u32, courses: usize) -> Self {
        let mut consequences = Self { places_left, ..Self::default() };
        for decision in decisions {
            match decision {
                Decision::Create => consequences.accounts += 1,
                Decision::Resume { account: None, .. } => consequences.uncertain += 1,
                _ => consequences.linked += 1,
            }
            consequences.assignments += courses;
            consequences.places_left = consequences.places_left.saturating_sub(u32::from(decision.takes_place()));
        }
        consequences
    }
}

impl Selection {
    /// Checks the ticks against the plan.
    pub fn check(plan: &Plan, ticked: &[EmployeeId]) -> Result<Self, SelectionRefused> {
        let wanted: HashSet<&EmployeeId> = ticked.iter().collect();
        let ticked: Vec<&PlanEntry> = plan.importable().filter(|entry| wanted.contains(&entry.employee_id)).collect();
        if ticked.len() < wanted.len() {
            return Err(SelectionRefused::NotOffered);
        }
        let places = ticked.iter().filter(|entry| entry.decision.takes_place()).count();
        let consequences =
            Consequences::of(ticked.iter().map(|entry| &entry.decision), plan.places_left, plan.courses.len());
        match plan.places_left.checked_sub(u32::try_from(places).unwrap_or(u32::MAX)) {
            _ if ticked.is_empty() => Err(SelectionRefused::Nobody),
            None => Err(SelectionRefused::TooMany { ticked: places, places: plan.places_left }),
            Some(left) => Ok(Self {
                people: ticked.iter().map(|entry| entry.employee_id.clone()).collect(),
                places: plan.places_left - left,
                consequences,
            }),
        }
    }

    /// The people, in the plan's order.
    pub fn people(&self) -> &[EmployeeId] {
        &self.people
    }

    /// How many of them take a place of the portal.
    pub fn places(&self) -> u32 {
        self.places
    }

    /// What importing them comes to.
    pub fn consequences(&self) -> Consequences {
        self.consequences
    }
}
