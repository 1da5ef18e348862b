//! The checker: it compares what GO1 holds at the end of a run with what the table says and with what was promised.

use std::collections::BTreeMap;

use domain::import::{FailureReason, Import, ImportPerson, ImportStatus, Outcome, PersonTask, Progress};
use domain::member::Member;
use jiff::{SignedDuration, Timestamp};
use stand_ins::go1::{UserAccount, endpoint};
use state::{ActiveImports as _, ImportReader as _, MemberReader as _};

use crate::customer::Customer;
use crate::fault::Fault;
use crate::findings::{Broken, Findings};
use crate::history::{Accepted, Asked, Call, Who};
use crate::import_runs::{ImportRuns, number};
use crate::injection_points::InjectionPoint;
use crate::member_checks::{check_erased, check_members};
use crate::ready::ready;
use crate::scenario::Scenario;
use crate::system::System;
use crate::timing_checks::{check_beginning, check_time};
use crate::trace::TraceEntry;
use crate::traced::check_history;

/// Checks the system after a run.
pub(crate) fn check(system: &System, runs: &ImportRuns) -> Findings {
    let mut findings = runs.findings.clone();
    findings.violations.effects_after_crash = system.simulator.effects_after_crash();
    let accepted = system.simulator.history().accepted.clone();
    check_end(system, runs, &accepted, &mut findings);
    check_mails(system, &mut findings);
    check_first(system, &mut findings);
    for customer in &system.customers {
        check_accounts(system, customer, &mut findings);
        check_members(system, customer, &mut findings);
        check_erased(system, customer, &mut findings);
        if system.stored_portal(customer).erased_at.is_none() {
            for (position, each) in accepted.iter().enumerate().filter(|(_, each)| each.portal == customer.portal) {
                let later = &accepted[position + 1..];
                Check { system, customer, accepted: each, later }.run(&mut findings);
            }
        }
    }
    check_history(system, &mut findings);
    findings
}

fn check_accounts(system: &System, customer: &Customer, findings: &mut Findings) {
    let mut accounts_of: BTreeMap<String, usize> = BTreeMap::new();
    for account in system.simulator.world.go1().user_accounts(customer.portal.as_str()) {
        *accounts_of.entry(account.email.to_lowercase()).or_default() += 1;
    }
    for (email, count) in accounts_of.iter().filter(|(_, count)| **count > 1) {
        let who = email.split('@').next().unwrap_or_default();
        findings.add(Broken::CreatedTwice, &format!("{count} accounts of {who}"));
    }
}

fn check_mails(system: &System, findings: &mut Findings) {
    let go1 = system.simulator.world.go1();
    let mut mails_to: BTreeMap<String, usize> = BTreeMap::new();
    for mail in go1.welcome_mails() {
        *mails_to.entry(mail).or_default() += 1;
    }
    if mails_to.values().any(|count| *count > 1) {
        findings.add(Broken::CreatedTwice, "two welcome mails to one person");
    }
    if go1.re_enrollments() > 0 {
        findings.add(Broken::CreatedTwice, "somebody was enrolled anew");
    }
}

/// Whether nobody else was created where GO1 assigns no course in a portal. A fault may put two workers at one import.
fn check_first(system: &System, findings: &mut Findings) {
    let is_undisturbed = system.simulator.trace().iter().all(|entry| entry.fault.is_none());
    if !system.scenario.refuses_all_courses() || !is_undisturbed {
        return;
    }
    let history = system.simulator.history();
    for accepted in &history.accepted {
        // A delivery may hold the last message of an import that has ended beside the first of the next: what is asked in it
        // is the newer one's, because a portal has one import at a time.
        let next = history.accepted.iter().filter(|other| other.portal == accepted.portal && other.seq > accepted.seq);
        let replaced = next.map(|other| other.seq).min().unwrap_or(usize::MAX);
        let of_import =
            |record: &Who| matches!(record, Who::Worker { imports } if imports.contains(&accepted.import.id));
        let created = history.asked.iter().filter(|asked| {
            matches!(asked.call, Call::CreateAccount { .. })
                && asked.is_effective()
                && asked.seq < replaced
                && history.invocations.get(&asked.invocation).is_some_and(|record| of_import(&record.who))
        });
        // Where others of the portal hold a course, the first one's refusal may be their own trouble. If that one was of another
        // batch, and has ended by it, whoever waits with their batch is the first of the next attempt.
        let others_end = usize::from(accepted.import.batches() > 1);
        let most = if system.scenario.others_hold_courses() { 2 + others_end } else { 1 };
        let count = created.count();
        if count > most {
            let what = format!("{count} people were created, and GO1 assigned no course to the first");
            findings.add(Broken::Untraced, &what);
        }
    }
}

fn check_end(system: &System, runs: &ImportRuns, accepted: &[Accepted], findings: &mut Findings) {
    if !runs.is_over {
        findings.add(Broken::Hanging, "the run does not end");
    }
    for customer in &system.customers {
        if system.stored_portal(customer).active_import.is_some() {
            findings.add(Broken::Hanging, "a portal still has an active import");
        }
    }
    if !ready(system.state.active_imports()).expect("memory answers").is_empty() {
        findings.add(Broken::Hanging, "an import is in the list of active imports");
    }
    let has_unreadable_message = system.scenario.has_unreadable_message;
    let mut unreadable_is_missing = has_unreadable_message;
    for letter in system.queue.dead_letters() {
        // The unreadable message may arrive twice, as every message may.
        if letter.reason.is_some() && letter.body.contains("99") && has_unreadable_message {
            unreadable_is_missing = false;
        } else {
            findings.add(Broken::Lost, &format!("a dead letter: {:?}", letter.reason));
        }
    }
    if unreadable_is_missing && !accepted.is_empty() {
        findings.add(Broken::Lost, "the unreadable message is not among the dead letters");
    }
}

/// Whether all faults were transient, so that everybody must have been imported.
fn imports_everybody(scenario: &Scenario, trace: &[TraceEntry]) -> bool {
    let is_clock_off = |fault: Fault| matches!(fault, Fault::ClockOff(_));
    scenario.imports_everybody()
        && trace.iter().all(|entry| entry.fault.is_none_or(|fault| fault.is_transient() && !is_clock_off(fault)))
}

/// How long after the last fault an import may still take.
fn recovery_time(scenario: &Scenario, trace: &[TraceEntry]) -> SignedDuration {
    // After one or two faults the queue delivers the message again by itself, before the sweeper would send it anew.
    let minutes = SignedDuration::from_mins(match scenario.is_enumerated() {
        true if scenario.empties_the_queue() => 20,
        true => 14,
        false => 120,
    });
    let renews_tokens = trace.iter().any(|entry| entry.point == InjectionPoint::Go1Write(endpoint::TOKEN));
    let may_need_login = !scenario.is_enumerated() || renews_tokens;
    let logins = scenario.customers.iter().filter_map(|customer| customer.login_after).max().unwrap_or_default();
    minutes + SignedDuration::from_mins(if may_need_login { 2 * logins } else { 0 })
}

/// The check of one import or undo, and what was accepted after it.
struct Check<'run> {
    system: &'run System,
    customer: &'run Customer,
    accepted: &'run Accepted,
    later: &'run [Accepted],
}

impl Check<'_> {
    fn run(&self, findings: &mut Findings) {
        let Self { system, customer, accepted, .. } = self;
        let id = &accepted.import.id;
        let found = ready(system.state.find_import(&customer.portal, id)).expect("memory answers");
        let Some(import) = found else {
            findings.add(Broken::Lost, "an import that was accepted is not stored");
            return;
        };
        let rows = ready(system.state.import_people(&customer.portal, id)).expect("memory answers");
        let members = ready(system.state.members(&customer.portal)).expect("memory answers");
        for employee in accepted.people.keys() {
            match rows.iter().find(|row| row.employee_id == *employee) {
                None if system.scenario.cannot_store_people() => {}
                None => findings.add(Broken::Lost, &format!("{employee} has no row")),
                Some(row) => {
                    let member = members.iter().find(|member| member.employee_id == *employee);
                    self.check_person(row, member, findings);
                }
            }
        }
        check_beginning(system, accepted, &import, findings);
        self.check_ending(&import, &rows, findings);
        check_time(system, &import, findings);
    }

    fn check_ending(&self, import: &Import, rows: &[ImportPerson], findings: &mut Findings) {
        let scenario = &self.system.scenario;
        let sums = Progress::of(rows);
        // Whoever has no row is told as failed.
        let all_have_rows = rows.len() == self.accepted.people.len();
        if import.status.has_ended() && import.sums != Some(sums) && all_have_rows {
            let what = format!("the sums {:?} are not those of the people {sums:?}", import.sums);
            findings.add(Broken::Lost, &what);
        }
        if import.status.has_ended() && import.refused != import.refused_to(rows) {
            let what = format!("the courses {:?} that are missing are not those of the people", import.refused);
            findings.add(Broken::Lost, &what);
        }
        let trace = self.system.simulator.trace();
        if imports_everybody(scenario, &trace) && import.status.has_ended() && import.status != ImportStatus::Done {
            let what = format!("all faults have passed, and not everybody is done: {:?}", import.status);
            findings.add(Broken::Lost, &what);
        }
        let passes = |fault: Fault| match fault {
            Fault::Person(..) => true,
            fault => fault.is_panic() || fault.is_transient(),
        };
        let pass = trace.iter().all(|entry| entry.fault.is_none_or(passes));
        if let Some(ended_at) = import.ended_at.filter(|_| scenario.is_transient() && !scenario.clocks_differ && pass) {
            let limit = self.last_disturbance(&trace) + recovery_time(scenario, &trace);
            if ended_at > limit {
                let number = number(self.system, import);
                findings
                    .add(Broken::Hanging, &format!("import {number} ended at {ended_at}, long after the last fault"));
            }
        }
    }

    /// When the last thing happened that may have put this import off: a fault, or its own confirmation.
    fn last_disturbance(&self, trace: &[TraceEntry]) -> Timestamp {
        let last_fault = trace.iter().filter(|entry| entry.fault.is_some()).map(|entry| entry.at).max();
        let accepted_at = self.accepted.import.accepted_at;
        last_fault.unwrap_or(accepted_at).max(accepted_at)
    }

    /// Whether a later import or undo is about the same person, so that what is there now need not be this one's.
    fn is_overtaken(&self, row: &ImportPerson) -> bool {
        let mut later = self.later.iter().filter(|later| later.portal == self.customer.portal);
        later.any(|later| later.people.contains_key(&row.employee_id))
    }

    fn check_person(&self, row: &ImportPerson, member: Option<&Member>, findings: &mut Findings) {
        let who = &row.employee_id;
        let is_last = !self.is_overtaken(row);
        let accounts = self.system.simulator.world.go1().user_accounts(self.customer.portal.as_str());
        let by_email: Vec<&UserAccount> =
            accounts.iter().filter(|account| account.email.eq_ignore_ascii_case(row.email.as_str())).collect();
        let is_known = |id: &str| by_email.iter().any(|known| known.id == id);
        if is_last && row.outcome.holds_place() != member.is_some() && row.outcome != Outcome::Waiting {
            findings.add(Broken::OverCap, &format!("{who} is {:?}, and a member: {}", row.outcome, member.is_some()));
        }
        self.check_told(row, findings);
        match &row.outcome {
            Outcome::Waiting => findings.add(Broken::Hanging, &format!("{who} waits")),
            Outcome::Done { account, created, refused, .. } => {
                if !is_known(account.as_str()) {
                    findings.add(Broken::Lost, &format!("{who} is done with an account that GO1 does not have"));
                }
                let courses = self.courses_of(account.as_str(), is_last);
                let is_refused = |course: &&&str| refused.iter().any(|refused| refused.as_str() == **course);
                let expected = self.system.courses().iter().filter(|course| !is_refused(course));
                // GO1 may have assigned later, or to another attempt, what it refused once.
                let is_complete = expected.clone().all(|course| courses.iter().any(|known| known == course));
                if !is_complete || refused.is_empty() && courses != self.system.courses() {
                    findings.add(Broken::Lost, &format!("{who} is done with the courses {courses:?}"));
                }
                let is_wrong = |member: &Member| {
                    member.unfinished == refused.is_empty() || member.account.as_ref() != Some(account)
                };
                if is_last && member.is_some_and(is_wrong) {
                    findings.add(Broken::Lost, &format!("{who} is done, and the member is not"));
                }
                if matches!(row.task, PersonTask::Link { .. }) && *created {
                    findings.add(Broken::CreatedTwice, &format!("an account was created for {who}, who had one"));
                }
                if is_last && by_email.iter().any(|known| known.id == account.as_str() && !known.active) {
                    findings.add(Broken::Lost, &format!("{who} is done, and the account is not active"));
                }
            }
            Outcome::Undone { account, deactivated, .. } => {
                if is_last {
                    self.check_undone(row, account.as_str(), *deactivated, findings);
                }
            }
            Outcome::Failed { account: Some(account), .. } => {
                if !is_known(account.as_str()) {
                    findings.add(Broken::Lost, &format!("{who} failed with an account that GO1 does not have"));
                }
            }
            Outcome::Failed { reason: FailureReason::Unresolved, .. } => {
                // A worker that stood still may store the account after they were given up. The next look goes on there.
                if is_last && member.is_some_and(|member| member.account.is_some() && !member.unfinished) {
                    findings.add(Broken::Lost, &format!("{who} is unresolved, and the member has an account"));
                }
            }
            Outcome::Failed { reason, .. } => {
                let before = &self.customer.accounts_before;
                let is_new = |known: &&UserAccount| before.iter().all(|before| before.id != known.id);
                if is_last && by_email.iter().any(is_new) {
                    let what = format!("{who} failed as {reason:?} without an account, and GO1 has created one");
                    findings.add(Broken::Lost, &what);
                }
            }
        }
    }

    /// Whether what a row says of an account and its courses is so at GO1.
    fn check_told(&self, row: &ImportPerson, findings: &mut Findings) {
        let who = &row.employee_id;
        let (account, created, enrollments, assigned) = match &row.outcome {
            Outcome::Done { account, created, enrollments, assigned, .. }
            | Outcome::Failed { account: Some(account), created, enrollments, assigned, .. } => {
                (account, *created, *enrollments, assigned)
            }
            Outcome::Waiting | Outcome::Undone { .. } | Outcome::Failed { account: None, .. } => return,
        };
        if created && self.customer.accounts_before.iter().any(|before| before.id == account.as_str()) {
            findings.add(Broken::CreatedTwice, &format!("{who} is told as made, and was there before"));
        }
        let go1 = self.system.simulator.world.go1();
        let is_theirs = |id: &domain::ids::EnrollmentId| {
            go1.any_enrollment(id.as_str()).is_some_and(|one| one.user_account_id == account.as_str())
        };
        if !assigned.iter().all(is_theirs) || assigned.len() > enrollments {
            findings.add(Broken::Lost, &format!("{who} is told as assigned {assigned:?}, which GO1 does not have"));
        }
        let refused = row.outcome.refused();
        if enrollments + refused.len() > self.system.courses().len() {
            findings.add(Broken::Lost, &format!("{who} has {enrollments} courses, without {refused:?}"));
        }
        // GO1 refuses courses also to an account that an undo has deactivated meanwhile.
        let deactivates = |asked: &Asked| matches!(asked.call, Call::SetActive { active: false, .. });
        let may_refuse = self.system.scenario.course_refusal.is_some()
            || self.system.scenario.permanent_error.is_some()
            || self.system.simulator.history().asked.iter().any(deactivates);
        if !refused.is_empty() && !may_refuse {
            findings.add(Broken::Lost, &format!("{who} lacks {refused:?}, which GO1 did not refuse"));
        }
    }

    /// The courses that an account has now, or also those that it was ever given, sorted.
    fn courses_of(&self, account: &str, now: bool) -> Vec<String> {
        let enrollments = self.system.simulator.world.go1().enrollments(self.customer.portal.as_str());
        let theirs = enrollments.into_iter().filter(|each| each.user_account_id == account);
        let mut courses: Vec<String> = theirs.map(|each| each.lo_id).collect();
        if !now {
            let history = self.system.simulator.history();
            let given = history.asked.iter().filter(|asked| asked.is_effective());
            courses.extend(given.filter_map(|asked| match &asked.call {
                Call::Enroll { account: of, course } if of == account => Some(course.clone()),
                _ => None,
            }));
        }
        courses.sort();
        courses.dedup();
        courses
    }

    /// Whether everything is taken back that the undone import assigned and the learner has not begun.
    fn check_undone(&self, row: &ImportPerson, account: &str, deactivated: bool, findings: &mut Findings) {
        let who = &row.employee_id;
        let go1 = self.system.simulator.world.go1();
        let history = self.system.simulator.history();
        let undone = self.accepted.import.undoes.as_ref();
        let by_undone = |invocation: &usize| {
            let record = history.invocations.get(invocation);
            // Whoever stood still for longer than its attempt may last cannot call back what it asks for afterwards.
            record.filter(|record| !record.stood_still).is_some_and(|record| {
                matches!(&record.who, Who::Worker { imports } if undone.is_some_and(|undone| imports.contains(undone)))
            })
        };
        let made = history.asked.iter().filter(|asked| {
            matches!(&asked.call, Call::Enroll { account: of, .. } if of == account) && by_undone(&asked.invocation)
        });
        let made = made.filter_map(|asked| asked.effect.as_ref()?.made.clone());
        // What GO1 made without its answer being read is the import's by its time alone, and stays where that is not told.
        let is_told = |id: &String| match &row.task {
            PersonTask::Undo { assigned, .. } => assigned.iter().any(|one| one.as_str() == id),
            _ => false,
        };
        let made = made.filter(|id| !self.system.scenario.clocks_differ || is_told(id));
        let left = made.filter_map(|id| go1.any_enrollment(&id));
        let left = left.filter(|each| !each.archived && each.status == "not-started").count();
        if left > 0 {
            findings.add(Broken::Lost, &format!("{who} is undone and still has {left} courses of the import"));
        }
        let accounts = go1.user_accounts(self.customer.portal.as_str());
        if deactivated && accounts.iter().any(|each| each.id == account && each.active) {
            findings.add(Broken::Lost, &format!("{who} is undone as deactivated, and the account is active"));
        }
    }
}
