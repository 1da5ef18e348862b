//! Taking an import back: of whom, and until when. An undo is an import of its own, so that it waits, stops, goes on
//! and ends as one.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::{
    Import, ImportPerson, ImportStatus, LATEST_EFFECT, Outcome, PEOPLE_PER_BATCH, PersonTask, Ticks, UndoPerson,
    batch_of,
};
use crate::ids::{EmployeeId, EnrollmentId, ImportId, PortalId, UserAccountId};
use crate::member::Member;
use crate::text::folded;

/// For how long an import can be taken back after its end.
pub const UNDO_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Another import than the one that is taken back, with its people; most are later.
#[derive(Clone, Debug)]
pub struct LaterImport {
    /// The other import.
    pub import: Import,
    /// Its people, as far as their rows are kept.
    pub people: Vec<ImportPerson>,
}

/// What an undo would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoPlan {
    /// From whom something is taken back, by last name, first name and employee id.
    pub people: Vec<ImportPerson>,
    /// How many enrollments are removed.
    pub courses: usize,
    /// How many accounts are deactivated: those that the import made, or made active again.
    pub accounts: usize,
    /// How many people keep an account that was there before.
    pub existing: usize,
    /// How many people are left out because a later import finished them.
    pub finished_later: usize,
    /// How many people are left out because an earlier undo has done it.
    pub undone_earlier: usize,
}

/// Why an import cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UndoRefused {
    /// The import is itself an undo. People are brought back by a new import.
    #[error("an undo cannot be undone")]
    IsUndo,
    /// The import is still running.
    #[error("the import has not ended")]
    NotEnded,
    /// It ended more than [`UNDO_FOR`] ago.
    #[error("the import ended too long ago")]
    TooLate,
    /// The rows that say whom it brought are erased.
    #[error("the import's people are no longer known")]
    NamesErased,
    /// It left nothing that could be taken back, or nothing is left of it.
    #[error("there is nothing to take back")]
    NothingLeft {
        /// How many people a later import finished.
        finished_later: usize,
        /// How many people an earlier undo has taken back.
        undone_earlier: usize,
    },
}

/// What taking `import` back would do at `now`, by its `rows`, the members and the portal's other imports
/// (`later`, those before it among them). Whom a later
/// import has finished is left out, under this employee record or under another with the same account: what they have is
/// that import's as well. So is whom an earlier undo has taken back. An account that another member still has stays
/// active.
pub fn undo_of(
    import: &Import,
    rows: &[ImportPerson],
    members: &[Member],
    later: &[LaterImport],
    now: Timestamp,
) -> Result<UndoPlan, UndoRefused> {
    if import.undoes.is_some() {
        return Err(UndoRefused::IsUndo);
    }
    let ended_at = import.ended_at.filter(|_| import.status.has_ended()).ok_or(UndoRefused::NotEnded)?;
    if now.duration_since(ended_at) > UNDO_FOR {
        return Err(UndoRefused::TooLate);
    }
    plan_of(import, rows, members, later)
}

impl Import {
    /// The name of the undo of `import` where the portal had accepted so many imports: the same however often it is
    /// confirmed.
    pub fn undo_id(portal: &PortalId, import: &ImportId, imports_accepted: u32) -> ImportId {
        let mut digest = crate::clock::sha256_hex(&format!("undo|{portal}|{import}|{imports_accepted}"));
        digest.truncate(32);
        ImportId::new(digest)
    }

    /// The undo of this import, to be accepted at `now`. It reserves no places.
    #[must_use]
    pub fn undo(&self, plan: &UndoPlan, imports_accepted: u32, now: Timestamp) -> Self {
        let people = u32::try_from(plan.people.len()).unwrap_or(u32::MAX);
        Self {
            id: Self::undo_id(&self.portal, &self.id, imports_accepted),
            ticks: Ticks::default(),
            people,
            people_per_batch: PEOPLE_PER_BATCH,
            places: 0,
            read: people,
            status: ImportStatus::Accepting,
            accepted_at: now,
            ended_at: None,
            sends: 0,
            sent_at: None,
            unsent: Vec::new(),
            wait: None,
            asked_until: None,
            resumed_at: None,
            stopped_at: None,
            sums: None,
            refused: Vec::new(),
            undoes: Some(self.id.clone()),
            undone_by: None,
            undo_people: plan.people.iter().map(UndoPerson::of).collect(),
            ..self.clone()
        }
    }

    /// The rows of this undo, which is being accepted, by the rows of the import that it takes back: exactly those who
    /// were accepted, whatever has been stored since. `None` where somebody's row is gone.
    pub fn undo_rows(&self, rows: &[ImportPerson]) -> Option<Vec<ImportPerson>> {
        let rows: HashMap<_, _> = rows.iter().map(|row| (&row.employee_id, row)).collect();
        let row = |(position, UndoPerson { employee_id, task }): (usize, &UndoPerson)| {
            let row = (*rows.get(employee_id)?).clone();
            Some(ImportPerson { task: task.clone(), outcome: Outcome::Waiting, batch: self.batch_of(position), ..row })
        };
        let people: Vec<_> = self.undo_people.iter().enumerate().map(row).collect::<Option<_>>()?;
        (people.len() == self.people as usize).then_some(people)
    }

    /// The same for an undo that the last release accepted, which kept the number of its people only.
    pub fn undo_rows_by_number(
        &self,
        undone: &Self,
        rows: &[ImportPerson],
        members: &[Member],
        later: &[LaterImport],
    ) -> Option<Vec<ImportPerson>> {
        let mut plan = plan_of(undone, rows, members, later).ok()?;
        for (position, person) in plan.people.iter_mut().enumerate() {
            person.batch = self.batch_of(position);
        }
        (plan.people.len() == self.people as usize).then_some(plan.people)
    }

    /// Until when it can be taken back, if it can be at all.
    pub fn undo_until(&self) -> Option<Timestamp> {
        self.ended_at.filter(|_| self.undoes.is_none()).map(|ended| ended + UNDO_FOR)
    }

    /// Whether what came to be at this time came to be while the import ran, or so soon after it that GO1 may still
    /// have been at it. GO1 may tell times without their fractions.
    pub fn was_running_at(&self, time: Option<Timestamp>) -> bool {
        let until = self.ended_at.map(|ended| ended + LATEST_EFFECT);
        time.is_some_and(|at| at.as_second() >= self.accepted_at.as_second() && until.is_none_or(|until| at <= until))
    }
}

impl PersonTask {
    /// Whether an undo of `undone` with this task takes this enrollment of the person's account back: it is one of which
    /// GO1 said that the import made it, or was made while the import ran. A course that a person chose themselves
    /// (`was_assigned` is false) never counts by its time.
    pub fn takes_back(
        &self,
        undone: &Import,
        enrollment: &EnrollmentId,
        was_assigned: bool,
        created_time: Option<Timestamp>,
    ) -> bool {
        let Self::Undo { created, assigned, match_by_time, .. } = self else { return false };
        let untimed = *created && created_time.is_none();
        assigned.contains(enrollment)
            || *match_by_time && was_assigned && (untimed || undone.was_running_at(created_time))
    }
}

fn plan_of(
    import: &Import,
    rows: &[ImportPerson],
    members: &[Member],
    later: &[LaterImport],
) -> Result<UndoPlan, UndoRefused> {
    if rows.is_empty() {
        return Err(UndoRefused::NamesErased);
    }
    let history = History::of(import, later);
    let holders = Holders::of(rows, members, &history);
    let members: HashMap<_, _> = members.iter().map(|member| (&member.employee_id, member)).collect();
    let mut plan =
        UndoPlan { people: Vec::new(), courses: 0, accounts: 0, existing: 0, finished_later: 0, undone_earlier: 0 };
    for row in rows {
        let member = members.get(&row.employee_id);
        let (account, enrollments, assigned, match_by_time) = match &row.outcome {
            Outcome::Done { account, enrollments, assigned, match_by_time, .. } => {
                (account, *enrollments, Some(assigned), *match_by_time)
            }
            Outcome::Failed { account: Some(account), enrollments, assigned, match_by_time, .. } => {
                // Where nothing was heard, as in rows from before this was kept, their number is all that is known.
                let heard = (!match_by_time || !assigned.is_empty()).then_some(assigned);
                (account, *enrollments, heard, *match_by_time)
            }
            // GO1 did not say whether it made the account; a later look found that it had.
            Outcome::Failed { account: None, .. } => match member.filter(|member| member.was_made_by(&import.id)) {
                Some(Member { account: Some(account), .. }) => (account, 0, None, true),
                _ => continue,
            },
            Outcome::Waiting | Outcome::Undone { .. } => continue,
        };
        if history.undone_earlier.contains(&row.employee_id) {
            plan.undone_earlier += 1;
            continue;
        }
        if history.finished.contains_key(&row.employee_id) || history.has_finished(account) {
            plan.finished_later += 1;
            continue;
        }
        let member = member.filter(|member| member.account.as_ref() == Some(account));
        let created = member.is_some_and(|member| member.was_made_by(&import.id)) && !holders.keeps(account);
        plan.accounts += usize::from(created);
        plan.existing += usize::from(!created);
        // What an account that was there before had already is not this import's.
        plan.courses += assigned.filter(|_| !created).map_or(enrollments, Vec::len);
        let assigned = assigned.cloned().unwrap_or_default();
        let task =
            PersonTask::Undo { account: account.clone(), created, assigned, match_by_time: created || match_by_time };
        plan.people.push(ImportPerson { task, outcome: Outcome::Waiting, ..row.clone() });
    }
    if plan.people.is_empty() {
        let UndoPlan { finished_later, undone_earlier, .. } = plan;
        return Err(UndoRefused::NothingLeft { finished_later, undone_earlier });
    }
    plan.people.sort_by_cached_key(|person| {
        (folded(&person.family_name), folded(&person.given_name), person.employee_id.clone())
    });
    for (position, person) in plan.people.iter_mut().enumerate() {
        person.batch = batch_of(position);
    }
    Ok(plan)
}

/// The accounts of members whom an undo leaves as they are: each has a claim of their own to theirs.
struct Holders<'members>(HashSet<&'members UserAccountId>);

impl<'members> Holders<'members> {
    /// Of all but those of the import that is undone (`rows`), and those from whom everything was taken back.
    fn of(rows: &[ImportPerson], members: &'members [Member], history: &History<'_>) -> Self {
        let undone: HashSet<_> = rows.iter().map(|row| &row.employee_id).collect();
        let others = members.iter().filter(|member| {
            !undone.contains(&member.employee_id) && !history.taken_back.contains(&member.employee_id)
        });
        Self(others.filter_map(|member| member.account.as_ref()).collect())
    }

    fn keeps(&self, account: &UserAccountId) -> bool {
        self.0.contains(account)
    }
}

/// What became of people after an import.
struct History<'imports> {
    /// Whom a later import finished, which, and with which account; not where that was taken back in its turn.
    finished: HashMap<&'imports EmployeeId, (&'imports ImportId, &'imports UserAccountId)>,
    /// From whom the import was taken back.
    undone_earlier: HashSet<&'imports EmployeeId>,
    /// From whom the last thing that happened to them took something back, whichever import had brought it.
    taken_back: HashSet<&'imports EmployeeId>,
}

impl<'imports> History<'imports> {
    fn of(import: &Import, later: &'imports [LaterImport]) -> Self {
        let mut history = Self { finished: HashMap::new(), undone_earlier: HashSet::new(), taken_back: HashSet::new() };
        let mut later: Vec<_> = later.iter().filter(|later| later.import.id != import.id).collect();
        later.sort_by_key(|later| later.import.accepted_at);
        for LaterImport { import: next, people } in later {
            for person in people {
                let employee = &person.employee_id;
                match &person.outcome {
                    Outcome::Undone { .. } => {
                        history.taken_back.insert(employee);
                    }
                    Outcome::Done { .. } | Outcome::Failed { account: Some(_), .. } => {
                        history.taken_back.remove(employee);
                    }
                    Outcome::Waiting | Outcome::Failed { account: None, .. } => {}
                }
                if next.accepted_at < import.accepted_at {
                    continue;
                }
                match (&person.outcome, &next.undoes) {
                    (Outcome::Done { account, .. }, None) => {
                        history.finished.insert(employee, (&next.id, account));
                    }
                    (Outcome::Undone { .. }, Some(undone)) if *undone == import.id => {
                        history.undone_earlier.insert(employee);
                    }
                    (Outcome::Undone { .. }, Some(undone))
                        if history.finished.get(employee).is_some_and(|(by, _)| *by == undone) =>
                    {
                        history.finished.remove(employee);
                    }
                    _ => {}
                }
            }
        }
        history
    }

    /// Whether a later import finished somebody with this account.
    fn has_finished(&self, account: &UserAccountId) -> bool {
        self.finished.values().any(|(_, finished)| *finished == account)
    }
}
