//! Everybody and everything at Xero at the start of a world.

use crate::employee::{Employee, EmployeeStatus};
use crate::names;
use crate::organisations::{Member, Organisation, OrganisationUser, PayrollPaging, PayrollState, Practice, XeroUser};
use crate::random::Random;

#[derive(Default)]
pub(crate) struct Cast {
    pub(crate) users: Vec<XeroUser>,
    pub(crate) organisations: Vec<Organisation>,
    pub(crate) practices: Vec<Practice>,
}

/// Who can open Sam's organisation in Xero beside Sam. Of the twelve, eight are taken for staff (Sam among them), two
/// advise, one was removed and one has no email. One has a role that no list of Xero's names.
const PRAIRIE: [(&str, &str, &str); 11] = [
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
    prairie.users.extend(PRAIRIE.map(|row| login(&mut random, row, "prairielantern.example.com")));
    for user in prairie.users.iter_mut().filter(|user| user.last_name == "Counter") {
        user.email = Some(String::new());
    }
    organisations.push(prairie);
    // From a stream of its own, so that nothing else of a seed's world changes by it.
    let (ingrid, clients, practice) = accountant(&mut Random::new(seed, 11));
    organisations.extend(clients);
    Cast { users: vec![olivia, sam, mei, ingrid], organisations, practices: vec![practice] }
}

/// An accountant with a practice and a client in each country; her role at both is the adviser's.
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
        admit(client, &ingrid, true, "FINANCIALADVISER", false);
    }
    magnolia.users.extend(
        [("Pearl", "Hutchins", "STANDARD"), ("Otis", "Hutchins", "INVOICEONLY")]
            .map(|row| login(random, row, "magnoliastreet.example.com")),
    );
    (ingrid, [kookaburra, magnolia], practice)
}

/// A row of the Users endpoint, for somebody who never logs in here.
fn login(random: &mut Random, (first_name, last_name, role): (&str, &str, &str), domain: &str) -> OrganisationUser {
    let plain: String = last_name.chars().filter(char::is_ascii_alphabetic).collect();
    OrganisationUser {
        user_id: random.uuid(),
        email: Some(format!("{first_name}.{plain}@{domain}").to_lowercase()),
        first_name: first_name.to_owned(),
        last_name: last_name.to_owned(),
        role: role.to_owned(),
        is_subscriber: false,
    }
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
        class: "GROW".to_owned(),
        closed: false,
        payroll,
        paging: PayrollPaging::Proper,
        employees: Vec::new(),
        users: Vec::new(),
        members: Vec::new(),
    }
}

/// Lets somebody into an organisation; whoever is in it already changes their role.
pub(crate) fn admit(
    organisation: &mut Organisation,
    user: &XeroUser,
    payroll_administrator: bool,
    role: &str,
    is_subscriber: bool,
) {
    let user_id = &user.user_id;
    organisation.members.retain(|member| member.user_id != *user_id);
    organisation.members.push(Member { user_id: user_id.clone(), role: role.to_owned(), payroll_administrator });
    if let Some(row) = organisation.users.iter_mut().find(|row| row.user_id == *user_id) {
        role.clone_into(&mut row.role);
        return;
    }
    organisation.users.push(OrganisationUser {
        user_id: user_id.clone(),
        email: Some(user.email.clone()),
        first_name: user.given_name.clone(),
        last_name: user.family_name.clone(),
        role: role.to_owned(),
        is_subscriber,
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

/// So many people without any trouble, with plain names: at most about 5,000.
pub(crate) fn plain_staff(random: &mut Random, count: usize) -> Vec<Employee> {
    let staff = names::pairs(random, count).into_iter();
    let staff = staff.map(|(first_name, last_name)| {
        let email = format!("{first_name}.{last_name}@staff.example.com").to_lowercase();
        Employee::new(random, first_name, last_name, Some(&email))
    });
    staff.collect()
}

/// So many Xero users without any trouble, with plain names: at most about 5,000.
pub(crate) fn plain_users(random: &mut Random, count: usize) -> Vec<OrganisationUser> {
    let users = names::pairs(random, count).into_iter();
    users
        .map(|(first_name, last_name)| login(random, (first_name, last_name, "STANDARD"), "staff.example.com"))
        .collect()
}

/// The organisation of that number in an order of many: in Australia, with so many people on its payroll (at most about
/// 5,000), none with any trouble. The first of them is its owner, who can log in to nothing else.
pub(crate) fn one_of_many(seed: u64, number: usize, people: usize) -> (XeroUser, Organisation) {
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
    admit(&mut made, &owner, true, "STANDARD", true);
    let staff = names.into_iter().take(people);
    made.employees = staff.map(|name| Employee::new(&mut random, name.0, name.1, Some(&email(name)))).collect();
    (owner, made)
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
