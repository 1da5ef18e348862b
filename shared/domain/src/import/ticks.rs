//! Which people of a plan an import takes, in a few hundred bytes.

use serde::{Deserialize, Serialize};

use crate::ids::EmployeeId;
use crate::plan::{Plan, PlanEntry};

/// One bit for each person of a plan who can be imported, in the plan's order, as hexadecimal digits. The plan's digest
/// fixes what a bit means, so the same digest with the same ticks is the same import.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticks(String);

/// How many people one hexadecimal digit stands for.
const BITS: usize = 4;

impl Ticks {
    /// The ticks of those people whom `plan` offers; others are left out.
    pub fn of(plan: &Plan, ticked: &[EmployeeId]) -> Self {
        let ticked: std::collections::HashSet<_> = ticked.iter().collect();
        let bits: Vec<bool> = plan.importable().map(|entry| ticked.contains(&entry.employee_id)).collect();
        let digit = |bits: &[bool]| bits.iter().rev().fold(0, |digit, bit| digit * 2 + u32::from(*bit));
        Self(bits.chunks(BITS).filter_map(|bits| char::from_digit(digit(bits), 16)).collect())
    }

    /// The people who are ticked, in the plan's order; `None` where these are not the ticks of such a plan.
    pub fn people<'plan>(&self, plan: &'plan Plan) -> Option<Vec<&'plan PlanEntry>> {
        let offered: Vec<&PlanEntry> = plan.importable().collect();
        if self.0.len() != offered.len().div_ceil(BITS) {
            return None;
        }
        let people: Vec<_> =
            offered.into_iter().zip(self.bits()).filter_map(|(entry, bit)| bit.then_some(entry)).collect();
        (people.len() == self.count()).then_some(people)
    }

    /// How many people are ticked.
    pub fn count(&self) -> usize {
        self.bits().filter(|bit| *bit).count()
    }

    fn bits(&self) -> impl Iterator<Item = bool> {
        let digits = self.0.chars().map(|digit| digit.to_digit(16).unwrap_or_default());
        digits.flat_map(|digit| (0..BITS).map(move |bit| digit >> bit & 1 == 1))
    }
}
