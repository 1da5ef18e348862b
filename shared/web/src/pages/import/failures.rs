//! Who of an import failed, or lacks something: told apart by what they have, and whether another try may help.

use domain::import::{FailureReason, ImportPerson, Outcome};

use super::ImportPage;
use crate::words::count_of;

/// People of whom the same can be said.
pub(super) struct Failures<'page> {
    /// What its parts are named by on the page.
    pub(super) name: &'static str,
    /// Who they are: "3 people not imported".
    pub(super) who: String,
    pub(super) people: Vec<&'page ImportPerson>,
}

/// What somebody who failed has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Has {
    Nothing,
    Account,
    /// Nobody knows.
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
        self.undoes.is_none() && self.people.iter().any(may_help)
    }

    /// Those who failed, by what they have; of an undo all together.
    pub(super) fn failures(&self) -> Vec<Failures<'_>> {
        let failed = |has: Option<Has>| {
            let people = self.people.iter().filter(move |person| {
                let now = has_of(&person.outcome);
                now.is_some() && (has.is_none() || now == has)
            });
            people.collect::<Vec<_>>()
        };
        let group = |name, people: Vec<_>, one: &str, many: &str| {
            let who = match people.len() {
                1 => format!("One person {one}"),
                all => format!("{} {many}", count_of(all, "person", "people")),
            };
            Failures { name, who, people }
        };
        let groups = if self.undoes.is_some() {
            let of = "not fully undone";
            vec![group("failures", failed(None), of, of)]
        } else {
            let partly = "with an account, but not every course";
            let all_partly = "with an account, but not every course";
            let (uncertain, all_uncertain) = ("we’re not sure about", "we’re not sure about");
            vec![
                group("partly", failed(Some(Has::Account)), partly, all_partly),
                group("uncertain", failed(Some(Has::Uncertain)), uncertain, all_uncertain),
                group("failures", failed(Some(Has::Nothing)), "not imported", "not imported"),
            ]
        };
        groups.into_iter().filter(|group| !group.people.is_empty()).collect()
    }
}

/// What somebody has who failed; `None` for everybody else.
fn has_of(outcome: &Outcome) -> Option<Has> {
    match outcome {
        Outcome::Failed { account: Some(_), .. } => Some(Has::Account),
        Outcome::Failed { reason: FailureReason::Unresolved, .. } => Some(Has::Uncertain),
        Outcome::Failed { .. } => Some(Has::Nothing),
        Outcome::Waiting | Outcome::Done { .. } | Outcome::Undone { .. } => None,
    }
}
