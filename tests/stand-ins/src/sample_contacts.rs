//! The American organisation of two Xero users whose people are contacts, with a group of forty.

use crate::contact::{Contact, ContactGroup};
use crate::names;
use crate::organisations::{Organisation, PayrollState, XeroUser};
use crate::random::Random;
use crate::sample_parts::{organisation, organisation_user, set_member};

const DOMAIN: &str = "juniperlane.example.com";

/// Rosa's organisation. Of the 40 contacts in its group Employees 34 can be imported, of whom two, Rosa among them, are its
/// Xero users as well.
pub(crate) fn juniper(random: &mut Random) -> (XeroUser, Organisation) {
    let rosa = XeroUser {
        user_id: random.uuid(),
        email: "rosa.delgado@example.com".to_owned(),
        given_name: "Rosa".to_owned(),
        family_name: "Delgado".to_owned(),
    };
    let mut juniper = organisation(random, "Juniper Lane Outfitters", "US", PayrollState::NotOffered);
    set_member(&mut juniper, &rosa, true, "STANDARD", true);
    // Nobody of the names from which the others are drawn.
    let clementine = organisation_user(random, ("Clementine", "Brightwater", "STANDARD"), DOMAIN);
    let mut employees = vec![
        // As somebody typed it: the same address as her login's.
        Contact::new(random, &rosa.given_name, &rosa.family_name, Some("Rosa.Delgado@example.com ")),
        Contact::new(random, &clementine.first_name, &clementine.last_name, clementine.email.as_deref()),
    ];
    juniper.users.push(clementine);
    employees.extend(plain_contacts(random, 32));
    let shared = employees[9].email.clone().unwrap_or_default().to_uppercase();
    employees.extend([
        Contact::new(random, "Wanda", "Unreached", None),
        Contact::new(random, "Walter", "Misspelt", Some("walter at the till")),
        Contact::new(random, "Zelda", "Zzyzx", Some(&shared)),
        Contact::new(random, "", "", Some("orders@lakesidecanvas.example.com")),
        Contact { status: "ARCHIVED".to_owned(), ..Contact::new(random, "Ada", "Former", Some("ada@x.example.com")) },
        Contact {
            status: "GDPRREQUEST".to_owned(),
            ..Contact::new(random, "Ingo", "Forgotten", Some("ingo@x.example.com"))
        },
    ]);
    random.shuffle(&mut employees);
    let supplier = Contact::new(random, "", "", Some("hello@saddleworks.example.com"));
    let outsider = Contact::new(random, "Nora", "Elsewhere", Some("nora@elsewhere.example.com"));
    let group = |random: &mut Random, name: &str, contacts: &[Contact]| ContactGroup {
        group_id: random.uuid(),
        name: name.to_owned(),
        deleted: false,
        contacts: contacts.iter().map(|contact| contact.contact_id.clone()).collect(),
    };
    juniper.contact_groups = vec![
        group(random, "Suppliers", std::slice::from_ref(&supplier)),
        group(random, "Employees", &employees),
        group(random, "Empty shelf", &[]),
        ContactGroup { deleted: true, ..group(random, "Old team", &employees[..3]) },
    ];
    juniper.contacts = employees;
    // Everybody else who is a contact: they are in no group, or in another.
    juniper.contacts.extend([supplier, outsider]);
    (rosa, juniper)
}

/// So many contacts who can all be imported. There are names for about 5,000.
pub(crate) fn plain_contacts(random: &mut Random, count: usize) -> Vec<Contact> {
    let people = names::pairs(random, count).into_iter();
    let people = people.map(|(first_name, last_name)| {
        let email = format!("{first_name}.{last_name}@{DOMAIN}").to_lowercase();
        Contact::new(random, first_name, last_name, Some(&email))
    });
    people.collect()
}
