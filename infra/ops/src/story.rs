//! The story of one import as the table has it: by ids and numbers, never by name.

use std::collections::BTreeMap;

use domain::ids::{ImportId, LearningObjectId, PortalId};
use domain::import::{Batch, Import, ImportPerson, Outcome};
use jiff::Timestamp;

use crate::error::OpsError;
use crate::stuck::reason;
use crate::tool::{OpsState, Tool};

impl<S: OpsState + 'static> Tool<S> {
    /// What is stored of an import, line by line.
    pub async fn follow(&self, portal: &str, import: &str) -> Result<Vec<String>, OpsError> {
        let (portal, id) = (PortalId::new(portal), ImportId::new(import));
        let import = self.state.find_import(&portal, &id).await?.ok_or(OpsError::NoImport)?;
        let people = self.state.import_people(&portal, &id).await?;
        let batches = self.state.batches(&portal, &id).await?;
        let now = self.clock.now();
        let mut lines = beginning(&import, now);
        lines.extend(batches.iter().map(batch_line));
        lines.extend(people.iter().map(person_line));
        lines.extend(counted(&people));
        lines.extend(ending(&import, now));
        Ok(lines)
    }
}

fn beginning(import: &Import, now: Timestamp) -> Vec<String> {
    let Import { portal, tenant, people, courses, accepted_at, .. } = import;
    let kind = import.undoes.as_ref().map_or("import".to_owned(), |undone| format!("undo of {undone}"));
    let mut lines = vec![format!(
        "{accepted_at} accepted: {kind} of {people} people into portal {portal} of organisation {tenant}, with courses {}",
        ids(courses)
    )];
    if let Some(sent_at) = import.sent_at {
        lines.push(format!(
            "{sent_at} sent last, sending {} ({} batches not taken)",
            import.sends,
            import.unsent.len()
        ));
    }
    // What lies ahead is the end of a pause.
    if let Some(resumed_at) = import.resumed_at.filter(|at| *at <= now) {
        lines.push(format!("{resumed_at} went on, with its whole time: after a login or a pause"));
    }
    if let Some(stopped_at) = import.stopped_at {
        lines.push(format!("{stopped_at} stopped by a press"));
    }
    lines
}

fn batch_line(batch: &Batch) -> String {
    let Batch { number, attempts, failures, attempted_at, .. } = batch;
    let tried = match attempts {
        0 => "never tried".to_owned(),
        1 => "tried once".to_owned(),
        times => format!("tried {times} times"),
    };
    // An attempt is counted as failed where it is put off, so the one that finishes a batch is never among them.
    let failed = match failures {
        0 => String::new(),
        failures => format!(", {failures} of them put off because calls to GO1 failed"),
    };
    let work = match attempted_at {
        Some(begun) => format!("; the last attempt began at {begun}"),
        None if batch.dropped => "; dropped: nobody else of it is asked for".to_owned(),
        None => String::new(),
    };
    format!("batch {number}: {tried}{failed}{work}")
}

fn person_line(person: &ImportPerson) -> String {
    let fared = match &person.outcome {
        Outcome::Waiting => "waits".to_owned(),
        Outcome::Done { account, created, enrollments, refused, .. } => format!(
            "done: account {account} ({}), {enrollments} courses{}",
            if *created { "made" } else { "found" },
            without(refused)
        ),
        Outcome::Undone { account, removed, kept, deactivated } => format!(
            "undone: account {account} ({}), {removed} courses removed, {kept} kept",
            if *deactivated { "deactivated" } else { "left as it was" }
        ),
        Outcome::Failed { reason, enrollments, refused, .. } => {
            format!("failed: {reason:?}, {enrollments} courses{}", without(refused))
        }
    };
    format!("person {} in batch {}: {fared}", person.employee_id, person.batch)
}

/// The courses that GO1 refused, by their ids.
fn without(refused: &[LearningObjectId]) -> String {
    if refused.is_empty() { String::new() } else { format!("; GO1 refused {}", ids(refused)) }
}

fn ids(courses: &[LearningObjectId]) -> String {
    courses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn counted(people: &[ImportPerson]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for person in people {
        let kind = match person.outcome {
            Outcome::Waiting => "wait",
            Outcome::Done { .. } => "done",
            Outcome::Undone { .. } => "undone",
            Outcome::Failed { .. } => "failed",
        };
        *counts.entry(kind).or_default() += 1;
    }
    let counts: Vec<_> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let is_short =
        |person: &&ImportPerson| matches!(&person.outcome, Outcome::Done { refused, .. } if !refused.is_empty());
    let short = match people.iter().filter(is_short).count() {
        0 => String::new(),
        short => format!("; {short} of those done without every course"),
    };
    (!counts.is_empty()).then(|| format!("together: {}{short}", counts.join(", ")))
}

fn ending(import: &Import, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(until) = import.paused_until(now) {
        // Its wait is how a pause is stored, and has a reason that is none.
        lines.push(format!("paused by an operator until {until}"));
    } else if let Some(wait) = import.wait {
        lines.push(format!("waits until {} for {}, time {}", wait.until, reason(import, &wait), wait.times));
    }
    match import.ended_at {
        Some(ended_at) => lines.push(format!("{ended_at} ended: {:?}", import.status)),
        None => lines.push(format!("has not ended ({:?}); ends by {} at the latest", import.status, import.ends_by())),
    }
    lines
        .extend(import.undone_by.iter().map(|undo| format!("its undo is import {undo}, which has a story of its own")));
    lines
}

#[cfg(test)]
mod tests {
    use domain::email::EmailAddress;
    use domain::import::PersonTask;

    use super::*;

    #[test]
    fn a_batch_says_how_often_it_was_tried_and_no_sum_that_says_nothing() {
        let batch = |attempts, ended, failures| Batch { attempts, ended, failures, ..Batch::new(0) };
        assert_eq!(batch_line(&batch(0, 0, 0)), "batch 0: never tried");
        assert_eq!(batch_line(&batch(1, 0, 0)), "batch 0: tried once");
        let put_off = "batch 0: tried 3 times, 2 of them put off because calls to GO1 failed";
        assert_eq!(batch_line(&batch(3, 2, 2)), put_off);
        let begun = Batch { attempted_at: Some(Timestamp::UNIX_EPOCH), ..batch(1, 0, 0) };
        assert_eq!(batch_line(&begun), "batch 0: tried once; the last attempt began at 1970-01-01T00:00:00Z");
        let dropped = Batch { dropped: true, ..batch(0, 0, 0) };
        assert_eq!(batch_line(&dropped), "batch 0: never tried; dropped: nobody else of it is asked for");
    }

    fn person(outcome: Outcome) -> ImportPerson {
        ImportPerson {
            employee_id: "p1".into(),
            given_name: "Zoë".to_owned(),
            family_name: "O'Hara".to_owned(),
            email: EmailAddress::parse("zoe@example.com").expect("an address"),
            task: PersonTask::Create,
            batch: 0,
            outcome,
        }
    }

    #[test]
    fn who_was_undone_says_what_became_of_the_account() {
        let undone = |deactivated| Outcome::Undone { account: "7".into(), removed: 4, kept: 1, deactivated };
        for (deactivated, of) in [(true, "deactivated"), (false, "left as it was")] {
            let said = person_line(&person(undone(deactivated)));
            assert_eq!(said, format!("person p1 in batch 0: undone: account 7 ({of}), 4 courses removed, 1 kept"));
        }
    }

    #[test]
    fn those_who_lack_a_course_are_counted_among_those_who_are_done() {
        let done = |refused: &[&str]| Outcome::Done {
            account: "7".into(),
            created: true,
            enrollments: 5 - refused.len(),
            assigned: Vec::new(),
            match_by_time: false,
            refused: refused.iter().map(|course| (*course).into()).collect(),
        };
        let people = [person(done(&["1003"])), person(done(&[])), person(Outcome::Waiting)];
        let expected = "together: 2 done, 1 wait; 1 of those done without every course";
        assert_eq!(counted(&people).as_deref(), Some(expected));
        assert_eq!(counted(&people[1..]).as_deref(), Some("together: 1 done, 1 wait"));
    }
}
