//! Giving somebody up who cannot be finished, and what they are from then on.

use jiff::Timestamp;

use super::{FailureReason, Import, Outcome};
use crate::ids::EmployeeId;
use crate::member::Member;

/// What GO1 was asked of somebody's account before they failed, and what it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountAnswer {
    /// This import asked nothing.
    NotAsked,
    /// There is no account, says GO1.
    HasNone,
    /// It may have made one, and did not say.
    NoAnswer,
}

/// A person who is given up: why, and what is known of their account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// The reason, for which a page has words.
    pub reason: FailureReason,
    /// What GO1 was asked about the account, and what it said.
    pub answer: AccountAnswer,
    /// How many courses were assigned before that.
    pub enrollments: usize,
    /// When the person was given up.
    pub at: Timestamp,
}

/// How somebody fails, and which member they are from then on, if any: whoever has or may have an account is one, and
/// has a place. `member`: the one that they are now.
pub fn failed(
    import: &Import,
    employee: &EmployeeId,
    member: Option<&Member>,
    given_up: GivenUp,
) -> (Outcome, Option<Member>) {
    let GivenUp { reason, answer, enrollments, at } = given_up;
    let unresolved = Outcome::failed(FailureReason::Unresolved);
    match (member, answer) {
        (Some(member @ Member { account: Some(account), .. }), _) => {
            let outcome = Outcome::Failed { reason, account: Some(account.clone()), enrollments };
            (outcome, Some(Member { unfinished: true, ..member.clone() }))
        }
        (_, AccountAnswer::HasNone) | (None, AccountAnswer::NotAsked) => (Outcome::failed(reason), None),
        (Some(member), AccountAnswer::NotAsked) => (unresolved, Some(member.clone())),
        // Under the email of this import GO1 was asked last, so with that it is looked for.
        (member, AccountAnswer::NoAnswer) => {
            let known = member.filter(|member| member.import == import.id);
            let since = known.map_or(import.accepted_at, |known| known.since);
            let asked_at = known.and_then(|known| known.asked_at).map_or(at, |asked_at| asked_at.max(at));
            (unresolved, Some(Member::unresolved(import.id.clone(), since, employee.clone(), asked_at)))
        }
    }
}
