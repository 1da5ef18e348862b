//! Giving somebody up who cannot be finished, and what they are from then on.

use jiff::Timestamp;

use super::{Assignments, FailureReason, GO1_IS_BEHIND, GO1_WORKS_ON, Import, Outcome};
use crate::ids::{EmployeeId, UserAccountId};
use crate::member::Member;

/// What GO1 was asked of somebody's account before they failed, and what it said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountAnswer {
    /// This import asked nothing, or every answer is known and there is nothing to be done for the account.
    NotAsked,
    /// Attempts that ended in order asked, so whoever has or may have an account is a member, and nobody else. GO1 may
    /// still be at a change of the account.
    MemberTells,
    /// There is no account, says GO1.
    HasNone,
    /// It may have made one, and did not say.
    NoAnswer,
}

impl AccountAnswer {
    /// Whether GO1 may still be at something that it was asked for this person, or be asked it.
    fn may_be_open(self) -> bool {
        matches!(self, Self::MemberTells | Self::NoAnswer)
    }
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
            // GO1, or a worker, may still be at a change of the account, which whoever comes next waits for.
            let asked_at = answer.may_be_open().then_some(asked_at).max(member.asked_at);
            (outcome, Some(Member { unfinished: true, asked_at, ..member.clone() }))
        }
        // Another worker has asked since, and GO1 may not show yet what came of it.
        (Some(member), AccountAnswer::HasNone)
            if member.asked_at.is_some_and(|before| may_be_unseen(before, asked_at)) =>
        {
            (unresolved, Some(member.clone()))
        }
        (_, AccountAnswer::HasNone) | (None, AccountAnswer::NotAsked | AccountAnswer::MemberTells) => {
            (Outcome::failed(reason), None)
        }
        (Some(member), AccountAnswer::NotAsked | AccountAnswer::MemberTells) => (unresolved, Some(member.clone())),
        // Under the email of this import GO1 was asked last, so with that it is looked for.
        (member, AccountAnswer::NoAnswer) => {
            let known = member.filter(|member| member.import == import.id);
            let since = known.map_or(import.accepted_at, |known| known.since);
            let asked_at = member.and_then(|member| member.asked_at).map_or(asked_at, |before| before.max(asked_at));
            (unresolved, Some(Member::unresolved(import.id.clone(), since, employee.clone(), asked_at)))
        }
    }
}

/// Whether GO1 may at `now` not show an account that it was asked for at `asked_at`.
fn may_be_unseen(asked_at: Timestamp, now: Timestamp) -> bool {
    now < asked_at + GO1_WORKS_ON + GO1_IS_BEHIND
}

/// How somebody fails for whom not everything could be taken back, and which member they are from then on: the one that
/// they were, with the place. Where a worker may still be at it, the member says until when, and nobody makes the
/// account active again or assigns anything before.
pub fn undo_failed(account: &UserAccountId, member: Option<&Member>, given_up: &GivenUp) -> (Outcome, Option<Member>) {
    let GivenUp { reason, answer, asked_at, .. } = *given_up;
    let outcome = Outcome::failed_with(reason, Some((account.clone(), false)), Assignments::unknown());
    let open = answer.may_be_open().then_some(asked_at);
    let after = member.cloned().map(|member| Member { asked_at: member.asked_at.max(open), ..member });
    (outcome, after)
}
