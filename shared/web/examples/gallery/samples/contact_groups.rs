//! The choice of a contact group, and what stands around it.

use domain::contact_group::ContactGroup;
use domain::obstacle::{ConnectionTrouble, PeopleObstacle};
use web::pages::{ContactGroupChoice, ContactGroupsPage, ContactsPermissionPage, PeopleObstaclePage};

use super::common::{HOSTILE, Sample, page, token};
use super::portal::framed;

fn choice(name: &str, size: Option<usize>, is_chosen: bool) -> ContactGroupChoice {
    ContactGroupChoice { group: ContactGroup { id: name.into(), name: name.to_owned() }, size, is_chosen }
}

fn chooser(groups: Vec<ContactGroupChoice>) -> ContactGroupsPage {
    ContactGroupsPage {
        form_token: token(),
        organisation: "Juniper Lane Outfitters".to_owned(),
        groups,
        xero_url: "https://go.xero.com/".to_owned(),
    }
}

fn obstacle(obstacle: PeopleObstacle, group: &str) -> PeopleObstaclePage {
    PeopleObstaclePage {
        form_token: token(),
        organisation: "Juniper Lane Outfitters".to_owned(),
        obstacle,
        group: Some(group.to_owned()),
        may_choose_group: true,
        xero_url: Some("https://go.xero.com/".to_owned()),
        portal_exists: false,
    }
}

pub(super) fn all() -> Vec<Sample> {
    let permission = |organisation: &str| ContactsPermissionPage { organisation: organisation.to_owned() };
    let groups = || vec![choice("Employees", None, false), choice("Suppliers", Some(12), false)];
    let chosen = vec![choice("Employees", None, true), choice(HOSTILE, Some(1), false)];
    let missing = PeopleObstacle::Connection(ConnectionTrouble::PermissionMissing);
    vec![
        page("contacts-permission", &permission("Juniper Lane Outfitters")),
        page("contacts-permission-hostile", &permission(HOSTILE)),
        page("contact-groups", &chooser(groups())),
        page("contact-groups-none", &chooser(Vec::new())),
        page("contact-groups-chosen", &chooser(chosen.clone())),
        framed("portal-contact-groups", &chooser(chosen)),
        page("people-group-nobody", &obstacle(PeopleObstacle::Nobody, "Employees")),
        page("people-group-nobody-hostile", &obstacle(PeopleObstacle::Nobody, HOSTILE)),
        page("people-group-too-many", &obstacle(PeopleObstacle::TooMany { people: 2_413 }, "Employees")),
        page("people-group-scope-missing", &obstacle(missing, "Employees")),
    ]
}
