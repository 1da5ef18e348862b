//! What an import would do, worked out before anybody confirms it: for each person read, one decision.

mod accounts;
mod at_work;
mod blocked;
mod choices;
mod decide;
mod importable;
mod input;
mod leavers;
mod recognised;
mod selection;
mod sharing;
mod ticking;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use accounts::KnownAccount;
pub use blocked::BlockedReason;
pub use choices::Choices;
pub use decide::make_plan;
pub use input::PlanInput;
pub use selection::{Consequences, Selection, SelectionRefused};

use crate::account::AccountDoubt;
use crate::contact_group::ContactGroup;
use crate::email::SourceEmail;
use crate::ids::{EmployeeId, LearningObjectId, PlanDigest, TenantId, UserAccountId};
use crate::portal::PortalDomain;

/// How old a plan may be when it is confirmed without reading the source again.
pub const PLAN_FRESHNESS: SignedDuration = SignedDuration::from_mins(1);

/// The most people that one look can show.
pub const MOST_PEOPLE: usize = 2_000;

/// What an import would do: one decision for each person who was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The Xero organisation whose people were read.
    pub tenant: TenantId,
    /// The contact group whose contacts were read; `None` where the people are those that the country's source lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<ContactGroup>,
    /// Everybody who was read, each once, by last name, first name and employee id.
    pub entries: Vec<PlanEntry>,
    /// Members whom the source no longer lists.
    pub left: Vec<Leaver>,
    /// The courses that each of them would be assigned.
    pub courses: Vec<LearningObjectId>,
    /// Their titles, in the same order. Not part of the digest: the ids say which courses they are.
    #[serde(default)]
    pub course_titles: Vec<String>,
    /// Places that the portal has left.
    pub places_left: u32,
    /// How many imports the portal had accepted, so that the same people after an import make another plan.
    pub imports_accepted: u32,
    /// When the source was read. Not part of the digest: the same people a minute later are the same plan.
    pub read_at: Timestamp,
    /// Whose box was changed by hand. Not part of the digest: an import names those whom it takes.
    #[serde(default)]
    pub choices: Choices,
    /// What GO1 said of the address that the portal is to get, where it does not exist yet. Not part of the digest:
    /// it is another's to take, and has no part in who is imported.
    #[serde(default)]
    pub address: Option<AddressSeen>,
}

/// One person, and what would happen to them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanEntry {
    /// Xero's id of the person.
    pub employee_id: EmployeeId,
    /// The first name.
    pub given_name: String,
    /// The last name.
    pub family_name: String,
    /// The email: normalised where it can be imported, as Xero has it where it cannot.
    pub email: SourceEmail,
    /// What the import would do for the person.
    pub decision: Decision,
    /// Whether the plan suggests a tick. [`Plan::ticks`] says whose box is ticked.
    pub ticked: bool,
    /// What is doubtful about the account that GO1 has; the box of an importable person is not ticked then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<AccountDoubt>,
}

/// What would happen to one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// A user account is made; GO1 sends a welcome mail.
    Create,
    /// The account that the portal has is used, its role untouched.
    Link {
        /// Which, where the portal exists already; the owner's own is known only afterwards.
        account: Option<UserAccountId>,
        /// Whether an undo has deactivated it, which brought it under another employee record of the same person: it is
        /// made active again first.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        deactivated: bool,
    },
    /// An earlier import did not finish them: they have their place, and go on where they are.
    Resume {
        /// The account that the portal has.
        account: Option<UserAccountId>,
        /// Whether it is one that we made.
        created: bool,
        /// Whether an undo has deactivated it: it is made active again first.
        #[serde(default)]
        deactivated: bool,
    },
    /// The person was imported before, so nothing is done.
    AlreadyMember {
        /// What GO1 has otherwise.
        #[serde(default)]
        differs: Option<Differs>,
        /// Whether they have left the company since.
        #[serde(default)]
        left: bool,
        /// The record under which they work there again, with the same account: then nobody has left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        works_as: Option<EmployeeId>,
        /// Another record of the same account that has ended: under that one it is told that they have left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told_as: Option<EmployeeId>,
    },
    /// The person cannot be imported.
    Blocked {
        /// The reason, for which the page has words and a remedy.
        reason: BlockedReason,
    },
}

/// What GO1 said of an address that a portal is to get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressSeen {
    /// The address.
    pub domain: PortalDomain,
    /// Whether a portal has it already. Where none has, somebody may still be quicker.
    pub taken: bool,
}

impl Decision {
    /// Whether the person can be ticked.
    pub fn is_importable(&self) -> bool {
        matches!(self, Self::Create | Self::Link { .. } | Self::Resume { .. })
    }

    /// Whether importing the person takes a place of the portal.
    pub fn takes_place(&self) -> bool {
        matches!(self, Self::Create | Self::Link { .. })
    }
}

/// What GO1 has of somebody, where it is not what Xero has.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differs {
    /// The first name.
    pub given_name: String,
    /// The last name.
    pub family_name: String,
    /// Email; `None` where GO1 has none that is one.
    pub email: Option<String>,
}

/// A member whom the source no longer lists, as GO1 names them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaver {
    /// Xero's id of the person.
    pub employee_id: EmployeeId,
    /// First and last name, as GO1 has them.
    pub name: String,
    /// Email; `None` where GO1 has none that is one.
    pub email: Option<String>,
    /// Whether the look before did not list them either. One look alone may have missed them: Xero's pages can move
    /// while they are read. Not part of the digest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
}

impl Plan {
    /// What the plan is named by. Covers everything that is shown, and not the moment at which it was read, nor what an
    /// earlier look had to say to it.
    pub fn digest(&self) -> PlanDigest {
        use sha2::Digest as _;
        let left: Vec<_> = self.left.iter().map(|leaver| Leaver { confirmed: false, ..leaver.clone() }).collect();
        let shown = (&self.tenant, &self.entries, &left, &self.courses, self.places_left, self.imports_accepted);
        // A plan without a group is named as it was before there were any.
        let canonical = match &self.group {
            None => serde_json::to_vec(&shown),
            Some(group) => serde_json::to_vec(&(shown, group)),
        };
        let canonical = canonical.unwrap_or_else(|error| {
            // Strings, numbers and enums with string keys cannot fail to serialise.
            unreachable!("a plan serialises: {error}")
        });
        PlanDigest::new(crate::clock::to_hex(&sha2::Sha256::digest(canonical)))
    }

    /// Whether it can be confirmed without another look at the source.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        now.duration_since(self.read_at) <= PLAN_FRESHNESS
    }

    /// Those who can be imported.
    pub fn importable(&self) -> impl Iterator<Item = &PlanEntry> {
        self.entries.iter().filter(|entry| entry.decision.is_importable())
    }

    /// How many can be imported, are members already, and are blocked. The three add up to everybody read.
    pub fn counts(&self) -> PlanCounts {
        let mut counts = PlanCounts { read: self.entries.len(), ..PlanCounts::default() };
        for entry in &self.entries {
            match entry.decision {
                Decision::Create | Decision::Link { .. } | Decision::Resume { .. } => {
                    if entry.ticked {
                        counts.ticked += 1;
                    } else {
                        counts.unticked += 1;
                    }
                }
                Decision::AlreadyMember { .. } => counts.members += 1,
                Decision::Blocked { .. } => counts.blocked += 1,
            }
        }
        counts
    }
}

/// How a plan divides the people read: `read == ticked + unticked + members + blocked`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlanCounts {
    /// All people who were read from Xero.
    pub read: usize,
    /// Importable, and the plan suggests a tick.
    pub ticked: usize,
    /// Importable, but beyond the places left, or an adviser.
    pub unticked: usize,
    /// People who were imported before.
    pub members: usize,
    /// People who cannot be imported.
    pub blocked: usize,
}

impl fmt::Debug for Differs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Differs")
    }
}

impl fmt::Debug for Leaver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Leaver").field("employee_id", &self.employee_id).finish_non_exhaustive()
    }
}

impl fmt::Debug for PlanEntry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PlanEntry")
            .field("employee_id", &self.employee_id)
            .field("decision", &self.decision)
            .field("ticked", &self.ticked)
            .finish_non_exhaustive()
    }
}
