//! One import as it went: what the owner asked for, what was promised, and how its people were seen to end.

use std::collections::BTreeMap;

use domain::ids::{EmployeeId, ImportId};
use domain::import::{Import, ImportPerson, Outcome};
use domain::plan::Plan;
use jiff::Timestamp;
use state::ImportReader as _;

use crate::simulator::ready;
use crate::system::System;

pub(crate) struct ImportRun {
    pub(crate) plan: Plan,
    pub(crate) ticked: Vec<EmployeeId>,
    pub(crate) import: ImportId,
    /// Whether a page told the owner that the import is accepted.
    pub(crate) was_accepted: bool,
    /// When the owner pressed the button for the first time.
    pub(crate) pressed_at: Timestamp,
    /// What broke a promise while the import ran. Each text begins with the name of the promise.
    pub(crate) violations: Vec<String>,
    /// Whether it has ended with nothing left to do.
    pub(crate) is_over: bool,
    /// The outcomes of the people who have ended.
    ended: BTreeMap<EmployeeId, Outcome>,
}

impl ImportRun {
    /// The import that the owner would start now, with everybody ticked whom the page ticks.
    pub(crate) fn prepare(system: &System) -> Self {
        let plan = system.plan();
        let ticked: Vec<EmployeeId> =
            plan.importable().filter(|entry| entry.ticked).map(|entry| entry.employee_id.clone()).collect();
        Self {
            import: system.import_of(&plan),
            plan,
            was_accepted: false,
            pressed_at: system.simulator.clock.read(),
            violations: Vec::new(),
            is_over: ticked.is_empty(),
            ticked,
            ended: BTreeMap::new(),
        }
    }

    /// Reads what is stored of the import, and checks that nobody who had ended ends differently.
    pub(crate) fn observe(&mut self, system: &System) -> Option<Import> {
        let import = ready(system.state.find_import(&system.portal, &self.import)).ok().flatten()?;
        for ImportPerson { employee_id, outcome, .. } in
            ready(system.state.import_people(&system.portal, &self.import)).unwrap_or_default()
        {
            if let Some(before) = self.ended.get(&employee_id)
                && *before != outcome
            {
                self.violations.push(format!("lost: {employee_id} was {before:?} and is {outcome:?}"));
            }
            if outcome != Outcome::Waiting {
                self.ended.insert(employee_id, outcome);
            }
        }
        Some(import)
    }
}
