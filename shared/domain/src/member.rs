//! Who was imported: which employee has which account. No names, no emails.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{EmployeeId, ImportId, UserAccountId};

/// One person who was imported into a portal. Each member has one of its places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Xero's id of the person.
    pub employee_id: EmployeeId,
    /// The GO1 account; `None` where GO1 did not say whether it created one.
    pub account: Option<UserAccountId>,
    /// Whether we made the account; otherwise it was there.
    pub created: bool,
    /// The import that stored the account; without one, the import that asked GO1 for it.
    pub import: ImportId,
    /// When the member was stored; without an account, from when on GO1 may have been asked for it. An account that is
    /// older is not ours.
    pub since: Timestamp,
    /// Whether the import ended before they had everything. Always so without an account.
    #[serde(default)]
    pub unfinished: bool,
    /// When GO1 may have been asked last to make the account, or to make it inactive or active, where it did not say
    /// whether it did; in the future where a worker that nobody waits for any more may still ask. GO1 may be at it for a
    /// while longer, so nobody else is to ask yet.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
    /// Whether an undo has deactivated the account, or may have; whoever is imported again gets it back first.
    #[serde(default)]
    pub deactivated: bool,
    /// The import that made the account active again after an undo, or may have.
    #[serde(default)]
    pub reactivated_by: Option<ImportId>,
    /// Goes up by one with each change, so that nobody overwrites what they have not seen. 0 when it is added, and in
    /// rows from before there was a revision.
    #[serde(default)]
    pub revision: u64,
}

impl Member {
    /// Whether the account is one that `import` made, or made active again: also for another record of the same person.
    pub fn was_made_by(&self, import: &ImportId) -> bool {
        self.created && self.import == *import || self.reactivated_by.as_ref() == Some(import)
    }

    /// Whether they have their account and their courses, and no undo has taken those back. Who is not keeps their place
    /// all the same.
    pub fn is_imported(&self) -> bool {
        self.account.is_some() && !self.unfinished && !self.deactivated
    }

    /// The same person by two of their records, who have one account: what is true of the account is true of both, and
    /// they have everything where one of the records does.
    #[must_use]
    pub fn with_record(self, other: &Self) -> Self {
        Self {
            created: self.created || other.created,
            unfinished: self.unfinished && other.unfinished,
            deactivated: self.deactivated || other.deactivated,
            ..self
        }
    }

    /// Somebody of whom GO1 did not say whether it made their account for `import`, which was accepted at `since`.
    /// `asked_at`: when GO1 was asked at the latest.
    pub fn unresolved(import: ImportId, since: Timestamp, employee_id: EmployeeId, asked_at: Timestamp) -> Self {
        Self {
            employee_id,
            account: None,
            created: false,
            import,
            since,
            unfinished: true,
            asked_at: Some(asked_at),
            deactivated: false,
            reactivated_by: None,
            revision: 0,
        }
    }
}

/// How many people are imported, by all members of a portal: whoever was hired again has two records and one account,
/// and is one person.
pub fn imported_people(members: &[Member]) -> usize {
    let mut people: HashMap<&UserAccountId, Member> = HashMap::new();
    for member in members {
        if let Some(account) = &member.account {
            let person = people.remove(account).map_or_else(|| member.clone(), |known| known.with_record(member));
            people.insert(account, person);
        }
    }
    people.values().filter(|person| person.is_imported()).count()
}

/// Whether an account that was created then, if GO1 says when, is not older than `since`. GO1 may tell times without
/// their fractions, and then the second decides.
pub fn was_created_since(created_time: Option<Timestamp>, since: Timestamp) -> bool {
    created_time.is_some_and(|created| match created.subsec_nanosecond() {
        0 => created.as_second() >= since.as_second(),
        _ => created >= since,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(employee: &str, account: &str) -> Member {
        let asked = Member::unresolved("1".into(), Timestamp::UNIX_EPOCH, employee.into(), Timestamp::UNIX_EPOCH);
        Member { account: Some(account.into()), unfinished: false, asked_at: None, ..asked }
    }

    #[test]
    fn whoever_has_two_records_is_one_person_and_who_lacks_something_is_none() {
        let (ann, again, bob) = (member("1", "a"), member("2", "a"), member("3", "b"));
        assert_eq!(imported_people(&[ann.clone(), again.clone(), bob.clone()]), 2);
        let without_courses = Member { unfinished: true, ..again.clone() };
        assert_eq!(imported_people(&[ann.clone(), without_courses.clone()]), 1, "by the other record they have them");
        assert_eq!(imported_people(&[without_courses]), 0);
        let undone = Member { deactivated: true, ..again };
        assert_eq!(imported_people(&[ann, undone]), 0, "an account is deactivated for both records");
        let uncertain = Member { account: None, unfinished: true, ..bob };
        assert_eq!(imported_people(&[uncertain]), 0);
    }
}
