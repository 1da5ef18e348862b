//! The imports of a run as they went: what must hold whenever no invocation runs.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{EmployeeId, ImportId};
use domain::import::{Import, ImportPerson, ImportStatus, Outcome};
use jiff::SignedDuration;
use state::{ImportReader as _, MemberReader as _};

use crate::customer::Customer;
use crate::findings::{Broken, Findings};
use crate::grant_checks::GrantChecks;
use crate::ready::ready;
use crate::system::System;

/// How long an import that waits for nothing may see no worker. The sweeper sends its batches again after a quarter of an
/// hour.
const LONGEST_SILENCE: SignedDuration = SignedDuration::from_mins(45);

/// How long an accepted import may not be started. The sweeper goes on with it after two minutes.
const LONGEST_ACCEPTING: SignedDuration = SignedDuration::from_mins(30);

#[derive(Default)]
pub(crate) struct ImportRuns {
    /// The outcomes of the people who have ended.
    ended_people: BTreeMap<(ImportId, EmployeeId), Outcome>,
    /// Imports whose end was seen.
    ended: BTreeSet<ImportId>,
    pub(crate) grants: GrantChecks,
    pub(crate) findings: Findings,
    /// Whether the run has ended with nothing left to do.
    pub(crate) is_over: bool,
}

impl ImportRuns {
    /// Reads what is stored, as the pages do, and checks what must hold at every quiet moment.
    pub(crate) fn observe(&mut self, system: &System) {
        for customer in &system.customers {
            let imports = ready(system.state.imports_of(&customer.portal)).expect("memory answers");
            self.check_places(system, customer, &imports);
            self.grants.check_grant(system, customer, &mut self.findings);
            for import in &imports {
                if !self.ended.contains(&import.id) {
                    self.observe_import(system, customer, import);
                }
            }
        }
    }

    /// Looks at the imports once more that had ended before: nobody in them may end differently.
    pub(crate) fn observe_again(&mut self, system: &System) {
        self.ended.clear();
        self.observe(system);
    }

    fn observe_import(&mut self, system: &System, customer: &Customer, import: &Import) {
        let rows = ready(system.state.import_people(&customer.portal, &import.id)).expect("memory answers");
        for ImportPerson { employee_id, outcome, .. } in rows {
            let key = (import.id.clone(), employee_id);
            if let Some(before) = self.ended_people.get(&key)
                && *before != outcome
            {
                self.findings.add(Broken::Lost, &format!("{} was {before:?} and is {outcome:?}", key.1));
            }
            if outcome != Outcome::Waiting {
                self.ended_people.insert(key, outcome);
            }
        }
        if import.status.has_ended() {
            self.ended.insert(import.id.clone());
        } else if import.status == ImportStatus::Running {
            self.check_silence(system, import);
            self.grants.check_login(system, customer, import, &mut self.findings);
        } else if system.simulator.clock.read().duration_since(import.accepted_at) > LONGEST_ACCEPTING
            && !system.scenario.cannot_store_people()
        {
            let number = number(system, import);
            self.findings.add(Broken::Hanging, &format!("import {number} was accepted and is never started"));
        }
    }

    /// Whether the places that are used are those of the members, and those that the running import still reserves.
    fn check_places(&mut self, system: &System, customer: &Customer, imports: &[Import]) {
        let portal = system.stored_portal(customer);
        if portal.erased_at.is_some() {
            return;
        }
        if portal.places_used > domain::portal::PLACES {
            self.findings.add(Broken::OverCap, &format!("{} places are used", portal.places_used));
        }
        let members = ready(system.state.members(&customer.portal)).expect("memory answers");
        let active = portal.active_import.as_ref();
        let active = active.and_then(|active| imports.iter().find(|import| import.id == *active));
        let reserved = active.map_or(0, |import| {
            if import.status == ImportStatus::Accepting {
                import.places as usize
            } else {
                let rows = ready(system.state.import_people(&customer.portal, &import.id)).expect("memory answers");
                // Whoever is no member has a place reserved, which is given back when the import ends.
                let is_no_member = |row: &&ImportPerson| {
                    members.binary_search_by(|member| member.employee_id.cmp(&row.employee_id)).is_err()
                };
                rows.iter().filter(is_no_member).count()
            }
        });
        let used = portal.places_used as usize;
        if used != members.len() + reserved {
            let what =
                format!("{used} places are used by {} members and {reserved} who are on their way", members.len());
            // It is told once for a portal: it stays wrong.
            if !self.findings.descriptions.iter().any(|known| known.contains("places are used by")) {
                self.findings.add(Broken::OverCap, &what);
            }
        }
    }

    /// Whether an import that waits for nothing is worked on.
    fn check_silence(&mut self, system: &System, import: &Import) {
        let now = system.simulator.clock.read();
        let worked = system.simulator.history().last_work(&import.id);
        let since = [worked, import.wait.map(|wait| wait.until), Some(import.accepted_at)];
        let since = since.into_iter().flatten().max().unwrap_or(now);
        if now.duration_since(since) > LONGEST_SILENCE {
            self.findings
                .add(Broken::Hanging, &format!("import {} waits for nothing and stands still", number(system, import)));
        }
    }
}

/// The position of an import among those that were accepted, which is the same in every run of a case.
pub(crate) fn number(system: &System, import: &Import) -> usize {
    system.simulator.history().number_of(&import.id)
}
