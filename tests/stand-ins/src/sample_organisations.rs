//! The sample people, organisations and practice at Xero, and organisations that a test adds in any number.

use crate::employee::{Employee, EmployeeStatus};
use crate::names;
use crate::organisations::{Organisation, OrganisationUser, PayrollState, Practice, XeroUser};
use crate::random::Random;
use crate::sample_contacts::juniper;
use crate::sample_parts::{organisation, organisation_user, set_member};

/// What Xero holds at the start of a world.
#[derive(Default)]
pub(crate) struct Samples {
    pub(crate) users: Vec<XeroUser>,
    pub(crate) organisations: Vec<Organisation>,
    pub(crate) practices: Vec<Practice>,
}

/// The users of Sam's organisation beside Sam. The product takes eight of the twelve for staff (Sam is one of them); two
/// are advisers, one was removed and one has no email. One has a role that Xero has not published.
const PRAIRIE_USERS: [(&str, &str, &str); 11] = [
    ("June", "Castellano", "STANDARD"),
    ("Marcus", "Whitlock", "INVOICEONLY"),
    ("Delia", "Reyes", "READONLY"),
    ("Theo", "O'Dell", "STANDARD"),
    ("Harriet", "Voss", "FINANCIALADVISER"),
    ("Gil", "Andrade", "REMOVED"),
    ("Ruth", "Baptiste", "ADMIN"),
    ("Owen", "Mercer", "FINANCIALADVISER"),
    ("Camila", "Duarte", "UNKNOWN"),
    ("Ben", "Ashworth", "SHIFTLEAD"),
    ("Front", "Counter", "READONLY"),
];

pub(crate) fn samples(seed: u64) -> Samples {
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
    harbour.employees = harbour_payroll(&mut random);
    let mut wattle = organisation(&mut random, "Wattle Grove Books", "AU", PayrollState::Ready);
    wattle.employees = wattle_payroll(&mut random, &olivia);
    let thornbury = organisation(&mut random, "Thornbury Ceramics", "GB", PayrollState::NotOffered);
    let bluegum = organisation(&mut random, "Bluegum Analytics", "AU", PayrollState::Ready);
    let paperbark = organisation(&mut random, "Paperbark Studio", "AU", PayrollState::NotProvisioned);
    let mut prairie = organisation(&mut random, "Prairie Lantern Coffee", "US", PayrollState::NotOffered);

    let mut organisations = Vec::new();
    for mut organisation in [harbour, wattle, thornbury, bluegum, paperbark] {
        set_member(&mut organisation, &olivia, true, "STANDARD", true);
        if organisation.name == "Wattle Grove Books" {
            set_member(&mut organisation, &mei, false, "STANDARD", false);
        }
        organisations.push(organisation);
    }
    set_member(&mut prairie, &sam, true, "STANDARD", true);
    prairie.users.extend(PRAIRIE_USERS.map(|row| organisation_user(&mut random, row, "prairielantern.example.com")));
    for user in prairie.users.iter_mut().filter(|user| user.last_name == "Counter") {
        user.email = Some(String::new());
    }
    organisations.push(prairie);
    // A generator of its own keeps everything else of a seed as it was before the accountant was added.
    let (ingrid, clients, practice) = accountant(&mut Random::new(seed, 11));
    organisations.extend(clients);
    let (rosa, juniper) = juniper(&mut Random::new(seed, 12));
    organisations.push(juniper);
    Samples { users: vec![olivia, sam, mei, ingrid, rosa], organisations, practices: vec![practice] }
}

/// An accountant with a practice and with a client in each country, where her role is that of an adviser.
fn accountant(random: &mut Random) -> (XeroUser, [Organisation; 2], Practice) {
    let ingrid = XeroUser {
        user_id: random.uuid(),
        email: "ingrid.solberg@example.com".to_owned(),
        given_name: "Ingrid".to_owned(),
        family_name: "Solberg".to_owned(),
    };
    let practice =
        Practice { tenant_id: random.uuid(), name: "Solberg Bookkeeping".to_owned(), user_id: ingrid.user_id.clone() };
    let mut kookaburra = organisation(random, "Kookaburra Cycles", "AU", PayrollState::Ready);
    kookaburra.employees = plain_staff(random, 3);
    let mut magnolia = organisation(random, "Magnolia Street Bakery", "US", PayrollState::NotOffered);
    for client in [&mut kookaburra, &mut magnolia] {
        set_member(client, &ingrid, true, "FINANCIALADVISER", false);
    }
    magnolia.users.extend(
        [("Pearl", "Hutchins", "STANDARD"), ("Otis", "Hutchins", "INVOICEONLY")]
            .map(|row| organisation_user(random, row, "magnoliastreet.example.com")),
    );
    (ingrid, [kookaburra, magnolia], practice)
}

/// The payroll of Harbour & Hearth: 204 people who can be imported and nine who cannot. Two of the nine have no email, one
/// has a blank one, two have malformed ones, two have somebody else's email and two have left.
fn harbour_payroll(random: &mut Random) -> Vec<Employee> {
    let domains = ["harbourhearth.example.com", "staff.harbourhearth.example.net", "mail.example.org"];
    let mut employees: Vec<Employee> = Vec::new();
    let plain = names::pairs(random, 204 - names::AWKWARD.len() + 9);
    let (plain, unusual) = plain.split_at(204 - names::AWKWARD.len());
    for (index, (first_name, last_name)) in plain.iter().enumerate() {
        let domain = domains[if index % 7 == 3 { 1 + index % 2 } else { 0 }];
        let email = format!("{first_name}.{last_name}@{domain}");
        // Xero keeps an email as somebody typed it, so a few have capitals.
        let email = if index % 11 == 5 { email } else { email.to_lowercase() };
        employees.push(Employee::new(random, first_name, last_name, Some(&email)));
    }
    for (first_name, last_name, local) in names::AWKWARD {
        let email = format!("{local}@{}", domains[0]);
        employees.push(Employee::new(random, first_name, last_name, Some(&email)));
    }

    let first_repeated = employees[17].email.clone().unwrap_or_default().to_uppercase();
    let second_repeated = format!("  {} ", employees[90].email.clone().unwrap_or_default());
    let emails = [
        None,
        None,
        Some("   "),
        Some("ask at the front desk"),
        Some("kitchen@@harbourhearth..example.com"),
        Some(first_repeated.as_str()),
        Some(second_repeated.as_str()),
    ];
    for ((first_name, last_name), email) in unusual.iter().zip(emails) {
        employees.push(Employee::new(random, first_name, last_name, email));
    }
    for (first_name, last_name) in &unusual[emails.len()..] {
        let email = format!("{first_name}.{last_name}@{}", domains[0]).to_lowercase();
        let mut leaver = Employee::new(random, first_name, last_name, Some(&email));
        leaver.status = EmployeeStatus::Terminated;
        employees.push(leaver);
    }
    random.shuffle(&mut employees);
    employees
}

/// So many people on a payroll who can all be imported. There are names for about 5,000.
pub(crate) fn plain_staff(random: &mut Random, count: usize) -> Vec<Employee> {
    let staff = names::pairs(random, count).into_iter();
    let staff = staff.map(|(first_name, last_name)| {
        let email = format!("{first_name}.{last_name}@staff.example.com").to_lowercase();
        Employee::new(random, first_name, last_name, Some(&email))
    });
    staff.collect()
}

/// So many Xero users who can all be imported. There are names for about 5,000.
pub(crate) fn plain_users(random: &mut Random, count: usize) -> Vec<OrganisationUser> {
    let users = names::pairs(random, count).into_iter();
    users
        .map(|(first_name, last_name)| {
            organisation_user(random, (first_name, last_name, "STANDARD"), "staff.example.com")
        })
        .collect()
}

/// An Australian organisation with a number in its name and so many people on its payroll (at most about 5,000), who can
/// all be imported. The first of them is the owner, who is a member of no other organisation.
pub(crate) fn numbered_organisation(seed: u64, number: usize, people: usize) -> (XeroUser, Organisation) {
    let mut random = Random::new(seed, 1_000 + number as u64);
    let names = names::pairs(&mut random, people.max(1));
    let (given_name, family_name) = names[0];
    let email = |(given_name, family_name): (&str, &str)| {
        format!("{given_name}.{family_name}@number{number}.example.com").to_lowercase()
    };
    let owner = XeroUser {
        user_id: random.uuid(),
        email: email(names[0]),
        given_name: given_name.to_owned(),
        family_name: family_name.to_owned(),
    };
    let mut made = organisation(&mut random, &format!("{family_name} Number {number}"), "AU", PayrollState::Ready);
    set_member(&mut made, &owner, true, "STANDARD", true);
    let staff = names.into_iter().take(people);
    made.employees = staff.map(|name| Employee::new(&mut random, name.0, name.1, Some(&email(name)))).collect();
    (owner, made)
}

/// The payroll of Wattle Grove Books: seven people, and the owner is one of them.
fn wattle_payroll(random: &mut Random, owner: &XeroUser) -> Vec<Employee> {
    let mut employees = vec![Employee::new(random, &owner.given_name, &owner.family_name, Some(&owner.email))];
    for (first_name, last_name) in names::pairs(random, 6) {
        let email = format!("{first_name}.{last_name}@wattlegrove.example.com").to_lowercase();
        employees.push(Employee::new(random, first_name, last_name, Some(&email)));
    }
    employees
}
