//! The Xero users and organisations of the world.

use crate::employee::{Employee, EmployeeStatus};
use crate::names;
use crate::random::Random;

/// Somebody who can log in to Xero.
#[derive(Clone, Debug)]
pub struct XeroUser {
    /// Xero's id of the person, a UUID; the `xero_userid` of the tokens.
    pub user_id: String,
    /// The email, by which the login page knows the person.
    pub email: String,
    /// The given name.
    pub given_name: String,
    /// The family name.
    pub family_name: String,
}

/// Somebody who may connect an organisation.
#[derive(Clone, Debug)]
pub struct Member {
    /// The `user_id` of the [`XeroUser`].
    pub user_id: String,
    /// Whether this person may see the payroll.
    pub payroll_administrator: bool,
}

/// One row of an organisation's Users endpoint.
#[derive(Clone, Debug)]
pub struct OrganisationUser {
    /// The id, a UUID.
    pub user_id: String,
    /// The email.
    pub email: String,
    /// The given name.
    pub first_name: String,
    /// The family name.
    pub last_name: String,
    /// STANDARD, FINANCIALADVISER, READONLY, REMOVED, ...
    pub role: String,
    /// Whether this person pays for the subscription.
    pub is_subscriber: bool,
}

/// What an organisation has of a payroll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayrollState {
    /// There is none in this country.
    NotOffered,
    /// In the plan, never set up.
    NotProvisioned,
    /// Set up.
    Ready,
}

/// One organisation, at Xero also called a tenant.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// The tenant id, a UUID.
    pub tenant_id: String,
    /// The name.
    pub name: String,
    /// Two letters, as in ISO 3166.
    pub country_code: String,
    /// Xero's edition for the country.
    pub version: String,
    /// Three letters, as in ISO 4217.
    pub base_currency: String,
    /// Xero's name of the time zone.
    pub timezone: String,
    /// The short code of deep links.
    pub short_code: String,
    /// What there is of a payroll.
    pub payroll: PayrollState,
    /// The people on the payroll, in the order in which the list shows them.
    pub employees: Vec<Employee>,
    /// The rows of the Users endpoint.
    pub users: Vec<OrganisationUser>,
    /// Who may connect it.
    pub members: Vec<Member>,
}

pub(crate) struct Cast {
    pub(crate) users: Vec<XeroUser>,
    pub(crate) organisations: Vec<Organisation>,
}

/// Everybody and everything at Xero, from a seed.
pub(crate) fn cast(seed: u64) -> Cast {
    let mut random = Random::new(seed, 10);
    let mut user = |email: &str, given_name: &str, family_name: &str| XeroUser {
        user_id: random.uuid(),
        email: email.to_owned(),
        given_name: given_name.to_owned(),
        family_name: family_name.to_owned(),
    };
    let olivia = user("olivia.hartley@example.com", "Olivia", "Hartley");
    let sam = user("sam.okafor@example.com", "Sam", "Okafor");
    let mei = user("mei.tanaka@example.com", "Mei", "Tanaka");

    let mut harbour = organisation(&mut random, "Harbour & Hearth Hospitality", "AU", PayrollState::Ready);
    harbour.employees = two_hundred_and_thirteen(&mut random);
    let mut wattle = organisation(&mut random, "Wattle Grove Books", "AU", PayrollState::Ready);
    wattle.employees = seven(&mut random, &olivia);
    let thornbury = organisation(&mut random, "Thornbury Ceramics", "GB", PayrollState::NotOffered);
    let bluegum = organisation(&mut random, "Bluegum Analytics", "AU", PayrollState::Ready);
    let paperbark = organisation(&mut random, "Paperbark Studio", "AU", PayrollState::NotProvisioned);
    let mut prairie = organisation(&mut random, "Prairie Lantern Coffee", "US", PayrollState::NotOffered);

    let mut organisations = Vec::new();
    for mut organisation in [harbour, wattle, thornbury, bluegum, paperbark] {
        admit(&mut organisation, &olivia, true, "STANDARD", true);
        if organisation.name == "Wattle Grove Books" {
            admit(&mut organisation, &mei, false, "STANDARD", false);
        }
        organisations.push(organisation);
    }
    admit(&mut prairie, &sam, true, "STANDARD", true);
    for (first_name, last_name, role) in [
        ("June", "Castellano", "STANDARD"),
        ("Marcus", "Whitlock", "INVOICEONLY"),
        ("Delia", "Reyes", "READONLY"),
        ("Theo", "O'Dell", "STANDARD"),
        ("Harriet", "Voss", "FINANCIALADVISER"),
        ("Gil", "Andrade", "REMOVED"),
    ] {
        let plain: String = last_name.chars().filter(char::is_ascii_alphabetic).collect();
        prairie.users.push(OrganisationUser {
            user_id: random.uuid(),
            email: format!("{first_name}.{plain}@prairielantern.example.com").to_lowercase(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            role: role.to_owned(),
            is_subscriber: false,
        });
    }
    organisations.push(prairie);
    Cast { users: vec![olivia, sam, mei], organisations }
}

fn organisation(random: &mut Random, name: &str, country: &str, payroll: PayrollState) -> Organisation {
    let (version, currency, timezone) = match country {
        "US" => ("US", "USD", "CENTRALSTANDARDTIME"),
        "GB" => ("UK", "GBP", "GMTSTANDARDTIME"),
        _ => ("AU", "AUD", "AUSEASTERNSTANDARDTIME"),
    };
    Organisation {
        tenant_id: random.uuid(),
        name: name.to_owned(),
        country_code: country.to_owned(),
        version: version.to_owned(),
        base_currency: currency.to_owned(),
        timezone: timezone.to_owned(),
        short_code: format!("!{}", random.letters(5)),
        payroll,
        employees: Vec::new(),
        users: Vec::new(),
        members: Vec::new(),
    }
}

fn admit(organisation: &mut Organisation, user: &XeroUser, payroll_administrator: bool, role: &str, subscriber: bool) {
    organisation.members.push(Member { user_id: user.user_id.clone(), payroll_administrator });
    organisation.users.push(OrganisationUser {
        user_id: user.user_id.clone(),
        email: user.email.clone(),
        first_name: user.given_name.clone(),
        last_name: user.family_name.clone(),
        role: role.to_owned(),
        is_subscriber: subscriber,
    });
}

/// 204 people who can be imported, and nine who cannot: two without an email, one with a blank one, two malformed
/// ones, two who share somebody else's, two who have left.
fn two_hundred_and_thirteen(random: &mut Random) -> Vec<Employee> {
    let domains = ["harbourhearth.example.com", "staff.harbourhearth.example.net", "mail.example.org"];
    let mut employees: Vec<Employee> = Vec::new();
    let plain = names::pairs(random, 204 - names::AWKWARD.len() + 9);
    let (plain, troubled) = plain.split_at(204 - names::AWKWARD.len());
    for (index, (first_name, last_name)) in plain.iter().enumerate() {
        let domain = domains[if index % 7 == 3 { 1 + index % 2 } else { 0 }];
        let email = format!("{first_name}.{last_name}@{domain}");
        // Xero keeps what somebody typed: here and there with capitals.
        let email = if index % 11 == 5 { email } else { email.to_lowercase() };
        employees.push(Employee::new(random, first_name, last_name, Some(&email)));
    }
    for (first_name, last_name, local) in names::AWKWARD {
        let email = format!("{local}@{}", domains[0]);
        employees.push(Employee::new(random, first_name, last_name, Some(&email)));
    }

    let first_twin = employees[17].email.clone().unwrap_or_default().to_uppercase();
    let second_twin = format!("  {} ", employees[90].email.clone().unwrap_or_default());
    let emails = [
        None,
        None,
        Some("   "),
        Some("ask at the front desk"),
        Some("kitchen@@harbourhearth..example.com"),
        Some(first_twin.as_str()),
        Some(second_twin.as_str()),
    ];
    for ((first_name, last_name), email) in troubled.iter().zip(emails) {
        employees.push(Employee::new(random, first_name, last_name, email));
    }
    for (first_name, last_name) in &troubled[emails.len()..] {
        let email = format!("{first_name}.{last_name}@{}", domains[0]).to_lowercase();
        let mut leaver = Employee::new(random, first_name, last_name, Some(&email));
        leaver.status = EmployeeStatus::Terminated;
        employees.push(leaver);
    }
    random.shuffle(&mut employees);
    employees
}

/// So many people without any trouble, with plain names.
pub(crate) fn plain_staff(random: &mut Random, count: usize) -> Vec<Employee> {
    let staff = names::pairs(random, count);
    let staff = staff.into_iter().map(|(first_name, last_name)| {
        let email = format!("{first_name}.{last_name}@staff.example.com").to_lowercase();
        Employee::new(random, first_name, last_name, Some(&email))
    });
    staff.collect()
}

/// A small payroll with its owner on it.
fn seven(random: &mut Random, owner: &XeroUser) -> Vec<Employee> {
    let mut employees = vec![Employee::new(random, &owner.given_name, &owner.family_name, Some(&owner.email))];
    for (first_name, last_name) in names::pairs(random, 6) {
        let email = format!("{first_name}.{last_name}@wattlegrove.example.com").to_lowercase();
        employees.push(Employee::new(random, first_name, last_name, Some(&email)));
    }
    employees
}
