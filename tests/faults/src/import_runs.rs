//! The imports of a run as they went: what must hold whenever no invocation runs.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{EmployeeId, ImportId};
use domain::import::{Import, ImportPerson, ImportStatus, Outcome, WaitReason};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use stand_ins::go1::endpoint;
use state::{GrantOwner, ImportReader as _, MemberReader as _};

use crate::customer::Customer;
use crate::findings::{Broken, Findings};
use crate::history::Who;
use crate::injection_points::InjectionPoint;
use crate::simulator::ready;
use crate::system::System;

/// How long an import that waits for nothing may see no worker. The sweeper sends its batches again after a quarter of an
/// hour.
const LONGEST_SILENCE: SignedDuration = SignedDuration::from_mins(45);

/// How long after the last fault at GO1's token endpoint a login may still be asked for that nobody needs: a refusal
/// counts for ten minutes, and then the message comes back.
const LONGEST_NEEDLESS_LOGIN: SignedDuration = SignedDuration::from_mins(25);

#[derive(Default)]
pub(crate) struct ImportRuns {
    /// The outcomes of the people who have ended.
    ended_people: BTreeMap<(ImportId, EmployeeId), Outcome>,
    /// Imports whose end was seen.
    ended: BTreeSet<ImportId>,
    /// Since when a login is asked for although GO1 would still exchange the refresh token.
    needless_login: BTreeMap<ImportId, Timestamp>,
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
            self.check_login(system, customer, import);
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
        let reserved = active.map_or(0, |import| match import.status {
            ImportStatus::Accepting => import.places as usize,
            _ => {
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
        let history = system.simulator.history();
        let its = |who: &Who| matches!(who, Who::Worker { imports } if imports.contains(&import.id));
        let worked = history.invocations.values().rev().find(|record| its(&record.who)).map(|record| record.at);
        let since = [worked, import.wait.map(|wait| wait.until), Some(import.accepted_at)];
        let since = since.into_iter().flatten().max().unwrap_or(now);
        if now.duration_since(since) > LONGEST_SILENCE {
            self.findings
                .add(Broken::Hanging, &format!("import {} waits for nothing and stands still", number(system, import)));
        }
    }

    /// Whether a login is asked for only where GO1 takes no token that is stored.
    fn check_login(&mut self, system: &System, customer: &Customer, import: &Import) {
        let waits = import.wait.is_some_and(|wait| matches!(wait.why, WaitReason::Login { .. }));
        let vault = system.wiring_without_faults().go1_access().vault;
        let owner = GrantOwner::Portal(customer.portal.clone());
        let stored = if waits { ready(vault.refresh_token(&owner)).ok().flatten() } else { None };
        let is_alive =
            stored.is_some_and(|token| system.simulator.world.go1().takes_refresh_token(token.expose_secret()));
        if !is_alive {
            self.needless_login.remove(&import.id);
            return;
        }
        let now = system.simulator.clock.read();
        let since = *self.needless_login.entry(import.id.clone()).or_insert(now);
        let trace = system.simulator.trace();
        let is_token_fault = |entry: &&crate::trace::TraceEntry| {
            entry.fault.is_some() && entry.point == InjectionPoint::Go1Write(endpoint::TOKEN)
        };
        let last_fault = trace.iter().rev().find(is_token_fault).map_or(since, |entry| entry.at);
        if now.duration_since(since.max(last_fault)) > LONGEST_NEEDLESS_LOGIN {
            self.findings.add(
                Broken::Untraced,
                &format!("import {} waits for a login, and GO1 would renew the token", number(system, import)),
            );
        }
    }
}

/// The position of an import among those that were accepted, which is the same in every run of a case.
pub(crate) fn number(system: &System, import: &Import) -> usize {
    let history = system.simulator.history();
    history.accepted.iter().position(|accepted| accepted.import.id == import.id).map_or(0, |position| position + 1)
}
