//! The checks over the history: whether everything that happened at GO1 was accepted as it was shown, had begun before it
//! was stopped, and came when GO1 wanted to be asked.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{EmployeeId, ImportId};
use domain::import::{FailureReason, Outcome, PersonTask};
use domain::plan::PLAN_FRESHNESS;
use http::StatusCode;
use jiff::SignedDuration;
use state::ImportReader as _;

use crate::fault::Fault;
use crate::findings::{Broken, Findings};
use crate::grant_checks::check_exchanges;
use crate::history::{Accepted, Asked, Call, History, InvocationRecord, Who};
use crate::presses::Page;
use crate::ready::ready;
use crate::scenario::StartingPoint;
use crate::system::System;

/// How long it may be from the answer that a learner has not begun to the removal: at five calls a second, with those of
/// others in between. docs/promises.md leaves that out.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// Checks the history of a run.
pub(crate) fn check_history(system: &System, findings: &mut Findings) {
    let history = system.simulator.history();
    let emails = emails_of_accounts(system, &history);
    check_creations(&history, findings);
    for asked in &history.asked {
        check_not_ended(&history, asked, &emails, findings);
        if asked.is_effective() {
            check_accepted(system, &history, asked, &emails, findings);
        }
    }
    check_confirmed(&history, findings);
    check_age(system, &history, findings);
    check_stops(system, &history, findings);
    check_retry_after(system, &history, findings);
    check_unresolved(system, &history, findings);
    check_exchanges(system, &history, findings);
}

/// The emails in lower case of all accounts, by their ids.
fn emails_of_accounts(system: &System, history: &History) -> BTreeMap<String, String> {
    let go1 = system.simulator.world.go1();
    let accounts = system.customers.iter().flat_map(|customer| go1.user_accounts(customer.portal.as_str()));
    let mut emails: BTreeMap<_, _> = accounts.map(|account| (account.id, account.email.to_lowercase())).collect();
    for asked in &history.asked {
        if let (Call::CreateAccount { email }, Some(effect)) = (&asked.call, &asked.effect)
            && let Some(id) = &effect.made
        {
            emails.insert(id.clone(), email.clone());
        }
    }
    emails
}

/// At most one creation for an email in a portal, over all imports.
fn check_creations(history: &History, findings: &mut Findings) {
    let mut created: BTreeMap<(Option<&String>, &String), usize> = BTreeMap::new();
    for asked in history.asked.iter().filter(|asked| asked.is_effective()) {
        if let Call::CreateAccount { email } = &asked.call {
            *created.entry((asked.portal.as_ref(), email)).or_default() += 1;
        }
    }
    for ((_, email), count) in created.into_iter().filter(|(_, count)| *count > 1) {
        findings.add(Broken::CreatedTwice, &format!("{count} creations of {} took effect", who(email)));
    }
}

fn who(email: &str) -> &str {
    email.split('@').next().unwrap_or_default()
}

/// The imports of an invocation that were accepted before it asked.
fn imports_of<'history>(history: &'history History, asked: &Asked) -> Vec<&'history Accepted> {
    let record = history.invocations.get(&asked.invocation);
    let Some(Who::Worker { imports }) = record.map(|record| &record.who) else { return Vec::new() };
    let accepted = history.accepted.iter().filter(|accepted| accepted.seq < asked.seq);
    accepted.filter(|accepted| imports.contains(&accepted.import.id)).collect()
}

/// Whether what GO1 did was accepted as it was shown.
fn check_accepted(
    system: &System,
    history: &History,
    asked: &Asked,
    emails: &BTreeMap<String, String>,
    findings: &mut Findings,
) {
    let imports = imports_of(history, asked);
    let named = |accepted: &Accepted, email: &str| accepted.people.values().any(|(known, _)| known == email);
    let email_of = |account: &String| emails.get(account).map(String::as_str).unwrap_or_default();
    let has_account = |accepted: &Accepted, id: &str, may: fn(bool) -> bool| {
        accepted.people.values().any(|(_, task)| match task {
            Some(PersonTask::Undo { account, created, .. }) => account.as_str() == id && may(*created),
            _ => false,
        })
    };
    match &asked.call {
        Call::CreateAccount { email } => {
            let is_created = |accepted: &&&Accepted| accepted.import.undoes.is_none() && named(accepted, email);
            if imports.iter().find(is_created).is_none() {
                findings.add(Broken::Untraced, &format!("an account of {}, whom no import names", who(email)));
            }
        }
        Call::Enroll { account, course } => {
            let email = email_of(account);
            let assigns = |accepted: &&Accepted| {
                let courses = &accepted.import.courses;
                accepted.import.undoes.is_none()
                    && named(accepted, email)
                    && courses.iter().any(|known| known.as_str() == course)
            };
            if !imports.iter().any(assigns) {
                findings.add(Broken::Untraced, &format!("a course of {}, which no import assigns", who(email)));
            }
        }
        Call::Unenroll { enrollment } => {
            let removed = system.simulator.world.go1().any_enrollment(enrollment);
            let account = removed.map(|removed| removed.user_account_id).unwrap_or_default();
            let undoes =
                |accepted: &&Accepted| accepted.import.undoes.is_some() && has_account(accepted, &account, |_| true);
            if !imports.iter().any(undoes) {
                findings.add(
                    Broken::Untraced,
                    &format!("a course of {} was removed, which no undo does", who(email_of(&account))),
                );
            }
            if !is_made_by_undone(history, enrollment, &imports) {
                let what = format!(
                    "a course of {} was removed, which the undone import did not assign",
                    who(email_of(&account))
                );
                findings.add(Broken::Untraced, &what);
            }
            // Whoever begins between the answer that they have not and the removal loses the course: that is not promised.
            let begun_at = history.courses_begun.get(enrollment);
            if asked.is_begun && begun_at.is_none_or(|begun_at| *begun_at + A_MOMENT < asked.at) {
                findings
                    .add(Broken::Untraced, &format!("a course was removed that {} had begun", who(email_of(&account))));
            }
        }
        Call::SetActive { account, active: false } => {
            let undoes = |accepted: &&Accepted| {
                accepted.import.undoes.is_some() && has_account(accepted, account, |created| created)
            };
            if !imports.iter().any(undoes) {
                findings
                    .add(Broken::Untraced, &format!("{} was deactivated, which no undo does", who(email_of(account))));
            }
        }
        Call::SetActive { account, active: true } => {
            let email = email_of(account);
            if !imports.iter().any(|accepted| accepted.import.undoes.is_none() && named(accepted, email)) {
                findings.add(Broken::Untraced, &format!("{} was activated, whom no import names", who(email)));
            }
        }
        Call::Token | Call::Read => {}
    }
}

/// Whether the person whom GO1 was asked for had not ended before the invocation began its first attempt.
fn check_not_ended(history: &History, asked: &Asked, emails: &BTreeMap<String, String>, findings: &mut Findings) {
    let email = match &asked.call {
        Call::CreateAccount { email } => email,
        Call::Enroll { account, .. } => emails.get(account).unwrap_or(account),
        _ => return,
    };
    let its = history.attempts.iter().filter(|write| write.invocation == asked.invocation && write.begins);
    let Some(first) = its.map(|write| write.seq).min() else { return };
    let imports = imports_of(history, asked);
    let had_ended = |accepted: &&Accepted| {
        let known = accepted.people.iter().find(|(_, (known, _))| known == email).map(|(employee, _)| employee);
        known.and_then(|employee| accepted.ended.get(employee)).is_some_and(|ended| *ended < first)
    };
    if !imports.is_empty() && imports.iter().all(had_ended) {
        findings.add(Broken::Untraced, &format!("GO1 was asked for {}, who had ended before", who(email)));
    }
}

/// Whether an enrollment was made for an import that one of these undoes, or since the second in which that was accepted: GO1
/// tells times to the second.
fn is_made_by_undone(history: &History, enrollment: &str, undos: &[&Accepted]) -> bool {
    let mut making = history
        .asked
        .iter()
        .filter(|asked| asked.effect.as_ref().and_then(|effect| effect.made.as_deref()) == Some(enrollment));
    let undone: Vec<&ImportId> = undos.iter().filter_map(|undo| undo.import.undoes.as_ref()).collect();
    let accepted = history.accepted.iter().filter(|accepted| undone.contains(&&accepted.import.id));
    let earliest = accepted.map(|accepted| accepted.import.accepted_at.as_second()).min();
    making.any(|asked| match history.invocations.get(&asked.invocation).map(|record| &record.who) {
        Some(Who::Worker { imports }) => {
            undone.iter().any(|undone| imports.contains(undone))
                || earliest.is_some_and(|first| asked.at.as_second() >= first)
        }
        _ => false,
    })
}

/// Whether each import is one that was shown with just these people ticked, and each page that says so is right.
fn check_confirmed(history: &History, findings: &mut Findings) {
    for accepted in history.accepted.iter().filter(|accepted| accepted.import.undoes.is_none()) {
        let people: BTreeSet<&EmployeeId> = accepted.people.keys().collect();
        let is_it = |confirmed: &crate::history::Confirmed| {
            confirmed.plan == accepted.import.plan && confirmed.ticked.iter().collect::<BTreeSet<_>>() == people
        };
        if !history.confirmed.iter().any(is_it) {
            findings.add(Broken::Untraced, "an import of people who were not shown and ticked so");
        }
    }
    for shown in history.shown.iter().filter(|shown| shown.path == "/imports" && shown.status == StatusCode::SEE_OTHER)
    {
        let import = shown.location.as_deref().and_then(Page::import_of);
        let is_accepted = |import| history.accepted.iter().any(|accepted| accepted.import.id == import);
        if import.is_some_and(|import| !is_accepted(import)) {
            findings.add(Broken::Lost, "a page says that an import is accepted, and it is not");
        }
    }
}

/// Whether no list was imported that had grown old when somebody came or left.
fn check_age(system: &System, history: &History, findings: &mut Findings) {
    for accepted in history.accepted.iter().filter(|accepted| accepted.import.undoes.is_none()) {
        let customer = system.customers.iter().find(|customer| customer.portal == accepted.portal);
        let changed_at = customer.and_then(|customer| customer.changed_at.get());
        let (Some(changed_at), Some(read_at)) = (changed_at, accepted.read_at) else { continue };
        let accepted_at = accepted.import.accepted_at;
        let had_changed = read_at < changed_at && changed_at + SignedDuration::from_mins(1) < accepted_at;
        if had_changed && accepted_at.duration_since(read_at) > PLAN_FRESHNESS + SignedDuration::from_mins(1) {
            findings.add(Broken::Untraced, "an old list was imported, and somebody had come or left since");
        }
    }
}

/// Whether GO1 was asked for nobody of a batch that was begun after the page had answered that the import is stopped. A
/// worker may still record an attempt, and find out then.
fn check_stops(system: &System, history: &History, findings: &mut Findings) {
    for accepted in history.accepted.iter().filter(|accepted| accepted.stopped.is_some()) {
        let path = format!("/imports/{}/stop", accepted.import.id);
        let stopped = history.shown.iter().filter(|shown| shown.path == path && shown.status == StatusCode::SEE_OTHER);
        let stopped = stopped.map(|shown| shown.seq).filter(|seq| Some(*seq) > accepted.stopped).min();
        // An earlier batch goes on with its people.
        let rows = ready(system.state.import_people(&accepted.portal, &accepted.import.id)).unwrap_or_default();
        let is_of = |number: u32, email: &String| {
            rows.iter().any(|row| row.batch == number && row.email.as_str().eq_ignore_ascii_case(email))
        };
        // Whoever is imported again later is another import's.
        let later = history.accepted.iter().filter(|other| other.portal == accepted.portal).map(|other| other.seq);
        let until = later.filter(|seq| *seq > accepted.seq).min().unwrap_or(usize::MAX);
        let is_asked_since = |number: u32, begun: usize| {
            history.asked.iter().any(|asked| match &asked.call {
                Call::CreateAccount { email } => begun < asked.seq && asked.seq < until && is_of(number, email),
                _ => false,
            })
        };
        let is_begun_since = |stopped: usize| {
            accepted.begun.iter().any(|(number, begun)| *begun > stopped && is_asked_since(*number, *begun))
        };
        if stopped.is_some_and(is_begun_since) {
            findings.add(Broken::Untraced, "a batch was begun after the import was stopped");
        }
    }
}

/// Whether GO1 was left alone as long as it asked, by workers that began after that had been heard and stored: after the
/// invocation that heard it, or at a batch after the attempt that heard it had been ended in order.
fn check_retry_after(system: &System, history: &History, findings: &mut Findings) {
    let is_clock_off = |fault: Option<Fault>| matches!(fault, Some(Fault::ClockOff(_)));
    if system.scenario.clocks_differ || system.simulator.trace().iter().any(|entry| is_clock_off(entry.fault)) {
        return;
    }
    let worker = |asked: &Asked| {
        history.invocations.get(&asked.invocation).filter(|record| matches!(record.who, Who::Worker { .. }))
    };
    for limited in &history.asked {
        let Some((heard, seconds)) = limited.retry_after.filter(|(_, seconds)| *seconds > 1) else { continue };
        let Some(record) = worker(limited).filter(|record| !record.table_failed) else { continue };
        let until = heard + SignedDuration::from_secs(seconds - 1);
        let own = history.attempts.iter().filter(|write| write.invocation == limited.invocation && !write.begins);
        let given_back = own.map(|write| write.seq).filter(|seq| *seq > limited.seq).max();
        let stored = given_back.or(record.ended.filter(|_| record.answered)).unwrap_or(usize::MAX);
        let began_later = |asked: &Asked, later: &InvocationRecord| {
            let its = history.attempts.iter().filter(|write| write.invocation == asked.invocation && write.begins);
            later.began > stored || its.map(|write| write.seq).min().is_some_and(|first| first > stored)
        };
        let too_early = history.asked.iter().find(|asked| {
            asked.portal.is_some()
                && asked.portal == limited.portal
                && asked.call != Call::Token
                && asked.at < until
                && worker(asked).is_some_and(|later| began_later(asked, later))
        });
        if let Some(early) = too_early {
            let same = worker(early).is_some_and(|later| later.who == record.who);
            let whose = if same { "the same import" } else { "another import" };
            findings.add(Broken::Untraced, &format!("GO1 asked for {seconds} s, and {whose} did not wait"));
        }
    }
}

/// Whether nobody is unresolved for whom GO1 cannot have been asked, because no attempt at them was ever begun.
fn check_unresolved(system: &System, history: &History, findings: &mut Findings) {
    for (customer, scenario) in system.customers.iter().zip(&system.scenario.customers) {
        let was_uncertain = |employee: &EmployeeId| {
            let position = employee.as_str().get(1..).and_then(|number| number.parse::<usize>().ok());
            let starting_point = position.and_then(|position| scenario.people.get(position.checked_sub(1)?));
            matches!(starting_point, Some(StartingPoint::UncertainCreated | StartingPoint::UncertainNotCreated))
        };
        // The people of whom an attempt was begun, by this import or by an earlier one.
        let mut asked_for: BTreeSet<EmployeeId> = BTreeSet::new();
        for accepted in history.accepted.iter().filter(|accepted| accepted.portal == customer.portal) {
            let rows = ready(system.state.import_people(&customer.portal, &accepted.import.id)).unwrap_or_default();
            for row in rows {
                if accepted.begun.contains_key(&row.batch) {
                    asked_for.insert(row.employee_id.clone());
                }
                let is_unresolved = matches!(row.outcome, Outcome::Failed { reason: FailureReason::Unresolved, .. });
                if is_unresolved && !asked_for.contains(&row.employee_id) && !was_uncertain(&row.employee_id) {
                    let what = format!("{} is unresolved, and no attempt was ever begun", row.employee_id);
                    findings.add(Broken::Untraced, &what);
                }
            }
        }
    }
}
