//! The story of one import as the table has it: by ids and numbers, never by name.

use std::collections::BTreeMap;

use domain::ids::{ImportId, LearningObjectId, PortalId};
use domain::import::{Batch, Import, ImportPerson, Outcome};

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
        let mut lines = beginning(&import);
        lines.extend(batches.iter().map(batch_line));
        lines.extend(people.iter().map(person_line));
        lines.extend(counted(&people));
        lines.extend(ending(&import));
        Ok(lines)
    }
}

fn beginning(import: &Import) -> Vec<String> {
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
    if let Some(resumed_at) = import.resumed_at {
        lines.push(format!("{resumed_at} went on, with its whole time: after a login or a pause"));
    }
    if let Some(stopped_at) = import.stopped_at {
        lines.push(format!("{stopped_at} stopped by a press"));
    }
    lines
}

fn batch_line(batch: &Batch) -> String {
    let Batch { number, attempts, failures, ended, attempted_at, .. } = batch;
    let work = match attempted_at {
        Some(begun) => format!("an attempt began at {begun}"),
        None if batch.dropped => "dropped".to_owned(),
        None => "nobody is at it".to_owned(),
    };
    format!("batch {number}: {attempts} attempts, {ended} ended in order, {failures} failed at GO1; {work}")
}

fn person_line(person: &ImportPerson) -> String {
    let fared = match &person.outcome {
        Outcome::Waiting => "waits".to_owned(),
        Outcome::Done { account, created, enrollments, refused, .. } => format!(
            "done: account {account} ({}), {enrollments} courses{}",
            if *created { "made" } else { "found" },
            without(refused)
        ),
        Outcome::Undone { account, removed, kept, .. } => {
            format!("undone: account {account}, {removed} courses removed, {kept} kept")
        }
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
    (!counts.is_empty()).then(|| format!("together: {}", counts.join(", ")))
}

fn ending(import: &Import) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(wait) = import.wait {
        lines.push(format!("waits until {} for {}, time {}", wait.until, reason(import, &wait), wait.times));
    }
    match import.ended_at {
        Some(ended_at) => lines.push(format!("{ended_at} ended: {:?}", import.status)),
        None => lines.push(format!("has not ended ({:?}); ends by {} at the latest", import.status, import.ends_by())),
    }
    lines
}
