//! What the table, Xero and GO1 hold before a run: each customer's portal, its members and tokens, and what earlier
//! imports have left.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use domain::contact_group::ContactGroup;
use domain::country::Country;
use domain::email::EmailAddress;
use domain::ids::{EmployeeId, PortalId, TenantId, XeroUserId};
use domain::member::Member;
use domain::portal::{PLACES, Portal, PortalDomain};
use jiff::SignedDuration;
use stand_ins::World;
use stand_ins::go1::OpenedPortal;
use state::memory::Memory;
use state::{MemberReader as _, Members as _, Portals as _};

use crate::clock::START;
use crate::customer::{Customer, contact, letter, person};
use crate::ready::ready;
use crate::scenario::{COURSES, CustomerScenario, Scenario, StartingPoint};
use crate::sign_ups::store_sign_up;

/// The names of the portals.
const NAMES: [&str; 3] = ["wattle", "banksia", "correa"];

/// The id of the contact group, where the people are contacts.
const GROUP: &str = "9a0b0c0d-0000-4000-8000-000000000001";

/// Makes a customer: at Xero, at GO1 and in the table.
pub(crate) fn make_customer(
    world: &World,
    state: &Memory,
    scenario: &CustomerScenario,
    number: usize,
) -> (Customer, OpenedPortal) {
    let (owner, organisation) = world.xero().add_organisations(1, 0).remove(0);
    let country = if scenario.of_a_group { Country::UnitedStates } else { Country::Australia }.code();
    let opened = world.go1().open_portal(NAMES[number], country);
    let group = scenario.of_a_group.then(|| ContactGroup { id: GROUP.into(), name: "Employees".to_owned() });
    let mut customer = Customer {
        portal: PortalId::new(opened.portal_id.clone()),
        tenant: TenantId::new(organisation.tenant_id),
        organisation: organisation.name,
        xero_email: owner.email,
        xero_user: XeroUserId::new(owner.user_id),
        administrator: opened.account_id.clone(),
        domain: NAMES[number].to_owned(),
        browsers: RefCell::default(),
        people: RefCell::default(),
        old_emails: HashMap::new(),
        accounts_before: Vec::new(),
        first_plan: RefCell::default(),
        is_connected: Cell::new(false),
        newcomers: Cell::new(0),
        changed_at: Cell::new(None),
        group,
    };
    world.xero().edit_organisation(&customer.organisation, |made| country.clone_into(&mut made.country_code));
    add_people(world, state, &mut customer, scenario, number);
    store_sign_up(state, &customer, START);
    store_portal(state, &customer, scenario);
    customer.accounts_before = world.go1().user_accounts(customer.portal.as_str());
    (customer, opened)
}

fn member(employee_id: EmployeeId, account: Option<&str>, unfinished: bool) -> Member {
    Member {
        employee_id,
        created: account.is_some(),
        account: account.map(Into::into),
        import: "earlier".into(),
        since: START - SignedDuration::from_hours(1),
        unfinished,
        asked_at: None,
        deactivated: false,
        reactivated_by: None,
        revision: 0,
    }
}

fn add_people(world: &World, state: &Memory, customer: &mut Customer, scenario: &CustomerScenario, number: usize) {
    let go1 = world.go1();
    for (position, starting_point) in (1..).zip(&scenario.people) {
        let employee = match &customer.group {
            None => EmployeeId::new(format!("{}{position:02}", letter(number))),
            Some(_) => contact(position),
        };
        let id = employee.to_string();
        let email = format!("{id}@example.com");
        let create_account = || go1.add_learner(customer.portal.as_str(), &email, &id.to_uppercase(), "Example");
        // The outer `Option` is the member, the inner one the account that the member is known to have.
        let account = match starting_point {
            StartingPoint::New => None,
            StartingPoint::ForeignAccount => {
                create_account();
                None
            }
            StartingPoint::ForeignEnrollment => {
                let account = create_account();
                // Longer ago than clocks can differ: by whatever clock it is older than every import.
                let before = START - SignedDuration::from_mins(10);
                assert!(go1.assign_at(&account, COURSES[0], before), "GO1 assigns a course to an account that it has");
                None
            }
            StartingPoint::CoursesMissing => Some(Some(create_account())),
            StartingPoint::UncertainCreated => {
                create_account();
                Some(None)
            }
            StartingPoint::UncertainNotCreated => Some(None),
        };
        if let Some(account) = account {
            if account.is_none() {
                customer.old_emails.insert(employee.clone(), EmailAddress::parse(&email).expect("an address"));
            }
            add_member(state, customer, &member(employee, account.as_deref(), true));
        }
        customer.people.get_mut().push(person(&id));
    }
}

fn add_member(state: &Memory, customer: &Customer, member: &Member) {
    ready(state.add_member(&customer.portal, member)).expect("memory answers");
}

/// Stores the portal, with as many finished members as the scenario leaves no places for.
fn store_portal(state: &Memory, customer: &Customer, scenario: &CustomerScenario) {
    let members = ready(state.members(&customer.portal)).expect("memory answers").len();
    let places_used = (PLACES - scenario.places_left.min(PLACES)).max(u32::try_from(members).expect("a few"));
    for number in members..places_used as usize {
        let account = format!("a{number:03}");
        add_member(state, customer, &member(EmployeeId::new(format!("m{number:03}")), Some(&account), false));
    }
    let portal = Portal {
        id: customer.portal.clone(),
        tenant: customer.tenant.clone(),
        domain: PortalDomain::parse(&customer.domain).expect("an address"),
        administrator: Some(customer.administrator.as_str().into()),
        erased_at: None,
        places_used,
        imports_accepted: 0,
        active_import: None,
        created_at: START,
    };
    ready(state.add_portal(&portal)).expect("memory answers");
}

/// How many accounts a portal has at the start, with its administrator's.
pub(crate) fn accounts_at_start(scenario: &Scenario) -> usize {
    let has_account =
        |person: &&StartingPoint| !matches!(person, StartingPoint::New | StartingPoint::UncertainNotCreated);
    scenario.customers.iter().map(|each| each.people.iter().filter(has_account).count() + 1).max().unwrap_or(1)
}
