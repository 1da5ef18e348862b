//! One customer of a run: an organisation at Xero with its people, a portal at GO1, and what an earlier import left.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use domain::clock::Random;
use domain::contact_group::ContactGroup;
use domain::country::Country;
use domain::email::EmailAddress;
use domain::ids::{ContactId, EmployeeId, PortalId, SignUpId, TenantId, XeroUserId};
use domain::people::{PersonStatus, SourcePerson};
use domain::plan::Plan;
use domain::portal::PortalDomain;
use domain::session::{Administrator, Session, StandsFor};
use jiff::Timestamp;
use stand_ins::go1::UserAccount;
use state::Sessions as _;
use state::memory::Memory;
use web::SessionId;

use crate::browser::{BrowserSession, Browsers, Of};
use crate::ready::ready;

pub(crate) struct Customer {
    pub(crate) portal: PortalId,
    pub(crate) tenant: TenantId,
    /// The organisation at Xero.
    pub(crate) organisation: String,
    pub(crate) xero_email: String,
    pub(crate) xero_user: XeroUserId,
    /// The administrator's account at GO1.
    pub(crate) administrator: String,
    /// The portal's address.
    pub(crate) domain: String,
    pub(crate) browsers: RefCell<Browsers>,
    /// Who works there now.
    pub(crate) people: RefCell<Vec<SourcePerson>>,
    /// The emails that an earlier import used for members whose account is not known.
    pub(crate) old_emails: HashMap<EmployeeId, EmailAddress>,
    /// The accounts that GO1 had before the run.
    pub(crate) accounts_before: Vec<UserAccount>,
    /// The plan that the owner looked at first.
    pub(crate) first_plan: RefCell<Option<Plan>>,
    /// Whether Xero knows the people, and we have a grant there.
    pub(crate) is_connected: Cell<bool>,
    /// How many newcomers there were.
    pub(crate) newcomers: Cell<usize>,
    /// When people came and left last.
    pub(crate) changed_at: Cell<Option<Timestamp>>,
    /// The contact group whose contacts the people are, where they are no employees.
    pub(crate) group: Option<ContactGroup>,
}

/// The letter with which the ids of a customer's people begin.
pub(crate) fn letter(customer: usize) -> char {
    ['p', 'q', 'r'][customer % 3]
}

/// The id of a contact. Xero's own part of it is a UUID.
pub(crate) fn contact(number: usize) -> EmployeeId {
    EmployeeId::of_contact(&ContactId::new(format!("{CONTACT}{number:012}")))
}

/// How the ids of the contacts begin.
const CONTACT: &str = "c0117ac7-0000-4000-8000-";

/// Xero's own part of the id of a contact.
pub(crate) fn contact_id(employee_id: &EmployeeId) -> String {
    let id = employee_id.as_str();
    id.find(CONTACT).map(|start| id[start..].to_owned()).expect("the id of a contact")
}

/// A person with an email that no other customer has.
pub(crate) fn person(id: &str) -> SourcePerson {
    SourcePerson {
        employee_id: EmployeeId::new(id),
        given_name: id.to_uppercase(),
        family_name: "Example".to_owned(),
        email: Some(format!("{id}@example.com")).into(),
        status: PersonStatus::Active,
    }
}

impl Customer {
    pub(crate) fn country(&self) -> Country {
        if self.group.is_some() { Country::UnitedStates } else { Country::Australia }
    }

    /// The id of the owner's sign-up.
    pub(crate) fn sign_up(&self) -> SignUpId {
        SignUpId::new(format!("sign-up-{}", self.portal))
    }

    /// The session of one of the browsers. One that has grown old was renewed by a login meanwhile, which is not
    /// simulated.
    pub(crate) fn session(&self, of: Of, state: &Memory, random: &dyn Random, now: Timestamp) -> BrowserSession {
        let mut browsers = self.browsers.borrow_mut();
        if let Some(session) = browsers.session(of, now) {
            return session;
        }
        let stands_for = match of {
            Of::Owner => StandsFor::SignUp { id: self.sign_up(), login: Some(self.xero_user.clone()) },
            Of::Administrator => StandsFor::Administrator(Administrator {
                sign_up: self.sign_up(),
                portal: self.portal.clone(),
                domain: PortalDomain::parse(&self.domain).expect("an address"),
                account: self.administrator.as_str().into(),
                name: "Alex Admin".to_owned(),
            }),
        };
        let id = SessionId::of_kind(stands_for.kind(), random);
        let session = Session { hash: id.hash(), stands_for, started_at: now, last_used_at: None };
        ready(state.add_session(&session)).expect("memory answers");
        browsers.begin(of, id, now)
    }
}
