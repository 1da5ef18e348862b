//! What a customer's look and changes at Xero need: the plan that is shown at once, the payroll, the connection.

use std::collections::HashSet;

use domain::account::AccountStatus;
use domain::email::EmailAddress;
use domain::name::PersonName;
use domain::people::PersonStatus;
use domain::plan::{KnownAccount, Plan, PlanInput, make_plan};
use jiff::SignedDuration;
use secrecy::SecretString;
use stand_ins::go1::UserAccount;
use stand_ins::{Contact, ContactGroup, Employee, EmployeeStatus};
use state::{GrantOwner, MemberReader as _, Plans as _, TenantReader as _, Tenants as _};
use vault::TokenSet;

use crate::customer::{Customer, contact, contact_id, letter, person};
use crate::ready::ready;
use crate::system::System;

/// What is asked of Xero. Without `openid` it signs one token less.
const SCOPES: &str = "offline_access accounting.settings.read payroll.employees.read accounting.contacts.read";

/// Which of the newcomers to a group is the first.
const FIRST_NEWCOMER: usize = 1_000;

impl System {
    /// The plan that the preview page would show and store now. The look itself is not simulated here.
    pub(crate) fn look_at_once(&self, customer: &Customer) -> Plan {
        let portal = self.stored_portal(customer);
        let members = ready(self.state.members(&customer.portal)).expect("memory answers");
        let people = customer.people.borrow().clone();
        let accounts = self.simulator.world.go1().user_accounts(customer.portal.as_str());
        let known = |account: UserAccount| KnownAccount {
            id: account.id.as_str().into(),
            email: EmailAddress::parse(&account.email).ok(),
            name: PersonName::new(&account.given_name, &account.family_name),
            status: if account.active { AccountStatus::Active } else { AccountStatus::inactive() },
            created_time: Some(account.created),
        };
        let is_searched = |account: &UserAccount| {
            people.iter().any(|person| {
                person.email.address().is_ok_and(|email| email.as_str().eq_ignore_ascii_case(&account.email))
            })
        };
        let plan = make_plan(PlanInput {
            tenant: customer.tenant.clone(),
            group: customer.group.clone(),
            members: members.into_iter().map(|member| (member.employee_id.clone(), member)).collect(),
            old_emails: customer.old_emails.clone(),
            accounts: Some(accounts.into_iter().filter(is_searched).map(known).collect()),
            people,
            owner: EmailAddress::parse(crate::browser::OWNER).expect("an address"),
            owner_name: PersonName::new("Olivia", "Hartley"),
            courses: self.courses().iter().map(|&course| course.into()).collect(),
            places_left: portal.places_left(),
            imports_accepted: portal.imports_accepted,
            missed_before: HashSet::new(),
            longest_name: 255,
            read_at: self.simulator.clock.read(),
        });
        ready(self.state.put_plan(&plan)).expect("memory answers");
        plan
    }

    /// Puts the people into Xero's payroll, or into the contact group.
    pub(crate) fn update_people(&self, customer: &Customer) {
        if customer.group.is_some() {
            return self.update_contacts(customer);
        }
        let people = customer.people.borrow();
        let employees = people.iter().map(|person| {
            let email = person.email.address().ok().map(|email| email.as_str().to_owned());
            let id = person.employee_id.as_str();
            let employee = Employee::active(id, &person.given_name, &person.family_name, email.as_deref());
            let has_left = person.status == PersonStatus::Left;
            Employee { status: if has_left { EmployeeStatus::Terminated } else { EmployeeStatus::Active }, ..employee }
        });
        let employees = employees.collect();
        self.simulator
            .world
            .xero()
            .edit_organisation(&customer.organisation, |organisation| organisation.employees = employees);
    }

    fn update_contacts(&self, customer: &Customer) {
        let Some(group) = &customer.group else { return };
        let people = customer.people.borrow();
        let contacts = people.iter().map(|person| {
            let email = person.email.address().ok().map(|email| email.as_str().to_owned());
            let id = contact_id(&person.employee_id);
            let contact = Contact::active(&id, &person.given_name, &person.family_name, email.as_deref());
            let status = if person.status == PersonStatus::Left { "ARCHIVED" } else { "ACTIVE" };
            Contact { status: status.to_owned(), ..contact }
        });
        let contacts: Vec<Contact> = contacts.collect();
        let group = ContactGroup {
            group_id: group.id.to_string(),
            name: group.name.clone(),
            deleted: false,
            contacts: contacts.iter().map(|contact| contact.contact_id.clone()).collect(),
        };
        self.simulator.world.xero().edit_organisation(&customer.organisation, |organisation| {
            organisation.contacts = contacts;
            organisation.contact_groups = vec![group];
        });
    }

    /// Connects the organisation, as a consent long before the run has done. It is put off until something needs Xero,
    /// because signing a token takes longer than the rest of a small run.
    pub(crate) fn connect_xero(&self, customer: &Customer) {
        if customer.is_connected.replace(true) {
            return;
        }
        self.update_people(customer);
        let xero = self.simulator.world.xero();
        let tokens = xero.sign_in(&customer.xero_email, &[&customer.organisation], SCOPES).expect("an organisation");
        let tokens = TokenSet {
            access_token: SecretString::from(tokens.access_token),
            refresh_token: SecretString::from(tokens.refresh_token.expect("it was asked for")),
            access_expires_at: self.simulator.clock.read() + SignedDuration::from_secs(tokens.expires_in),
        };
        let vault = self.wiring_without_faults().xero_access().vault;
        ready(vault.keep(&GrantOwner::XeroUser(customer.xero_user.clone()), &tokens)).expect("memory answers");
        let connection = xero.connections().into_iter().find(|each| each.tenant_id == customer.tenant.as_str());
        let tenant = ready(self.state.find_tenant(&customer.tenant)).expect("memory answers");
        if let Some((mut tenant, connection)) = tenant.zip(connection) {
            tenant.organisation.connection = connection.id.as_str().into();
            ready(self.state.put_tenant(tenant)).expect("memory answers");
        }
    }

    /// Somebody begins to work there, and whoever was the last to begin leaves.
    pub(crate) fn change_people(&self, customer: usize) {
        let number = customer;
        let customer = &self.customers[customer];
        let newcomer = customer.newcomers.get() + 1;
        customer.newcomers.set(newcomer);
        let mut people = customer.people.borrow_mut();
        if newcomer.is_multiple_of(2)
            && let Some(last) = people.last_mut()
        {
            last.status = PersonStatus::Left;
        }
        people.push(match &customer.group {
            None => person(&format!("{}n{newcomer}", letter(number))),
            Some(_) => person(contact(FIRST_NEWCOMER + newcomer).as_str()),
        });
        drop(people);
        self.update_people(customer);
        customer.changed_at.set(Some(self.simulator.clock.read()));
    }
}
