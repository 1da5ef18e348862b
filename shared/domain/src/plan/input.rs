//! What a plan is worked out from.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::accounts::KnownAccount;
use crate::contact_group::ContactGroup;
use crate::email::EmailAddress;
use crate::ids::{EmployeeId, LearningObjectId, TenantId};
use crate::member::Member;
use crate::name::PersonName;
use crate::people::SourcePerson;

/// All that a plan depends on.
#[derive(Clone, Debug)]
pub struct PlanInput {
    /// The Xero organisation whose people were read.
    pub tenant: TenantId,
    /// The contact group whose contacts they are; `None` where the country's source was read.
    pub group: Option<ContactGroup>,
    /// Everybody whom Xero listed, in any order.
    pub people: Vec<SourcePerson>,
    /// Those who have a place of the portal.
    pub members: HashMap<EmployeeId, Member>,
    /// For members whose account is not known: the email that GO1 was asked to make one for, where we still have it.
    pub old_emails: HashMap<EmployeeId, EmailAddress>,
    /// The portal's accounts of all these people and members; `None` where the portal does not exist yet.
    pub accounts: Option<Vec<KnownAccount>>,
    /// The owner who signed up: in the portal as soon as it exists.
    pub owner: EmailAddress,
    /// The owner's name, which their account has.
    pub owner_name: PersonName,
    /// The courses that each person would be assigned.
    pub courses: Vec<LearningObjectId>,
    /// Places that the portal has left.
    pub places_left: u32,
    /// How many imports the portal had accepted.
    pub imports_accepted: u32,
    /// Whom the look before did not list, of the members.
    pub missed_before: HashSet<EmployeeId>,
    /// How many characters of a name GO1 takes.
    pub longest_name: usize,
    /// When the people were read.
    pub read_at: Timestamp,
}
