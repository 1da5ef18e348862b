//! How a plan is worked out.

use std::collections::{HashMap, HashSet};

use super::accounts::{Accounts, KnownAccount};
use super::at_work::AtWork;
use super::choices::Choices;
use super::importable::{address, available_address, name_of, names_are_taken};
use super::input::PlanInput;
use super::{BlockedReason, Decision, Differs, Plan, PlanEntry, leavers, recognised, sharing};
use crate::account::{AccountDoubt, AccountStatus};
use crate::email::EmailAddress;
use crate::ids::{EmployeeId, UserAccountId};
use crate::member::{Member, was_created_since};
use crate::people::{PersonStatus, SourcePerson, Unread};
use crate::text::{folded, line};

/// Decides for everybody. A person listed twice is taken once.
pub fn make_plan(mut input: PlanInput) -> Plan {
    let mut people = std::mem::take(&mut input.people);
    sort(&mut people);
    if recognised::name_as_member(&mut people, &input) {
        sort(&mut people);
    }
    let mut listed = HashSet::new();
    people.retain(|person| listed.insert(person.employee_id.clone()));
    // Whoever has no id that can be read may be any of the members.
    let all_known = people.iter().all(|person| !matches!(person.status, PersonStatus::Unread(Unread { id: true, .. })));

    let gone = people.iter().filter(|person| person.status.has_gone());
    let gone: HashSet<_> = gone.map(|person| person.employee_id.clone()).collect();
    let mut decider = Decider::new(&input, &people);
    let mut places = input.places_left;
    let mut entries = Vec::with_capacity(people.len());
    for person in people {
        let decision = decider.decide(&person);
        let doubt = decider.doubt(&person, &decision);
        let takes_place = decision.takes_place();
        let is_offered =
            person.status == PersonStatus::Active && doubt.is_none() && !has_doubtful_email(&person, &decision);
        let ticked = decision.is_importable() && is_offered && (places > 0 || !takes_place);
        places -= u32::from(ticked && takes_place);
        let email = person.email;
        let email = if matches!(decision, Decision::Blocked { .. }) { email } else { email.normalised() };
        entries.push(PlanEntry {
            employee_id: person.employee_id,
            given_name: person.given_name,
            family_name: person.family_name,
            email,
            decision,
            ticked,
            doubt,
        });
    }
    let at_work = AtWork::of(&entries, &input.members, &gone);
    at_work.note_in(&mut entries, &input.members);
    let told = leavers::tell_once(&mut entries, &input.members);
    let left = leavers::unlisted(&input, &decider.accounts, &listed, all_known, &at_work, &told);
    Plan {
        tenant: input.tenant,
        group: input.group,
        entries,
        left,
        courses: input.courses,
        course_titles: Vec::new(),
        places_left: input.places_left,
        imports_accepted: input.imports_accepted,
        read_at: input.read_at,
        choices: Choices::default(),
        address: None,
    }
}

/// By last name, first name and employee id.
fn sort(people: &mut [SourcePerson]) {
    people.sort_by_cached_key(|person| {
        (folded(&person.family_name), folded(&person.given_name), person.employee_id.clone())
    });
}

/// Decides for one after the other.
struct Decider<'input> {
    input: &'input PlanInput,
    accounts: Accounts<'input>,
    /// Whose an email is at Xero, or was when an account was asked for.
    claimed: HashMap<EmailAddress, EmployeeId>,
    /// Whose an email is at GO1, of the members who work there.
    claimed_at_go1: HashMap<EmailAddress, EmployeeId>,
    /// Which member who works there has an account.
    holders: HashMap<UserAccountId, EmployeeId>,
}

impl<'input> Decider<'input> {
    /// Members come first, wherever they sort: their account is theirs, and the email that Xero has, and the one that an
    /// account may have been made for. Those who have left keep none, so that somebody who comes back
    /// is linked to the account that they had.
    fn new(input: &'input PlanInput, people: &[SourcePerson]) -> Self {
        let accounts = Accounts::of(input.accounts.as_deref().unwrap_or_default());
        let members: Vec<_> = people
            .iter()
            .filter(|person| !person.status.has_gone())
            .filter_map(|person| Some((person, input.members.get(&person.employee_id)?)))
            .collect();
        let at_go1 = members.iter().filter_map(|(person, member)| {
            Some((accounts.by_id(member.account.as_ref()?)?.email.clone()?, &person.employee_id))
        });
        let at_xero =
            members.iter().filter_map(|(person, _)| Some((address(person).ok()?.clone(), &person.employee_id)));
        let emails_asked_for = input.old_emails.iter().map(|(employee, email)| (email.clone(), employee));
        let emails_asked_for =
            emails_asked_for.filter(|(_, employee)| members.iter().any(|(person, _)| person.employee_id == **employee));
        let each_once = |claims: &mut dyn Iterator<Item = (EmailAddress, &EmployeeId)>| {
            let mut claimed = HashMap::new();
            for (email, employee) in claims {
                claimed.entry(email).or_insert_with(|| employee.clone());
            }
            claimed
        };
        let claimed_at_go1 = each_once(&mut at_go1.into_iter());
        let mut claimed = each_once(&mut at_xero.chain(emails_asked_for));
        for (email, employee) in sharing::owners(input, people, &accounts) {
            claimed.entry(email).or_insert(employee);
        }
        let mut holders = HashMap::new();
        for (person, member) in &members {
            if let Some(account) = &member.account {
                holders.entry(account.clone()).or_insert_with(|| person.employee_id.clone());
            }
        }
        Self { input, accounts, claimed, claimed_at_go1, holders }
    }

    fn decide(&mut self, person: &SourcePerson) -> Decision {
        match self.input.members.get(&person.employee_id) {
            None => self.newcomer(person),
            Some(member) if !member.unfinished => self.already(person, member),
            Some(member) if person.status.has_gone() && member.account.is_some() => self.already(person, member),
            Some(Member { account: Some(account), created, deactivated, .. }) => match available_address(person) {
                Err(reason) => Decision::Blocked { reason },
                Ok(_) if !deactivated && self.is_inactive(account) => self.blocked_by_account(person, account),
                Ok(_) => {
                    Decision::Resume { account: Some(account.clone()), created: *created, deactivated: *deactivated }
                }
            },
            Some(member) => self.uncertain(person, member),
        }
    }

    /// Somebody without a place.
    fn newcomer(&mut self, person: &SourcePerson) -> Decision {
        match self.importable_email(person) {
            Err(reason) => Decision::Blocked { reason },
            Ok(email) => {
                self.claimed.insert(email.clone(), person.employee_id.clone());
                match self.accounts.by_email(email, &name_of(person)) {
                    Some(account) if account.status.is_inactive() && !self.is_deactivated_by_us(&account.id) => {
                        self.blocked_by_account(person, &account.id)
                    }
                    Some(account) => Decision::Link {
                        account: Some(account.id.clone()),
                        deactivated: self.is_deactivated_by_us(&account.id),
                    },
                    None if self.input.accounts.is_none() && *email == self.input.owner => {
                        Decision::Link { account: None, deactivated: false }
                    }
                    None => Decision::Create,
                }
            }
        }
    }

    /// What is doubtful about the account that would be used, or that a member has: whose it is, or what GO1 says of it.
    fn doubt(&self, person: &SourcePerson, decision: &Decision) -> Option<AccountDoubt> {
        let name = name_of(person);
        let found = |id: &UserAccountId| {
            let account = self.accounts.by_id(id)?;
            let holder = self.holders.get(id).filter(|holder| **holder != person.employee_id);
            AccountDoubt::of(&name, &account.name, &account.status, holder)
        };
        let member = self.input.members.get(&person.employee_id);
        let own = member.and_then(|member| member.account.as_ref());
        match (decision, own) {
            (Decision::Link { account: None, .. }, _) => {
                AccountDoubt::of(&name, &self.input.owner_name, &AccountStatus::Active, None)
            }
            // An account that an earlier import made for them, or stored with them, is theirs.
            (Decision::Link { account: Some(account), .. }, _)
            | (Decision::Resume { account: Some(account), created: false, .. }, None) => found(account),
            (Decision::AlreadyMember { left: false, .. }, Some(account)) => {
                match &self.accounts.by_id(account)?.status {
                    AccountStatus::Active => None,
                    AccountStatus::Inactive(word) | AccountStatus::Unknown(word) => {
                        Some(AccountDoubt::Status { word: word.clone() })
                    }
                }
            }
            _ => None,
        }
    }

    fn is_inactive(&self, account: &UserAccountId) -> bool {
        self.accounts.by_id(account).is_some_and(|account| account.status.is_inactive())
    }

    /// Whether an undo has deactivated this account, whoever's member it was.
    fn is_deactivated_by_us(&self, account: &UserAccountId) -> bool {
        self.input.members.values().any(|member| member.deactivated && member.account.as_ref() == Some(account))
    }

    fn blocked_by_account(&self, person: &SourcePerson, account: &UserAccountId) -> Decision {
        let account = self.accounts.by_id(account);
        let word = match account.map(|account| &account.status) {
            Some(AccountStatus::Inactive(word) | AccountStatus::Unknown(word)) => word.clone(),
            Some(AccountStatus::Active) | None => String::new(),
        };
        let name = account.map(|account| &account.name).filter(|name| !name_of(person).may_be(name)).cloned();
        Decision::Blocked { reason: BlockedReason::AccountInactive { word, name } }
    }

    /// Somebody whose import is finished, or who has left.
    fn already(&self, person: &SourcePerson, member: &Member) -> Decision {
        let account = member.account.as_ref().and_then(|account| self.accounts.by_id(account));
        let differs = account.filter(|account| is_different(person, account)).map(|account| Differs {
            given_name: account.name.given_name.clone(),
            family_name: account.name.family_name.clone(),
            email: account.email.as_ref().map(|email| email.as_str().to_owned()),
        });
        Decision::AlreadyMember { differs, left: person.status.has_gone(), works_as: None, told_as: None }
    }

    /// Somebody for whom GO1 may have made an account: under the email of then, or after all not.
    fn uncertain(&self, person: &SourcePerson, member: &Member) -> Decision {
        let email = match self.importable_email(person) {
            Err(reason) => return Decision::Blocked { reason },
            Ok(email) => email,
        };
        if let Some(first) = self.claimed_at_go1.get(email).filter(|first| **first != person.employee_id) {
            return Decision::Blocked { reason: BlockedReason::RepeatedEmail { first: first.clone() } };
        }
        let name = name_of(person);
        let old_email = self.input.old_emails.get(&person.employee_id);
        let own = |email: &&EmailAddress| {
            let claimed = self.claimed_at_go1.get(email).or_else(|| self.claimed.get(email));
            claimed == Some(&person.employee_id)
        };
        let emails = || old_email.into_iter().filter(own).chain([email]);
        let found = || emails().filter_map(|email| self.accounts.by_email(email, &name));
        let ours = |account: &&KnownAccount| was_created_since(account.created_time, member.since);
        match found().find(ours).or_else(|| found().next()) {
            Some(account) if account.status.is_inactive() => self.blocked_by_account(person, &account.id),
            Some(account) => {
                let (id, created) = (account.id.clone(), ours(&account));
                Decision::Resume { account: Some(id), created, deactivated: false }
            }
            // Under the email of then, which is not kept any more, there may be one.
            None if old_email.is_none() => Decision::Blocked { reason: BlockedReason::Unresolved },
            None => Decision::Resume { account: None, created: false, deactivated: false },
        }
    }

    fn importable_email<'person>(&self, person: &'person SourcePerson) -> Result<&'person EmailAddress, BlockedReason> {
        let email = available_address(person)?;
        if let Some(first) = self.claimed.get(email).filter(|first| **first != person.employee_id) {
            return Err(BlockedReason::RepeatedEmail { first: first.clone() });
        }
        names_are_taken(person, self.input.longest_name).map(|()| email)
    }
}

/// Whether somebody's mail would probably go astray: a new account would be made for an address with a slip in it.
fn has_doubtful_email(person: &SourcePerson, decision: &Decision) -> bool {
    *decision == Decision::Create && address(person).is_ok_and(|email| email.likely_meant().is_some())
}

/// Whether Xero says something else than GO1 has. What Xero does not say is no difference.
fn is_different(person: &SourcePerson, account: &KnownAccount) -> bool {
    let other = |xero: &str, go1: &str| !line(xero).is_empty() && line(xero) != line(go1);
    other(&person.given_name, &account.name.given_name)
        || other(&person.family_name, &account.name.family_name)
        || address(person).is_ok_and(|email| account.email.as_ref() != Some(email))
}
