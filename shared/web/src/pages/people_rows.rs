//! The rows of the people's page, section by section.

use std::collections::HashMap;

use domain::account::AccountDoubt;
use domain::email::EmailAddress;
use domain::ids::EmployeeId;
use domain::name::PersonName;
use domain::plan::{BlockedReason, Decision, Differs, Leaver, Plan, PlanEntry};

use crate::words::{self, full_name};

/// Somebody who can be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// What the box posts.
    pub employee_id: EmployeeId,
    pub name: String,
    pub email: String,
    pub decision: Decision,
    pub ticked: bool,
    /// Why the box is not ticked by itself.
    pub unticked: Option<Unticked>,
    /// Whether they were not on the list when it was looked at before.
    pub is_new: bool,
    /// The address that was probably meant, where this one looks like a slip and an account would be made for it.
    pub likely_email: Option<String>,
    /// What is doubtful about the account that GO1 has, and what to do.
    pub account_doubt: Option<String>,
    /// Who else has this email in Xero, and cannot be imported for it.
    pub shares_email_with: Vec<String>,
}

/// Why somebody's box is not ticked by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unticked {
    /// All places are taken by those before them.
    OverTheLimit,
    /// An external adviser with a Xero login.
    Adviser,
    /// The email address looks like a slip.
    DoubtfulEmail,
    /// The account that GO1 has may be somebody else's, or GO1 says something of it that we do not know.
    DoubtfulAccount,
    /// Somebody took the tick away.
    ByHand,
}

/// Somebody who cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedRow {
    pub name: String,
    /// The email as Xero has it.
    pub email: Option<String>,
    pub reason: String,
    pub remedy: &'static str,
}

/// Somebody who was imported before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRow {
    pub name: String,
    /// The email as Xero has it.
    pub email: Option<String>,
    /// Where GO1 has another name or email: what it has.
    pub at_go1: Option<String>,
    /// What else there is to say of them.
    pub note: Option<String>,
}

/// Somebody who was imported before and has left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaverRow {
    pub name: String,
    pub email: Option<String>,
    /// Under how many records Xero still lists them, as one who has left: several where they were hired again.
    pub records: usize,
}

/// All rows of a plan.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) people: Vec<PersonRow>,
    pub(super) unfinished: Vec<PersonRow>,
    pub(super) blocked: Vec<BlockedRow>,
    pub(super) members: Vec<MemberRow>,
    pub(super) left: Vec<LeaverRow>,
    pub(super) missed: Vec<LeaverRow>,
}

impl PersonRow {
    /// Whether there is a question beside them, which only the owner answers.
    pub(super) fn is_asked(&self) -> bool {
        matches!(self.unticked, Some(Unticked::DoubtfulAccount | Unticked::DoubtfulEmail))
    }

    /// What the script counts them as, where their account is not simply there: `new`, or `uncertain`.
    pub(super) fn account(&self) -> Option<&'static str> {
        match self.decision {
            Decision::Create => Some("new"),
            Decision::Resume { account: None, .. } => Some("uncertain"),
            _ => None,
        }
    }
}

impl Rows {
    pub(super) fn of(plan: &Plan) -> Self {
        let names: HashMap<&EmployeeId, String> =
            plan.entries.iter().map(|entry| (&entry.employee_id, name(entry))).collect();
        let by_id: HashMap<&EmployeeId, &PlanEntry> =
            plan.entries.iter().map(|entry| (&entry.employee_id, entry)).collect();
        let mut rows = Self::default();
        let mut leavers: HashMap<&EmployeeId, usize> = HashMap::new();
        let mut sharing: HashMap<&EmployeeId, Vec<String>> = HashMap::new();
        // Ticks are given out in the plan's order, so whoever is unticked while places are left is an adviser, or has an
        // address that looks like a slip.
        let mut places = plan.places_left;
        let ticks = plan.ticks();
        let person = |entry: &PlanEntry, places| person(entry, places, ticks.contains(&entry.employee_id), &names);
        for entry in &plan.entries {
            match &entry.decision {
                Decision::Create | Decision::Link { .. } => {
                    rows.people.push(person(entry, places));
                    places = places.saturating_sub(u32::from(entry.ticked));
                }
                Decision::Resume { .. } => rows.unfinished.push(person(entry, 1)),
                Decision::AlreadyMember { left: true, works_as: None, told_as, .. } => {
                    let told_as = told_as.as_ref().unwrap_or(&entry.employee_id);
                    if let Some(position) = leavers.get(told_as) {
                        rows.left[*position].records += 1;
                    } else {
                        leavers.insert(told_as, rows.left.len());
                        let email = entry.email.text().map(str::to_owned);
                        rows.left.push(LeaverRow { name: name(entry), email, records: 1 });
                    }
                }
                Decision::AlreadyMember { differs, works_as, .. } => {
                    // What an ended record says is no longer true.
                    let differs = differs.as_ref().filter(|_| works_as.is_none());
                    rows.members.push(MemberRow {
                        name: name(entry),
                        email: entry.email.text().map(str::to_owned),
                        at_go1: differs.map(at_go1),
                        note: match (works_as, &entry.doubt) {
                            (Some(_), _) => Some(words::WORKS_HERE_AGAIN.to_owned()),
                            (None, Some(AccountDoubt::Status { word })) => Some(words::member_status(word)),
                            (None, _) => differs
                                .filter(|differs| may_be_somebody_else(entry, differs))
                                .map(|_| words::MAY_BE_SOMEBODY_ELSE.to_owned()),
                        },
                    });
                }
                Decision::Blocked { reason } => {
                    let first = match reason {
                        BlockedReason::RepeatedEmail { first } => by_id.get(first),
                        _ => None,
                    };
                    let same = first.filter(|first| person_name(first).may_be(&person_name(entry)));
                    if let (Some(first), None) = (first, same) {
                        sharing.entry(&first.employee_id).or_default().push(name(entry));
                    }
                    let (reason, remedy) = match same {
                        Some(same) => words::second_record(&name(same)),
                        None => (
                            words::blocked_reason(reason, entry, first.map(|first| name(first)).as_deref()),
                            words::blocked_remedy(reason),
                        ),
                    };
                    let email = entry.email.text().map(str::to_owned);
                    rows.blocked.push(BlockedRow { name: name(entry), email, reason, remedy });
                }
            }
        }
        for row in rows.people.iter_mut().chain(&mut rows.unfinished) {
            row.shares_email_with = sharing.remove(&row.employee_id).unwrap_or_default();
        }
        for leaver in &plan.left {
            let row = LeaverRow { name: leaver_name(leaver).to_owned(), email: leaver.email.clone(), records: 0 };
            if leaver.confirmed { &mut rows.left } else { &mut rows.missed }.push(row);
        }
        rows
    }
}

fn person(entry: &PlanEntry, places: u32, ticked: bool, names: &HashMap<&EmployeeId, String>) -> PersonRow {
    let email = entry.email.address().ok().filter(|_| entry.decision == Decision::Create);
    let likely_email = email.and_then(EmailAddress::likely_meant);
    PersonRow {
        employee_id: entry.employee_id.clone(),
        name: name(entry),
        email: entry.email.text().unwrap_or_default().to_owned(),
        decision: entry.decision.clone(),
        ticked,
        unticked: match (entry.ticked, places) {
            (true, _) => (!ticked).then_some(Unticked::ByHand),
            (false, _) if entry.doubt.is_some() => Some(Unticked::DoubtfulAccount),
            (false, _) if likely_email.is_some() => Some(Unticked::DoubtfulEmail),
            (false, 0) => Some(Unticked::OverTheLimit),
            (false, _) => Some(Unticked::Adviser),
        },
        likely_email,
        is_new: false,
        shares_email_with: Vec::new(),
        account_doubt: entry.doubt.as_ref().map(|doubt| words::account_doubt(doubt, &name(entry), names)),
    }
}

pub(super) fn leaver_name(leaver: &Leaver) -> &str {
    if leaver.name.is_empty() { "(name not known)" } else { &leaver.name }
}

fn at_go1(differs: &Differs) -> String {
    let name = full_name(&differs.given_name, &differs.family_name);
    differs.email.as_ref().map_or(name.clone(), |email| format!("{name}, {email}"))
}

/// Whether GO1 has another name and another email than Xero: the record may be another person's by now.
fn may_be_somebody_else(entry: &PlanEntry, differs: &Differs) -> bool {
    let at_go1 = PersonName::new(&differs.given_name, &differs.family_name);
    let email = entry.email.address().ok().map(EmailAddress::as_str);
    !person_name(entry).may_be(&at_go1) && email.is_some() && email != differs.email.as_deref()
}

fn person_name(entry: &PlanEntry) -> PersonName {
    PersonName::new(&entry.given_name, &entry.family_name)
}

fn name(entry: &PlanEntry) -> String {
    full_name(&entry.given_name, &entry.family_name)
}
