//! The people: who would be imported, who cannot be, who is in already, and what importing comes to.

use std::collections::HashSet;
use std::ops::Deref;

use askama::Template;
use domain::country::Country;
use domain::ids::{EmployeeId, PlanDigest};
use domain::plan::{Consequences, Decision, Plan};
use domain::portal::PLACES;
use jiff::Timestamp;

use super::people_rows::{BlockedRow, LeaverRow, MemberRow, PersonRow, Rows, Unticked};
use super::{PlanChanges, Step, View, Width};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::site::SiteSettings;
use crate::words::{self, moment};

/// What the page needs beside the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleContext {
    pub form_token: FormToken,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeoplePage {
    /// What is not in the plan.
    pub context: PeopleContext,
    /// What the plan is named by.
    pub plan: PlanDigest,
    /// Those who can be imported and are not members, in the plan's order.
    pub people: Vec<PersonRow>,
    /// Those whom an earlier import did not finish, in the plan's order.
    pub unfinished: Vec<PersonRow>,
    /// Those who cannot be imported, in the plan's order.
    pub blocked: Vec<BlockedRow>,
    /// Those who were imported before and still work there, in the plan's order.
    pub members: Vec<MemberRow>,
    /// Those who were imported before and have left.
    pub left: Vec<LeaverRow>,
    /// Those who were imported before and whom this look did not find, and no look before it missed.
    pub missed: Vec<LeaverRow>,
    /// How many courses each person is assigned.
    pub courses: usize,
    /// Places that the portal has left before this import.
    pub places_left: u32,
    /// When Xero was read.
    pub read_at: Timestamp,
    /// What stands above the list.
    pub notice: Option<PeopleNotice>,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeopleTemplate<'page> {
    page: &'page PeoplePage,
    frame: &'page Frame,
}

impl Deref for PeopleTemplate<'_> {
    type Target = PeoplePage;

    fn deref(&self) -> &PeoplePage {
        self.page
    }
}

/// What stands above the list, and the status to answer with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeopleNotice {
    /// 409. The list changed between the look and the press; this is the new one. With what changed, where it is known.
    SourceChanged(Option<PlanChanges>),
    /// 200. Those whom the last import failed are ticked, as far as they can be imported.
    FailedTicked,
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
        let Rows { people, unfinished, blocked, members, left, missed } = Rows::of(plan);
        Self {
            context,
            plan: plan.digest(),
            people,
            unfinished,
            blocked,
            members,
            left,
            missed,
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

    /// The same page with these boxes ticked and no others: what was posted, or what failed, shown again.
    #[must_use]
    pub fn with_ticks(mut self, ticked: &[EmployeeId]) -> Self {
        let ticked: HashSet<&EmployeeId> = ticked.iter().collect();
        for person in self.people.iter_mut().chain(&mut self.unfinished) {
            person.ticked = ticked.contains(&person.employee_id);
        }
        self
    }

    /// The groups of those with a box: what a group is called where there are several, what its boxes are named by, and
    /// who is in it.
    fn groups(&self) -> Vec<(&'static str, &'static str, &[PersonRow])> {
        let groups = [("New", "new", &*self.people), ("To finish", "unfinished", &*self.unfinished)];
        groups.into_iter().filter(|(_, _, people)| !people.is_empty()).collect()
    }

    fn offered(&self) -> impl Iterator<Item = &PersonRow> {
        self.people.iter().chain(&self.unfinished)
    }

    fn ticked(&self) -> impl Iterator<Item = &PersonRow> {
        self.offered().filter(|person| person.ticked)
    }

    /// What the ticks come to.
    fn consequences(&self) -> Consequences {
        Consequences::of(self.ticked().map(|person| &person.decision), self.places_left, self.courses)
    }

    /// How many of those ticked need a place.
    fn needing(&self) -> usize {
        self.ticked().filter(|person| person.decision.takes_place()).count()
    }

    fn places(&self) -> usize {
        self.places_left as usize
    }

    fn over(&self) -> usize {
        self.needing().saturating_sub(self.places())
    }

    fn unticked(&self, why: Option<Unticked>) -> usize {
        self.offered()
            .filter(|person| person.unticked.is_some() && why.is_none_or(|why| person.unticked == Some(why)))
            .count()
    }

    /// Why somebody is not ticked, where that still holds: other ticks than the plan's may have left places.
    fn why(&self, person: &PersonRow) -> Option<Unticked> {
        person.unticked.filter(|why| *why != Unticked::OverTheLimit || self.needing() >= self.places())
    }

    /// What those have in common who are not ticked.
    fn unticked_words(&self) -> String {
        let none = |why| self.unticked(Some(why)) == 0;
        let (advisers, over, slips) =
            (!none(Unticked::Adviser), !none(Unticked::OverTheLimit), !none(Unticked::DoubtfulEmail));
        match (advisers, over, slips) {
            (false, true, false) => format!("over the limit of {PLACES}"),
            (true, false, false) => "unticked: external advisers".to_owned(),
            (true, true, false) => "unticked: advisers, over the limit".to_owned(),
            (false, false, _) => "unticked: check the email".to_owned(),
            _ => "unticked: see beside each".to_owned(),
        }
    }

    fn suggested(&self) -> usize {
        self.offered().count() - self.unticked(None)
    }

    /// Those imported before, leavers whom Xero still lists among them.
    fn before(&self) -> usize {
        self.members.len() + self.left.iter().filter(|leaver| leaver.listed).count()
    }

    fn read(&self) -> usize {
        self.offered().count() + self.blocked.len() + self.before()
    }

    fn differing(&self) -> impl Iterator<Item = &MemberRow> {
        self.members.iter().filter(|member| member.at_go1.is_some())
    }

    fn same(&self) -> impl Iterator<Item = &MemberRow> {
        self.members.iter().filter(|member| member.at_go1.is_none())
    }

    fn read_moment(&self) -> String {
        moment(self.read_at)
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

    fn tab(&self) -> Option<PortalTab> {
        Some(PortalTab::Users)
    }

    fn body(&self, _site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        PeopleTemplate { page: self, frame }.render()
    }
}
