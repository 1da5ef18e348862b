//! Who of an import failed, or lacks something: told apart by what they have and why, and whether another try may help.

use domain::import::{FailureReason, ImportPerson, Outcome};

use super::ImportPage;
use crate::words::{count_of, person_result};

/// How many of those with one reason are named at once. The others are folded away: two hundred would be a page of many
/// metres.
const NAMED_AT_ONCE: usize = 5;

/// People of whom the same can be said.
pub(super) struct Failures<'page> {
    /// The name of the group in the page's ids.
    pub(super) name: &'static str,
    /// Who they are: "3 people not imported".
    pub(super) who: String,
    /// The same by why: the words of each reason, and everybody whom they are true of.
    pub(super) reasons: Vec<Reason<'page>>,
}

/// People of whom the same is said.
pub(super) struct Reason<'page> {
    pub(super) words: String,
    pub(super) people: Vec<&'page ImportPerson>,
}

impl<'page> Reason<'page> {
    /// By what is said of them, in the order of the page.
    fn all_of(page: &'page ImportPage, people: Vec<&'page ImportPerson>) -> Vec<Self> {
        let mut reasons: Vec<Self> = Vec::new();
        for person in people {
            let words = person_result(person, &page.stored);
            match reasons.iter_mut().find(|reason| reason.words == words) {
                Some(reason) => reason.people.push(person),
                None => reasons.push(Self { words, people: vec![person] }),
            }
        }
        reasons
    }

    /// Those who are named at once: everybody, where hardly more are.
    pub(super) fn first(&self) -> &[&'page ImportPerson] {
        self.people.split_at(self.named_at_once()).0
    }

    /// Those who are folded away.
    pub(super) fn others(&self) -> &[&'page ImportPerson] {
        self.people.split_at(self.named_at_once()).1
    }

    fn named_at_once(&self) -> usize {
        if self.people.len() <= NAMED_AT_ONCE + 1 { self.people.len() } else { NAMED_AT_ONCE }
    }
}

/// What account somebody has whom the import could not finish.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FailedAccount {
    Missing,
    Usable,
    /// An account that nobody can use, which was left as it is.
    Unusable,
    /// GO1 did not say whether it made an account.
    Uncertain,
}

impl ImportPage {
    /// Whether another try may help somebody, as nothing in Xero or GO1 need be changed for it.
    pub(super) fn can_be_retried(&self) -> bool {
        let may_help = |person: &ImportPerson| match &person.outcome {
            Outcome::Failed { reason, .. } => {
                !matches!(reason, FailureReason::AccountRefused | FailureReason::PortalFull)
            }
            other => other.is_short(),
        };
        let is_left = |person: &&ImportPerson| !self.finished_later.contains(&person.employee_id);
        self.undoes.is_none() && self.people.iter().filter(is_left).any(may_help)
    }

    /// Whether the people can be looked at once more with those ticked who failed or lack a course: also where something
    /// is to be mended in Xero first, as they are read anew.
    pub(super) fn may_be_retried(&self) -> bool {
        self.can_be_retried() || self.undoes.is_none() && self.failed_still() > 0
    }

    /// Whether another try is what the page leads with: it may help as things are, and nobody chose to stop the import.
    pub(super) fn leads_with_retry(&self) -> bool {
        !self.is_taken_back() && !self.stopped && self.failed_still() > 0 && self.can_be_retried()
    }

    /// Whether there is somebody of whom the page has to say what went wrong.
    pub(super) fn is_left(&self) -> bool {
        self.failed_still() > 0
    }

    /// The class of the button that leads on: one button of a page is the first.
    pub(super) fn weight_of_way_on(&self) -> &'static str {
        if self.leads_with_retry() { "button is-quiet" } else { "button" }
    }

    /// Those who failed, by what they have, but for whom a later import has finished; of an undo all together.
    pub(super) fn failures(&self) -> Vec<Failures<'_>> {
        let failed = |has: Option<FailedAccount>| {
            let people = self.people.iter().filter(move |person| {
                let now = failed_account(&person.outcome);
                let is_left = !self.finished_later.contains(&person.employee_id);
                is_left && now.is_some() && (has.is_none() || now == has)
            });
            people.collect::<Vec<_>>()
        };
        let group = |name, people: Vec<_>, one: &str, many: &str| {
            let who = match people.len() {
                1 => format!("One person {one}"),
                all => format!("{} {many}", count_of(all, "person", "people")),
            };
            Failures { name, who, reasons: Reason::all_of(self, people) }
        };
        let groups = if self.undoes.is_some() {
            let of = "not fully undone";
            vec![group("failures", failed(None), of, of)]
        } else {
            let partly = "with an account, but not every course";
            let all_partly = "with an account, but not every course";
            let (uncertain, all_uncertain) = ("we’re not sure about", "we’re not sure about");
            let (unusable, all_unusable) = ("with an account that isn’t active", "with accounts that aren’t active");
            vec![
                group("partly", failed(Some(FailedAccount::Usable)), partly, all_partly),
                group("unusable", failed(Some(FailedAccount::Unusable)), unusable, all_unusable),
                group("uncertain", failed(Some(FailedAccount::Uncertain)), uncertain, all_uncertain),
                group("failures", failed(Some(FailedAccount::Missing)), "not imported", "not imported"),
            ]
        };
        groups.into_iter().filter(|group| !group.reasons.is_empty()).collect()
    }
}

/// What account somebody has who failed; `None` for everybody else.
fn failed_account(outcome: &Outcome) -> Option<FailedAccount> {
    match outcome {
        Outcome::Failed { account: Some(_), .. } => Some(FailedAccount::Usable),
        Outcome::Failed { reason: FailureReason::AccountInactive, .. } => Some(FailedAccount::Unusable),
        Outcome::Failed { reason: FailureReason::Unresolved, .. } => Some(FailedAccount::Uncertain),
        Outcome::Failed { .. } => Some(FailedAccount::Missing),
        Outcome::Waiting | Outcome::Done { .. } | Outcome::Undone { .. } => None,
    }
}
