//! Whose box is ticked: as the plan suggests, but for those that were changed by hand. What was changed is kept from one
//! look at the people to the next, until an import is accepted.

use std::collections::{HashMap, HashSet};

use super::Plan;
use crate::ids::EmployeeId;

impl Plan {
    /// Those who can be imported and whose box is ticked: by hand, or because the plan suggests it.
    pub fn ticks(&self) -> HashSet<&EmployeeId> {
        let is_ticked = |id: &EmployeeId, suggested: bool| {
            self.choices.ticked.contains(id) || suggested && !self.choices.left_out.contains(id)
        };
        let ticked = self.importable().filter(|entry| is_ticked(&entry.employee_id, entry.ticked));
        ticked.map(|entry| &entry.employee_id).collect()
    }

    /// The same plan as somebody left its boxes. Only what differs from what it showed was changed by hand, so that
    /// whoever the plan leaves out for a reason is suggested again once the reason is gone.
    #[must_use]
    pub fn with_ticks(mut self, ticked: &[EmployeeId]) -> Self {
        let wanted: HashSet<&EmployeeId> = ticked.iter().collect();
        let shown = self.ticks();
        let mut choices = self.choices.clone();
        for entry in self.importable() {
            let id = &entry.employee_id;
            if wanted.contains(id) != shown.contains(id) {
                choices.record(id, wanted.contains(id));
            }
        }
        self.choices = choices;
        self
    }

    /// The same plan with the choices that were made in the one before; not where an import was accepted in between,
    /// because those choices were carried out. A tick answers what was beside it: where something else is doubtful about
    /// the account now, it is asked for again.
    #[must_use]
    pub fn following(mut self, before: &Self) -> Self {
        if before.tenant == self.tenant && before.imports_accepted == self.imports_accepted {
            let shown: HashMap<_, _> = before.entries.iter().map(|entry| (&entry.employee_id, &entry.doubt)).collect();
            self.choices = before.choices.clone();
            for entry in self.entries.iter().filter(|entry| entry.doubt.is_some()) {
                if shown.get(&entry.employee_id) != Some(&&entry.doubt) {
                    self.choices.ticked.remove(&entry.employee_id);
                }
            }
        }
        self
    }

    /// Those who can be imported and were not read for the plan before.
    pub fn newcomers_since(&self, before: &Self) -> HashSet<&EmployeeId> {
        let known: HashSet<&EmployeeId> = before.entries.iter().map(|entry| &entry.employee_id).collect();
        self.importable().map(|entry| &entry.employee_id).filter(|id| !known.contains(id)).collect()
    }
}
