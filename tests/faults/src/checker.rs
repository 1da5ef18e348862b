//! What must hold in the end: what GO1 holds, compared with what we keep and what was promised.

use std::collections::{BTreeMap, BTreeSet};

use domain::import::{FailureReason, ImportPerson, ImportStatus, Outcome, PersonTask, Progress};
use domain::member::Member;
use jiff::SignedDuration;
use serde::Serialize;
use stand_ins::go1::{UserAccount, endpoint};
use state::{ActiveImports as _, ImportReader as _, MemberReader as _};

use crate::cosmos::now;
use crate::drive::Driven;
use crate::points::{Kind, Mark, Place};
use crate::scenario::Scenario;
use crate::universe::Universe;

/// How often each promise was broken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Broken {
    /// Somebody did not get what was promised, and nobody says why.
    pub lost: usize,
    /// Something was made twice, or nobody asked for it.
    pub created_twice: usize,
    /// Places do not add up.
    pub over_cap: usize,
    /// Something does not end.
    pub hanging: usize,
    /// A process did something after its end.
    pub effects_after_death: usize,
}

impl Broken {
    /// Whether every promise was kept.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Adds another's.
    pub fn add(&mut self, other: Self) {
        self.lost += other.lost;
        self.created_twice += other.created_twice;
        self.over_cap += other.over_cap;
        self.hanging += other.hanging;
        self.effects_after_death += other.effects_after_death;
    }
}

/// What was found in one universe.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// In numbers.
    pub broken: Broken,
    /// In words. Employees by their ids.
    pub complaints: Vec<String>,
}

impl Verdict {
    fn lost(&mut self, mut what: String) {
        self.broken.lost += 1;
        what.insert_str(0, "lost: ");
        self.complaints.push(what);
    }

    fn created_twice(&mut self, mut what: String) {
        self.broken.created_twice += 1;
        what.insert_str(0, "created_twice: ");
        self.complaints.push(what);
    }

    fn over_cap(&mut self, mut what: String) {
        self.broken.over_cap += 1;
        what.insert_str(0, "over_cap: ");
        self.complaints.push(what);
    }

    fn hanging(&mut self, mut what: String) {
        self.broken.hanging += 1;
        what.insert_str(0, "hanging: ");
        self.complaints.push(what);
    }
}

/// Judges a universe after its imports, in their order. `before`: the accounts that were there at the start.
///
/// # Panics
/// Where memory does not answer, which it does.
pub(crate) fn judge(universe: &Universe, before: &[UserAccount], imports: &[Driven]) -> Verdict {
    let mut verdict = Verdict::default();
    verdict.broken.effects_after_death = universe.core.effects_after_death();
    for driven in imports {
        for complaint in &driven.complaints {
            match complaint.split_once(": ") {
                Some(("over_cap", what)) => verdict.over_cap(what.to_owned()),
                Some((_, what)) => verdict.lost(what.to_owned()),
                None => {}
            }
        }
    }
    judge_go1(universe, before, imports, &mut verdict);
    judge_places(universe, &mut verdict);
    judge_end(universe, imports, &mut verdict);
    if let Some(last) = imports.last() {
        judge_import(universe, before, last, &mut verdict);
    }
    verdict
}

fn judge_go1(universe: &Universe, before: &[UserAccount], imports: &[Driven], verdict: &mut Verdict) {
    let go1 = universe.core.world.go1();
    let ticked: BTreeSet<String> = imports
        .iter()
        .flat_map(|driven| driven.ticked.iter().map(|employee| format!("{employee}@example.com")))
        .collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for account in go1.user_accounts(universe.portal.as_str()) {
        let email = account.email.to_lowercase();
        *seen.entry(email.clone()).or_default() += 1;
        let was_there = before.iter().any(|before| before.id == account.id);
        if !was_there && !ticked.contains(&email) {
            verdict.created_twice("an account of somebody who was not ticked".to_owned());
        }
    }
    for (email, count) in seen.iter().filter(|(_, count)| **count > 1) {
        verdict.created_twice(format!("{count} accounts of {}", email.split('@').next().unwrap_or_default()));
    }
    let mut mails: BTreeMap<String, usize> = BTreeMap::new();
    for mail in go1.welcome_mails() {
        *mails.entry(mail).or_default() += 1;
    }
    if mails.values().any(|count| *count > 1) {
        verdict.created_twice("two welcome mails to one person".to_owned());
    }
    if go1.re_enrollments() > 0 {
        verdict.created_twice("somebody was enrolled anew".to_owned());
    }
}

fn judge_places(universe: &Universe, verdict: &mut Verdict) {
    let portal = universe.kept_portal();
    let members = now(universe.state.members(&universe.portal)).expect("memory answers").len();
    if portal.active_import.is_none() && portal.places_used as usize != members {
        verdict.over_cap(format!("{} places are used by {members} members", portal.places_used));
    }
}

fn judge_end(universe: &Universe, imports: &[Driven], verdict: &mut Verdict) {
    if imports.iter().any(|driven| !driven.is_over) {
        verdict.hanging("an import does not end".to_owned());
    }
    if universe.kept_portal().active_import.is_some() {
        verdict.hanging("the portal is not free again".to_owned());
    }
    if !now(universe.state.active_imports()).expect("memory answers").is_empty() {
        verdict.hanging("an import is on the active list".to_owned());
    }
    let mut poison = usize::from(universe.scenario.poison);
    for letter in universe.queue.dead_letters() {
        // The one that was planted may come twice, as every message may.
        if letter.reason.is_some() && letter.body.contains("99") && universe.scenario.poison {
            poison = 0;
        } else {
            verdict.lost(format!("a dead letter: {:?}", letter.reason));
        }
    }
    if poison > 0 && !imports.iter().all(|driven| driven.ticked.is_empty()) {
        verdict.lost("the message that nobody can read is nowhere".to_owned());
    }
}

/// Whether everything that went wrong has passed by itself soon, so that everybody must be done.
pub(crate) fn is_mild(universe: &Universe) -> bool {
    let trace = universe.core.trace();
    universe.scenario.is_mild() && trace.iter().all(|mark| mark.kind.is_none_or(Kind::passes_soon))
}

fn judge_import(universe: &Universe, before: &[UserAccount], driven: &Driven, verdict: &mut Verdict) {
    let found = now(universe.state.find_import(&universe.portal, &driven.import)).expect("memory answers");
    let Some(import) = found else {
        if driven.was_promised {
            verdict.lost("an import that was promised is not there".to_owned());
        }
        return;
    };
    let rows = now(universe.state.import_people(&universe.portal, &driven.import)).expect("memory answers");
    let members = now(universe.state.members(&universe.portal)).expect("memory answers");
    for employee in &driven.ticked {
        match rows.iter().find(|row| row.employee_id == *employee) {
            None => verdict.lost(format!("{employee} has no row")),
            Some(row) => {
                let member = members.iter().find(|member| member.employee_id == *employee);
                judge_person(universe, before, row, member, verdict);
            }
        }
    }
    let sums = Progress::of(&rows);
    if import.status.has_ended() && import.sums != Some(sums) {
        verdict.lost(format!("the sums {:?} are not those of the people {sums:?}", import.sums));
    }
    let all_done = import.status == ImportStatus::Done;
    if is_mild(universe) && import.status.has_ended() && !all_done {
        verdict.lost(format!("everything has passed, and not everybody is done: {:?}", import.status));
    }
    let trace = universe.core.trace();
    let is_brief = trace.iter().all(|mark| mark.kind.is_none_or(|kind| kind.is_panic() || kind.passes_soon()));
    if universe.scenario.is_brief()
        && is_brief
        && let Some(ended_at) = import.ended_at
    {
        let last = trace.iter().filter(|mark| mark.kind.is_some()).map(|mark| mark.at).max();
        let limit = last.unwrap_or(driven.pressed_at).max(driven.pressed_at) + patience(&universe.scenario, &trace);
        if ended_at > limit {
            verdict.hanging(format!("it ended at {ended_at}, long after the last fault at {last:?}"));
        }
    }
}

/// How long after the last thing that went wrong an import may still take.
fn patience(scenario: &Scenario, trace: &[Mark]) -> SignedDuration {
    // After one or two faults the message comes back by itself, before the sweeper takes it for lost on the queue.
    let patience = SignedDuration::from_mins(if scenario.is_smallest() { 14 } else { 120 });
    let may_need_login = !scenario.is_smallest() || trace.iter().any(|mark| mark.place == Place::Tell(endpoint::TOKEN));
    patience + SignedDuration::from_mins(if may_need_login { 2 * scenario.login_after } else { 0 })
}

fn judge_person(
    universe: &Universe,
    before: &[UserAccount],
    row: &ImportPerson,
    member: Option<&Member>,
    verdict: &mut Verdict,
) {
    let go1 = universe.core.world.go1();
    let who = &row.employee_id;
    let accounts = go1.user_accounts(universe.portal.as_str());
    let by_email: Vec<&UserAccount> =
        accounts.iter().filter(|account| account.email.eq_ignore_ascii_case(row.email.as_str())).collect();
    if row.outcome.holds_place() != member.is_some() && row.outcome != Outcome::Waiting {
        verdict.over_cap(format!("{who} is {:?}, and a member: {}", row.outcome, member.is_some()));
    }
    match &row.outcome {
        Outcome::Waiting => verdict.hanging(format!("{who} waits")),
        Outcome::Done { account, created, .. } => {
            if !by_email.iter().any(|known| known.id == account.as_str()) {
                verdict.lost(format!("{who} is done as an account that GO1 does not have"));
            }
            let mut courses: Vec<String> = go1
                .enrollments(universe.portal.as_str())
                .into_iter()
                .filter(|each| each.user_account_id == account.as_str())
                .map(|each| each.lo_id)
                .collect();
            courses.sort();
            if courses != ["1001", "1002", "1003"][..universe.scenario.courses] {
                verdict.lost(format!("{who} is done with the courses {courses:?}"));
            }
            if member.is_some_and(|member| member.unfinished || member.account.as_ref() != Some(account)) {
                verdict.lost(format!("{who} is done, and as a member is not"));
            }
            if row.task == PersonTask::Link && *created {
                verdict.created_twice(format!("an account was made for {who}, who had one"));
            }
        }
        Outcome::Undone { .. } => verdict.lost(format!("{who} was taken back, which nobody asked for")),
        Outcome::Failed { account: Some(account), .. } => {
            if !by_email.iter().any(|known| known.id == account.as_str()) {
                verdict.lost(format!("{who} failed with an account that GO1 does not have"));
            }
        }
        Outcome::Failed { reason: FailureReason::Unresolved, .. } => {
            if member.is_some_and(|member| member.account.is_some()) {
                verdict.lost(format!("{who} is not certain, and the member has an account"));
            }
        }
        Outcome::Failed { reason, .. } => {
            let made = by_email.iter().any(|known| before.iter().all(|before| before.id != known.id));
            if made {
                verdict.lost(format!("{who} failed as {reason:?} without an account, and GO1 made one"));
            }
        }
    }
}
