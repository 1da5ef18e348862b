//! Giving somebody up who cannot be finished, and what they are from then on.

use jiff::Timestamp;

use super::{Assignments, FailureReason, Import, Outcome};
use crate::ids::{EmployeeId, UserAccountId};
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// The reason, for which a page has words.
    pub reason: FailureReason,
    /// What GO1 was asked about the account, and what it said.
    pub answer: AccountAnswer,
    /// What was assigned to them before that.
    pub courses: Assignments,
    /// When GO1 may have been asked for them last. Later than now where a worker may still be at it:
    /// [`LONGEST_ATTEMPT`](super::LONGEST_ATTEMPT).
    pub asked_at: Timestamp,
}

/// How somebody fails, and which member they are from then on, if any: whoever has or may have an account is one, and
/// has a place. `member`: the one that they are now.
pub fn failed(
    import: &Import,
    employee: &EmployeeId,
    member: Option<&Member>,
    given_up: &GivenUp,
) -> (Outcome, Option<Member>) {
    let GivenUp { reason, answer, ref courses, asked_at } = *given_up;
    let unresolved = Outcome::failed(FailureReason::Unresolved);
    match (member, answer) {
        (Some(member @ Member { account: Some(account), .. }), _) => {
            let created = member.created && member.import == import.id;
            let outcome = Outcome::failed_with(reason, Some((account.clone(), created)), courses.clone());
            (outcome, Some(Member { unfinished: true, ..member.clone() }))
        }
        (_, AccountAnswer::HasNone) | (None, AccountAnswer::NotAsked) => (Outcome::failed(reason), None),
        (Some(member), AccountAnswer::NotAsked) => (unresolved, Some(member.clone())),
        // Under the email of this import GO1 was asked last, so with that it is looked for.
        (member, AccountAnswer::NoAnswer) => {
            let known = member.filter(|member| member.import == import.id);
            let since = known.map_or(import.accepted_at, |known| known.since);
            let asked_at = member.and_then(|member| member.asked_at).map_or(asked_at, |before| before.max(asked_at));
            (unresolved, Some(Member::unresolved(import.id.clone(), since, employee.clone(), asked_at)))
        }
    }
}

/// How somebody fails for whom not everything could be taken back, and which member they are from then on: the one that
/// they were, with the place. Where a worker may still be at it, the member says until when, and nobody makes the
/// account active again or assigns anything before.
pub fn undo_failed(account: &UserAccountId, member: Option<&Member>, given_up: &GivenUp) -> (Outcome, Option<Member>) {
    let GivenUp { reason, answer, asked_at, .. } = *given_up;
    let outcome = Outcome::failed_with(reason, Some((account.clone(), false)), Assignments::unknown());
    let after = member.cloned().map(|member| match answer {
        AccountAnswer::NoAnswer => Member { asked_at: member.asked_at.max(Some(asked_at)), ..member },
        AccountAnswer::NotAsked | AccountAnswer::HasNone => member,
    });
    (outcome, after)
}
