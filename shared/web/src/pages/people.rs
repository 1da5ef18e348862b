//! The people: who would be imported, who cannot be, who is in already, and what importing comes to.

use std::collections::HashSet;
use std::ops::Deref;

use askama::Template;
use domain::country::Country;
use domain::ids::{EmployeeId, PlanDigest};
use domain::plan::{AddressSeen, Consequences, Decision, Plan};
use domain::portal::{PLACES, PortalDomain};
use jiff::Timestamp;

use super::people_rows::{BlockedRow, LeaverRow, MemberRow, PersonRow, Rows, Unticked};
use super::{PlanChanges, Step, View, Width};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::locale::filters;
use crate::site::SiteSettings;
use crate::words;

/// How many Xero users are few.
const FEW_USERS: usize = 3;

/// What the page needs beside the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleContext {
    pub form_token: FormToken,
    pub organisation: String,
    /// Its country: it decides what the people are called.
    pub country: Country,
    /// Where the owner can correct them: Xero's list of employees, or of users.
    pub xero_people_url: String,
    /// The address of the portal that is made with the import; `None` where it exists.
    pub new_portal: Option<PortalDomain>,
    /// The email with which the owner signs in to that portal.
    pub owner_email: Option<String>,
}

/// The list, with a box before everybody who can be imported. Posts `plan` and `people` to `/imports`; "Check again"
/// posts the same to `/preview/people`, "Skip" to `/imports/skip`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeoplePage {
    /// What is not in the plan.
    pub context: PeopleContext,
    /// What the plan is named by.
    pub plan: PlanDigest,
    /// The name of the contact group whose contacts they are, where one was chosen.
    pub group: Option<String>,
    /// Those who are not members and can be imported while there are places, in the plan's order.
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
    /// What GO1 said of an address for the portal.
    pub address: Option<AddressSeen>,
    /// What stands above the list.
    pub notice: Option<PeopleNotice>,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeopleTemplate<'page> {
    page: &'page PeoplePage,
    frame: &'page Frame,
    site: &'page SiteSettings,
}

impl Deref for PeopleTemplate<'_> {
    type Target = PeoplePage;

    fn deref(&self) -> &PeoplePage {
        self.page
    }
}

/// What stands above the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeopleNotice {
    /// The list changed between the look and the press; this is the new one. With what changed, where it is known.
    SourceChanged(Option<PlanChanges>),
    /// Somebody looked again; with what changed since.
    CheckedAgain(PlanChanges),
    /// Those whom the last import failed are ticked, as far as they can be imported.
    FailedTicked,
    /// More are ticked than there are places.
    TooManyTicked,
    /// Nobody is ticked.
    NobodyTicked,
    /// Somebody was ticked who is not offered.
    NotOffered,
}

impl PeopleNotice {
    /// What the address of the page says of a press that was refused; empty for what is no refusal.
    pub fn refusal(&self) -> &'static str {
        match self {
            Self::TooManyTicked => "too-many",
            Self::NobodyTicked => "nobody",
            Self::NotOffered => "not-offered",
            Self::SourceChanged(_) | Self::CheckedAgain(_) | Self::FailedTicked => "",
        }
    }

    /// The refusal that is called so.
    pub fn of_refusal(refusal: &str) -> Option<Self> {
        [Self::TooManyTicked, Self::NobodyTicked, Self::NotOffered].into_iter().find(|one| one.refusal() == refusal)
    }
}

impl PeoplePage {
    /// The page of `plan`, with the boxes ticked as the plan has them.
    pub fn of(plan: &Plan, context: PeopleContext) -> Self {
        let Rows { people, unfinished, blocked, members, left, missed } = Rows::of(plan);
        Self {
            context,
            plan: plan.digest(),
            group: plan.group.as_ref().map(|group| group.name.clone()),
            people,
            unfinished,
            blocked,
            members,
            left,
            missed,
            courses: plan.courses.len(),
            places_left: plan.places_left,
            read_at: plan.read_at,
            address: plan.address.clone(),
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

    /// The same page with the notice of a refused press, as long as it is true: the address may be opened again when the
    /// boxes are ticked otherwise.
    #[must_use]
    pub fn with_refusal(self, notice: PeopleNotice) -> Self {
        let is_true = match notice {
            PeopleNotice::TooManyTicked => self.over() > 0,
            PeopleNotice::NobodyTicked => self.ticked().next().is_none(),
            _ => true,
        };
        if is_true { self.with_notice(notice) } else { self }
    }

    /// The same page with these people marked as new.
    #[must_use]
    pub fn with_newcomers(mut self, newcomers: &HashSet<&EmployeeId>) -> Self {
        for person in self.people.iter_mut().chain(&mut self.unfinished) {
            person.is_new = newcomers.contains(&person.employee_id);
        }
        self
    }

    /// Those who are over the limit and cannot be ticked, because no place is left.
    fn over_the_limit(&self) -> &[PersonRow] {
        if self.places_left == 0 { &self.people } else { &[] }
    }

    /// Those who have a box and need a place.
    fn new_people(&self) -> &[PersonRow] {
        if self.places_left == 0 { &[] } else { &self.people }
    }

    /// Whether the few who can log in to Xero are hardly the people of the organisation, so that a contact group is
    /// offered before them.
    fn leads_with_groups(&self) -> bool {
        self.context.country == Country::UnitedStates && self.group.is_none() && self.read() <= FEW_USERS
    }

    /// How many find no place as the boxes are ticked.
    fn without_place(&self) -> usize {
        self.offered().filter(|person| self.why(person) == Some(Unticked::OverTheLimit)).count()
    }

    /// How many of those with a box need a place.
    fn takers(&self) -> usize {
        self.new_people().len()
    }

    /// Whether another customer has the address that the portal is to get.
    fn is_address_taken(&self) -> bool {
        self.address_seen().is_some_and(|seen| seen.taken)
    }

    fn address_seen(&self) -> Option<&AddressSeen> {
        self.address.as_ref().filter(|seen| Some(&seen.domain) == self.context.new_portal.as_ref())
    }

    /// The groups of those with a box: what a group is called where there are several, what its boxes are named by, and
    /// who is in it.
    fn groups(&self) -> Vec<(&'static str, &'static str, &[PersonRow])> {
        let groups = [("New", "new", self.new_people()), ("To finish", "unfinished", &*self.unfinished)];
        groups.into_iter().filter(|(_, _, people)| !people.is_empty()).collect()
    }

    fn offered(&self) -> impl Iterator<Item = &PersonRow> {
        self.new_people().iter().chain(&self.unfinished)
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
        let (advisers, over, slips, by_hand) = (
            !none(Unticked::Adviser),
            !none(Unticked::OverTheLimit),
            !none(Unticked::DoubtfulEmail),
            !none(Unticked::ByHand),
        );
        if !none(Unticked::DoubtfulAccount) {
            let alone = !advisers && !over && !slips && !by_hand;
            return if alone { "unticked: check whose account" } else { "unticked: see beside each" }.to_owned();
        }
        match (advisers, over, slips, by_hand) {
            (false, true, false, false) => "over the limit".to_owned(),
            (true, false, false, false) => "unticked: external advisers".to_owned(),
            (true, true, false, false) => "unticked: advisers, over the limit".to_owned(),
            (false, false, true, false) => "unticked: check the email".to_owned(),
            (false, false, false, true) => "left out by you".to_owned(),
            _ => "unticked: see beside each".to_owned(),
        }
    }

    /// How many are unticked who have a question beside them.
    fn asked(&self) -> usize {
        self.offered().filter(|person| person.is_asked() && !person.ticked).count()
    }

    fn suggested(&self) -> usize {
        self.offered().count() - self.unticked(None)
    }

    /// Those imported before, leavers whom Xero still lists among them.
    fn before(&self) -> usize {
        self.members.len() + self.left.iter().map(|leaver| leaver.records).sum::<usize>()
    }

    fn read(&self) -> usize {
        self.people.len() + self.unfinished.len() + self.blocked.len() + self.before()
    }

    fn differing(&self) -> impl Iterator<Item = &MemberRow> {
        self.members.iter().filter(|member| member.at_go1.is_some() || member.note.is_some())
    }

    fn same(&self) -> impl Iterator<Item = &MemberRow> {
        self.members.iter().filter(|member| member.at_go1.is_none() && member.note.is_none())
    }

    fn is_error(&self) -> bool {
        matches!(self.notice, Some(PeopleNotice::TooManyTicked | PeopleNotice::NobodyTicked | PeopleNotice::NotOffered))
    }
}

impl View for PeoplePage {
    fn title(&self) -> String {
        if self.is_error() { "Error: Choose who to import" } else { "Choose who to import" }.to_owned()
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

    fn body(&self, site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        PeopleTemplate { page: self, frame, site }.render_with_values(&frame.locale())
    }
}
