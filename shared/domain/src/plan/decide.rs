//! How a plan is worked out.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use super::{BlockedReason, Decision, Plan, PlanEntry};
use crate::email::{EmailAddress, EmailError};
use crate::ids::{EmployeeId, LearningObjectId, TenantId, UserAccountId};
use crate::people::{SourcePerson, Standing};

/// All that a plan depends on.
#[derive(Clone, Debug)]
pub struct PlanInput {
    /// Whose people.
    pub tenant: TenantId,
    /// Everybody whom Xero listed, in any order.
    pub people: Vec<SourcePerson>,
    /// Those whom we imported before.
    pub members: HashSet<EmployeeId>,
    /// The accounts that the portal has, by email; empty where it does not exist yet.
    pub accounts: BTreeMap<EmailAddress, UserAccountId>,
    /// The owner who signed up: in the portal already, or as soon as it exists.
    pub owner: EmailAddress,
    /// What would be assigned.
    pub courses: Vec<LearningObjectId>,
    /// Places that the portal has left.
    pub places_left: u32,
    /// How many imports the portal had accepted.
    pub imports_accepted: u32,
    /// When the people were read.
    pub read_at: Timestamp,
}

/// Decides for everybody. A person listed twice is taken once.
pub fn make_plan(input: PlanInput) -> Plan {
    let mut people = input.people;
    people.sort_by_cached_key(|person| {
        (person.family_name.to_lowercase(), person.given_name.to_lowercase(), person.employee_id.clone())
    });
    let mut listed = HashSet::new();
    people.retain(|person| listed.insert(person.employee_id.clone()));

    // Members come first, wherever they sort: their email is taken.
    let mut claimed: HashMap<EmailAddress, EmployeeId> = HashMap::new();
    for person in people.iter().filter(|person| input.members.contains(&person.employee_id)) {
        if let Ok(email) = EmailAddress::parse(person.email.as_deref().unwrap_or_default()) {
            claimed.entry(email).or_insert_with(|| person.employee_id.clone());
        }
    }
    let mut places = input.places_left;
    let mut entries = Vec::with_capacity(people.len());
    for person in people {
        let email = EmailAddress::parse(person.email.as_deref().unwrap_or_default());
        let decision = if input.members.contains(&person.employee_id) {
            Decision::AlreadyMember
        } else {
            match importable_email(&person, email.clone(), &claimed) {
                Err(reason) => Decision::Blocked { reason },
                Ok(email) => {
                    claimed.insert(email.clone(), person.employee_id.clone());
                    match input.accounts.get(&email) {
                        Some(account) => Decision::Link { account: Some(account.clone()) },
                        None if email == input.owner => Decision::Link { account: None },
                        None => Decision::Create,
                    }
                }
            }
        };
        let ticked = decision.is_importable() && person.standing == Standing::Active && places > 0;
        places -= u32::from(ticked);
        let email = match (&decision, email) {
            (Decision::Create | Decision::Link { .. } | Decision::AlreadyMember, Ok(email)) => {
                Some(email.as_str().to_owned())
            }
            _ => person.email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty()),
        };
        entries.push(PlanEntry {
            employee_id: person.employee_id,
            given_name: person.given_name,
            family_name: person.family_name,
            email,
            decision,
            ticked,
        });
    }
    Plan {
        tenant: input.tenant,
        entries,
        courses: input.courses,
        places_left: input.places_left,
        imports_accepted: input.imports_accepted,
        read_at: input.read_at,
    }
}

fn importable_email(
    person: &SourcePerson,
    email: Result<EmailAddress, EmailError>,
    claimed: &HashMap<EmailAddress, EmployeeId>,
) -> Result<EmailAddress, BlockedReason> {
    if person.standing == Standing::Left {
        return Err(BlockedReason::LeftCompany);
    }
    let email = email.map_err(|error| match error {
        EmailError::Missing => BlockedReason::NoEmail,
        EmailError::Malformed => BlockedReason::MalformedEmail,
    })?;
    if let Some(first) = claimed.get(&email) {
        return Err(BlockedReason::RepeatedEmail { first: first.clone() });
    }
    if person.given_name.trim().is_empty() || person.family_name.trim().is_empty() {
        return Err(BlockedReason::NoName);
    }
    Ok(email)
}
