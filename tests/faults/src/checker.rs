//! The checker: it compares what GO1 holds at the end of a run with what the table says and with what was promised.

use std::collections::{BTreeMap, BTreeSet};

use domain::import::{FailureReason, ImportPerson, ImportStatus, Outcome, PersonTask, Progress};
use domain::member::Member;
use jiff::SignedDuration;
use serde::Serialize;
use stand_ins::go1::{UserAccount, endpoint};
use state::{ActiveImports as _, ImportReader as _, MemberReader as _};

use crate::fault::Fault;
use crate::import_run::ImportRun;
use crate::injection_points::InjectionPoint;
use crate::scenario::Scenario;
use crate::simulator::ready;
use crate::system::System;
use crate::trace::TraceEntry;

/// How many times each promise was broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Violations {
    /// Somebody did not get what was promised, and nothing says why.
    pub lost: usize,
    /// Something was created twice, or without anybody asking for it.
    pub created_twice: usize,
    /// More places are used than there are, or their number does not match the members.
    pub over_cap: usize,
    /// An import does not end, or ends long after the last fault.
    pub hanging: usize,
    /// A step was taken after its process had crashed, so the simulation itself is wrong.
    pub effects_after_crash: usize,
}

impl Violations {
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    pub fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.created_twice += other.created_twice;
        self.over_cap += other.over_cap;
        self.hanging += other.hanging;
        self.effects_after_crash += other.effects_after_crash;
    }
}

/// What the checker found in one run.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub violations: Violations,
    /// One sentence for each violation. People stand in it by their ids.
    pub descriptions: Vec<String>,
}

impl Findings {
    pub(crate) fn lost(&mut self, what: &str) {
        self.violations.lost += 1;
        self.descriptions.push(format!("lost: {what}"));
    }

    fn created_twice(&mut self, what: &str) {
        self.violations.created_twice += 1;
        self.descriptions.push(format!("created_twice: {what}"));
    }

    fn over_cap(&mut self, what: &str) {
        self.violations.over_cap += 1;
        self.descriptions.push(format!("over_cap: {what}"));
    }

    fn hanging(&mut self, what: &str) {
        self.violations.hanging += 1;
        self.descriptions.push(format!("hanging: {what}"));
    }
}

/// Checks the system after all imports of a run. `before` are the accounts that GO1 had at the start.
pub(crate) fn check(system: &System, before: &[UserAccount], imports: &[ImportRun]) -> Findings {
    let mut findings = Findings::default();
    findings.violations.effects_after_crash = system.simulator.effects_after_crash();
    for run in imports {
        for violation in &run.violations {
            match violation.split_once(": ") {
                Some(("over_cap", what)) => findings.over_cap(what),
                Some((_, what)) => findings.lost(what),
                None => {}
            }
        }
    }
    check_go1(system, before, imports, &mut findings);
    check_places(system, &mut findings);
    check_end(system, imports, &mut findings);
    if let Some(last) = imports.last() {
        check_import(system, before, last, &mut findings);
    }
    findings
}

fn check_go1(system: &System, before: &[UserAccount], imports: &[ImportRun], findings: &mut Findings) {
    let go1 = system.simulator.world.go1();
    let ticked: BTreeSet<String> =
        imports.iter().flat_map(|run| run.ticked.iter().map(|employee| format!("{employee}@example.com"))).collect();
    let mut accounts_of: BTreeMap<String, usize> = BTreeMap::new();
    for account in go1.user_accounts(system.portal.as_str()) {
        let email = account.email.to_lowercase();
        *accounts_of.entry(email.clone()).or_default() += 1;
        let was_there = before.iter().any(|before| before.id == account.id);
        if !was_there && !ticked.contains(&email) {
            findings.created_twice("an account of somebody who was not ticked");
        }
    }
    for (email, count) in accounts_of.iter().filter(|(_, count)| **count > 1) {
        findings.created_twice(&format!("{count} accounts of {}", email.split('@').next().unwrap_or_default()));
    }
    let mut mails_to: BTreeMap<String, usize> = BTreeMap::new();
    for mail in go1.welcome_mails() {
        *mails_to.entry(mail).or_default() += 1;
    }
    if mails_to.values().any(|count| *count > 1) {
        findings.created_twice("two welcome mails to one person");
    }
    if go1.re_enrollments() > 0 {
        findings.created_twice("somebody was enrolled anew");
    }
}

fn check_places(system: &System, findings: &mut Findings) {
    let portal = system.stored_portal();
    let members = ready(system.state.members(&system.portal)).expect("memory answers").len();
    if portal.active_import.is_none() && portal.places_used as usize != members {
        findings.over_cap(&format!("{} places are used by {members} members", portal.places_used));
    }
}

fn check_end(system: &System, imports: &[ImportRun], findings: &mut Findings) {
    if imports.iter().any(|run| !run.is_over) {
        findings.hanging("an import does not end");
    }
    if system.stored_portal().active_import.is_some() {
        findings.hanging("the portal still has an active import");
    }
    if !ready(system.state.active_imports()).expect("memory answers").is_empty() {
        findings.hanging("an import is in the list of active imports");
    }
    let has_unreadable_message = system.scenario.has_unreadable_message;
    let mut unreadable_is_missing = has_unreadable_message;
    for letter in system.queue.dead_letters() {
        // The unreadable message may arrive twice, as every message may.
        if letter.reason.is_some() && letter.body.contains("99") && has_unreadable_message {
            unreadable_is_missing = false;
        } else {
            findings.lost(&format!("a dead letter: {:?}", letter.reason));
        }
    }
    if unreadable_is_missing && !imports.iter().all(|run| run.ticked.is_empty()) {
        findings.lost("the unreadable message is not among the dead letters");
    }
}

/// Whether all faults were transient, so that everybody must have been imported.
pub(crate) fn imports_everybody(system: &System) -> bool {
    let trace = system.simulator.trace();
    system.scenario.imports_everybody() && trace.iter().all(|entry| entry.fault.is_none_or(Fault::is_transient))
}

fn check_import(system: &System, before: &[UserAccount], run: &ImportRun, findings: &mut Findings) {
    let found = ready(system.state.find_import(&system.portal, &run.import)).expect("memory answers");
    let Some(import) = found else {
        if run.was_accepted {
            findings.lost("an import that was accepted is not stored");
        }
        return;
    };
    let rows = ready(system.state.import_people(&system.portal, &run.import)).expect("memory answers");
    let members = ready(system.state.members(&system.portal)).expect("memory answers");
    for employee in &run.ticked {
        match rows.iter().find(|row| row.employee_id == *employee) {
            None => findings.lost(&format!("{employee} has no row")),
            Some(row) => {
                let member = members.iter().find(|member| member.employee_id == *employee);
                check_person(system, before, row, member, findings);
            }
        }
    }
    let sums = Progress::of(&rows);
    if import.status.has_ended() && import.sums != Some(sums) {
        findings.lost(&format!("the sums {:?} are not those of the people {sums:?}", import.sums));
    }
    let all_done = import.status == ImportStatus::Done;
    if imports_everybody(system) && import.status.has_ended() && !all_done {
        findings.lost(&format!("all faults have passed, and not everybody is done: {:?}", import.status));
    }
    let trace = system.simulator.trace();
    let passes = |fault: Fault| fault.is_panic() || fault.is_transient();
    if system.scenario.is_transient()
        && trace.iter().all(|entry| entry.fault.is_none_or(passes))
        && let Some(ended_at) = import.ended_at
    {
        let last_fault = trace.iter().filter(|entry| entry.fault.is_some()).map(|entry| entry.at).max();
        let limit = last_fault.unwrap_or(run.pressed_at).max(run.pressed_at) + recovery_time(&system.scenario, &trace);
        if ended_at > limit {
            findings.hanging(&format!("it ended at {ended_at}, long after the last fault at {last_fault:?}"));
        }
    }
}

/// How long after the last fault an import may still take.
fn recovery_time(scenario: &Scenario, trace: &[TraceEntry]) -> SignedDuration {
    // After one or two faults the queue delivers the message again by itself, before the sweeper would send it anew.
    let minutes = SignedDuration::from_mins(if scenario.is_enumerated() { 14 } else { 120 });
    let renews_tokens = trace.iter().any(|entry| entry.point == InjectionPoint::Go1Write(endpoint::TOKEN));
    let may_need_login = !scenario.is_enumerated() || renews_tokens;
    minutes + SignedDuration::from_mins(if may_need_login { 2 * scenario.login_after_minutes } else { 0 })
}

fn check_person(
    system: &System,
    before: &[UserAccount],
    row: &ImportPerson,
    member: Option<&Member>,
    findings: &mut Findings,
) {
    let go1 = system.simulator.world.go1();
    let who = &row.employee_id;
    let accounts = go1.user_accounts(system.portal.as_str());
    let by_email: Vec<&UserAccount> =
        accounts.iter().filter(|account| account.email.eq_ignore_ascii_case(row.email.as_str())).collect();
    if row.outcome.holds_place() != member.is_some() && row.outcome != Outcome::Waiting {
        findings.over_cap(&format!("{who} is {:?}, and a member: {}", row.outcome, member.is_some()));
    }
    match &row.outcome {
        Outcome::Waiting => findings.hanging(&format!("{who} waits")),
        Outcome::Done { account, created, .. } => {
            if !by_email.iter().any(|known| known.id == account.as_str()) {
                findings.lost(&format!("{who} is done with an account that GO1 does not have"));
            }
            let mut courses: Vec<String> = go1
                .enrollments(system.portal.as_str())
                .into_iter()
                .filter(|each| each.user_account_id == account.as_str())
                .map(|each| each.lo_id)
                .collect();
            courses.sort();
            if courses != system.courses() {
                findings.lost(&format!("{who} is done with the courses {courses:?}"));
            }
            if member.is_some_and(|member| member.unfinished || member.account.as_ref() != Some(account)) {
                findings.lost(&format!("{who} is done, and the member is not"));
            }
            if row.task == PersonTask::Link && *created {
                findings.created_twice(&format!("an account was created for {who}, who had one"));
            }
        }
        Outcome::Undone { .. } => findings.lost(&format!("{who} was undone, which nobody asked for")),
        Outcome::Failed { account: Some(account), .. } => {
            if !by_email.iter().any(|known| known.id == account.as_str()) {
                findings.lost(&format!("{who} failed with an account that GO1 does not have"));
            }
        }
        Outcome::Failed { reason: FailureReason::Unresolved, .. } => {
            if member.is_some_and(|member| member.account.is_some()) {
                findings.lost(&format!("{who} is unresolved, and the member has an account"));
            }
        }
        Outcome::Failed { reason, .. } => {
            let was_created = by_email.iter().any(|known| before.iter().all(|before| before.id != known.id));
            if was_created {
                findings.lost(&format!("{who} failed as {reason:?} without an account, and GO1 has created one"));
            }
        }
    }
}
