//! The people: who would be imported, who cannot be, and what importing comes to.

use std::collections::{HashMap, HashSet};

use askama::Template;
use domain::country::Country;
use domain::ids::{EmployeeId, PlanDigest};
use domain::plan::{Consequences, Decision, Plan, PlanEntry};
use domain::portal::PLACES;
use jiff::Timestamp;

use super::{PlanChanges, Step, View, Width};
use crate::form_token::FormToken;
use crate::site::SiteSettings;
use crate::words::{self, full_name, moment};

/// What the page needs beside the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleContext {
    /// This browser's token.
    pub form_token: FormToken,
    /// The organisation's name.
    pub organisation: String,
    /// Its country: it decides what the people are called.
    pub country: Country,
    /// Where the owner can correct them: Xero's list of employees, or of users.
    pub xero_people_url: String,
    /// Whether the portal exists; then skipping creates nothing.
    pub portal_exists: bool,
}

/// The list, with a box before everybody who can be imported. Posts `plan` and `people` to `/imports`; "Check again"
/// posts to `/preview/people`, "Skip" to `/imports/skip`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "people.html")]
pub struct PeoplePage {
    /// What is not in the plan.
    pub context: PeopleContext,
    /// What the plan is named by.
    pub plan: PlanDigest,
    /// Those who can be imported, in the plan's order.
    pub people: Vec<PersonRow>,
    /// Those who cannot, in the plan's order.
    pub blocked: Vec<BlockedRow>,
    /// How many were imported before.
    pub members: usize,
    /// How many courses each person is assigned.
    pub courses: usize,
    /// Places that the portal has left before this import.
    pub places_left: u32,
    /// When Xero was read.
    pub read_at: Timestamp,
    /// What stands above the list.
    pub notice: Option<PeopleNotice>,
}

/// Somebody who can be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// What the box posts.
    pub employee_id: EmployeeId,
    /// Both names.
    pub name: String,
    /// The email.
    pub email: String,
    /// Whether an account is made; otherwise the one that the portal has is used.
    pub new_account: bool,
    /// Whether the box is ticked.
    pub ticked: bool,
    /// Why the plan does not tick the box by itself.
    pub unticked: Option<Unticked>,
}

/// Why the plan does not tick somebody's box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unticked {
    /// All places are taken by those before them.
    OverTheLimit,
    /// An external adviser with a Xero login.
    Adviser,
}

/// Somebody who cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedRow {
    /// Both names.
    pub name: String,
    /// The email as Xero has it.
    pub email: Option<String>,
    /// Why.
    pub reason: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// What stands above the list, and the status to answer with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeopleNotice {
    /// 409. Xero changed between the look and the press; this is the new list. With what changed, where it is known.
    SourceChanged(Option<PlanChanges>),
    /// 422. More are ticked than there are places.
    TooManyTicked,
    /// 422. Nobody is ticked.
    NobodyTicked,
    /// 422. Somebody was ticked who is not offered.
    NotOffered,
}

impl PeoplePage {
    /// The page of `plan`, with the boxes ticked as the plan has them.
    pub fn of(plan: &Plan, context: PeopleContext) -> Self {
        let names: HashMap<&EmployeeId, String> =
            plan.entries.iter().map(|entry| (&entry.employee_id, name(entry))).collect();
        let (mut people, mut blocked, mut members) = (Vec::new(), Vec::new(), 0);
        // Ticks are given out in the plan's order, so whoever is unticked while places are left is an adviser.
        let mut places = plan.places_left;
        for entry in &plan.entries {
            match &entry.decision {
                Decision::Create | Decision::Link { .. } => {
                    let unticked = match (entry.ticked, places) {
                        (true, _) => None,
                        (false, 0) => Some(Unticked::OverTheLimit),
                        (false, _) => Some(Unticked::Adviser),
                    };
                    places = places.saturating_sub(u32::from(entry.ticked));
                    people.push(PersonRow {
                        employee_id: entry.employee_id.clone(),
                        name: name(entry),
                        email: entry.email.clone().unwrap_or_default(),
                        new_account: entry.decision == Decision::Create,
                        ticked: entry.ticked,
                        unticked,
                    });
                }
                Decision::AlreadyMember => members += 1,
                Decision::Blocked { reason } => {
                    let first = match reason {
                        domain::plan::BlockedReason::RepeatedEmail { first } => names.get(first).map(String::as_str),
                        _ => None,
                    };
                    blocked.push(BlockedRow {
                        name: name(entry),
                        email: entry.email.clone(),
                        reason: words::blocked_reason(reason, first),
                        remedy: words::blocked_remedy(reason),
                    });
                }
            }
        }
        Self {
            context,
            plan: plan.digest(),
            people,
            blocked,
            members,
            courses: plan.courses.len(),
            places_left: plan.places_left,
            read_at: plan.read_at,
            notice: None,
        }
    }

    /// The same page with a notice.
    #[must_use]
    pub fn with_notice(mut self, notice: PeopleNotice) -> Self {
        self.notice = Some(notice);
        self
    }

    /// The same page with these boxes ticked and no others: what was posted, shown again.
    #[must_use]
    pub fn with_ticks(mut self, ticked: &[EmployeeId]) -> Self {
        let ticked: HashSet<&EmployeeId> = ticked.iter().collect();
        for person in &mut self.people {
            person.ticked = ticked.contains(&person.employee_id);
        }
        self
    }

    fn ticked(&self) -> usize {
        self.people.iter().filter(|person| person.ticked).count()
    }

    /// What the ticks come to.
    fn consequences(&self) -> Consequences {
        let ticked = self.ticked();
        let accounts = self.people.iter().filter(|person| person.ticked && person.new_account).count();
        Consequences {
            accounts,
            linked: ticked - accounts,
            assignments: ticked * self.courses,
            places_left: self.places_left.saturating_sub(u32::try_from(ticked).unwrap_or(u32::MAX)),
        }
    }

    fn places(&self) -> usize {
        self.places_left as usize
    }

    fn over(&self) -> usize {
        self.ticked().saturating_sub(self.places())
    }

    fn unticked(&self) -> usize {
        self.people.iter().filter(|person| person.unticked.is_some()).count()
    }

    fn suggested(&self) -> usize {
        self.people.len() - self.unticked()
    }

    fn read(&self) -> usize {
        self.people.len() + self.blocked.len() + self.members
    }

    fn read_moment(&self) -> String {
        moment(self.read_at)
    }

    fn over_the_limit(&self) -> usize {
        self.people.iter().filter(|person| person.unticked == Some(Unticked::OverTheLimit)).count()
    }

    fn is_error(&self) -> bool {
        matches!(self.notice, Some(PeopleNotice::TooManyTicked | PeopleNotice::NobodyTicked | PeopleNotice::NotOffered))
    }
}

impl View for PeoplePage {
    fn title(&self) -> String {
        if self.is_error() { "Error: Who will be imported" } else { "Who will be imported" }.to_owned()
    }

    fn step(&self) -> Option<Step> {
        Some(Step::People)
    }

    fn width(&self) -> Width {
        Width::Wide
    }

    fn body(&self, _site: &SiteSettings) -> askama::Result<String> {
        self.render()
    }
}

fn name(entry: &PlanEntry) -> String {
    full_name(&entry.given_name, &entry.family_name)
}
