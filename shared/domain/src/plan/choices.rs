//! Whom somebody ticked or left out with their own hand, by employee.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::EmployeeId;

/// The boxes that were changed by hand, and how they were left. Everybody else is ticked as the plan suggests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// Those who were ticked.
    pub ticked: BTreeSet<EmployeeId>,
    /// Those whose tick was taken away.
    pub left_out: BTreeSet<EmployeeId>,
}

impl Choices {
    /// Whether nobody's box was changed.
    pub fn is_empty(&self) -> bool {
        self.ticked.is_empty() && self.left_out.is_empty()
    }

    /// Records how somebody left a box.
    pub(super) fn record(&mut self, person: &EmployeeId, ticked: bool) {
        let (to, from) =
            if ticked { (&mut self.ticked, &mut self.left_out) } else { (&mut self.left_out, &mut self.ticked) };
        from.remove(person);
        to.insert(person.clone());
    }
}
