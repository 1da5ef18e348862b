use std::collections::{HashMap, HashSet};

use stand_ins::{Employee, EmployeeStatus, World, WorldSettings, go1};

use crate::support::{HARBOUR, OLIVIA};

fn looks_like_an_email(text: &str) -> bool {
    let Some((local, domain)) = text.trim().split_once('@') else { return false };
    !local.is_empty() && !text.trim().contains(' ') && !domain.starts_with('@') && !domain.contains("..")
}

#[test]
fn the_big_organisation_has_every_kind_of_person() {
    let employees = World::default().xero().organisation(HARBOUR).expect("Harbour & Hearth").employees;
    assert_eq!(employees.len(), 213);
    let (active, left): (Vec<&Employee>, Vec<&Employee>) =
        employees.iter().partition(|employee| employee.status == EmployeeStatus::Active);
    assert_eq!(left.len(), 2);
    assert_eq!(active.iter().filter(|employee| employee.email.is_none()).count(), 2);
    let with_text: Vec<&str> = active.iter().filter_map(|employee| employee.email.as_deref()).collect();
    assert_eq!(with_text.iter().filter(|email| email.trim().is_empty()).count(), 1);
    let malformed = |email: &&&str| !email.trim().is_empty() && !looks_like_an_email(email);
    assert_eq!(with_text.iter().filter(malformed).count(), 2);

    let good: Vec<&str> = with_text.into_iter().filter(|email| looks_like_an_email(email)).collect();
    let distinct: HashSet<String> = good.iter().map(|email| email.trim().to_lowercase()).collect();
    assert_eq!((good.len(), distinct.len()), (206, 204));
    let exact: HashSet<&str> = good.iter().copied().collect();
    assert_eq!(exact.len(), 206, "the two repeated emails differ in case or in blanks");
    assert!(!distinct.contains(OLIVIA));

    let all_of = |character: char| active.iter().filter(move |each| each.last_name.contains(character)).count();
    assert!(all_of('\'') > 0 && all_of('-') > 0);
    assert!(active.iter().any(|employee| !employee.first_name.is_ascii()));
    assert!(active.iter().any(|employee| employee.first_name.starts_with('=')));
    assert!(active.iter().any(|employee| employee.last_name.len() > 70));
    let ids: HashSet<&str> = employees.iter().map(|employee| employee.employee_id.as_str()).collect();
    assert_eq!(ids.len(), 213);
}

#[test]
fn the_other_organisations_are_as_the_journeys_expect() {
    let xero = World::default().xero();
    let people: HashMap<String, usize> =
        xero.organisations().into_iter().map(|each| (each.name, each.employees.len())).collect();
    for (name, count) in [
        ("Wattle Grove Books", 7),
        ("Thornbury Ceramics", 0),
        ("Bluegum Analytics", 0),
        ("Paperbark Studio", 0),
        ("Prairie Lantern Coffee", 0),
    ] {
        assert_eq!(people.get(name), Some(&count), "{name}");
    }
    let wattle = xero.organisation("Wattle Grove Books").expect("Wattle Grove Books");
    assert!(wattle.employees.iter().any(|employee| employee.email.as_deref() == Some(OLIVIA)));
    let prairie = xero.organisation("Prairie Lantern Coffee").expect("Prairie Lantern Coffee");
    let roles: HashSet<&str> = prairie.users.iter().map(|user| user.role.as_str()).collect();
    assert!(roles.contains("FINANCIALADVISER") && roles.contains("REMOVED") && roles.contains("STANDARD"));
}

#[test]
fn the_same_seed_makes_the_same_world() {
    let names = |seed: u64| {
        let world = World::new(WorldSettings { seed, ..WorldSettings::default() });
        format!("{:?} {:?}", world.xero().organisations(), world.xero().users())
    };
    assert_eq!(names(7), names(7));
    assert_ne!(names(7), names(8));
}

#[test]
fn a_reset_takes_everything_back() {
    let world = World::default();
    let before = format!("{:?}", world.xero().organisations());
    world.xero().sign_in(OLIVIA, &[HARBOUR], "openid offline_access accounting.settings").expect("tokens");
    world.xero().edit_organisation(HARBOUR, |organisation| organisation.employees.clear());
    world.go1().retire_course("1001");
    world.reset();
    assert!(world.xero().connections().is_empty());
    assert_eq!(world.xero().live_refresh_tokens(), 0);
    assert_eq!(format!("{:?}", world.xero().organisations()), before);
    assert!(world.go1().courses().iter().all(|course| !course.retired));
}

#[test]
fn five_courses_for_each_country_and_a_taken_domain() {
    let world = World::default();
    let courses = world.go1().courses();
    let ids = |country: &str| -> Vec<&str> {
        courses.iter().filter(|course| course.country == country).map(|course| course.lo_id).collect()
    };
    assert_eq!(ids("AU"), ["1001", "1002", "1003", "1004", "1005"]);
    assert_eq!(ids("US"), ["2001", "2002", "2003", "2004", "2005"]);
    assert!(courses.iter().all(|course| course.summary.len() <= 120));
    assert!(world.go1().portal("acme.mygo1.com").is_some());
    assert_eq!((go1::CLIENT_ID, go1::CLIENT_SECRET), ("local-go1-client", "local-go1-secret"));
}

#[test]
fn a_payroll_can_be_given_any_size() {
    let xero = World::default().xero();
    for count in [0, 1, 99, 100, 101, 199, 200, 201] {
        assert!(xero.set_head_count("Bluegum Analytics", count));
        let staff = xero.organisation("Bluegum Analytics").expect("Bluegum Analytics").employees;
        let emails: HashSet<_> = staff.iter().filter_map(|employee| employee.email.clone()).collect();
        assert_eq!((staff.len(), emails.len()), (count, count));
    }
    assert!(!xero.set_head_count("Nobody", 1));
}

#[test]
fn a_portal_can_be_opened_without_a_call() {
    let go1 = World::default().go1();
    let opened = go1.open_portal("shop", "AU");
    let portal = go1.portal("shop.mygo1.com").expect("the portal");
    assert_eq!((portal.id, portal.administrator), (opened.portal_id, Some(opened.account_id)));
    assert!(go1.call_log().is_empty());
}

#[test]
fn canaries_have_every_form_in_which_somebody_could_write_them() {
    let canaries = World::canaries();
    for form in ["333777333777", "333777333", "1980-07-30", "2015-10-11", "2019-04-19", "CANARY-BANK-ACCOUNT"] {
        assert!(canaries.iter().any(|canary| canary == form), "{form}");
    }
}

#[test]
fn an_american_head_count_is_of_xero_users() {
    let xero = World::default().xero();
    for count in [0, 1, 100, 201] {
        assert!(xero.set_head_count("Prairie Lantern Coffee", count));
        let prairie = xero.organisation("Prairie Lantern Coffee").expect("Prairie Lantern Coffee");
        let emails: HashSet<_> = prairie.users.iter().filter_map(|user| user.email.clone()).collect();
        assert_eq!((prairie.users.len(), emails.len(), prairie.employees.len()), (count, count, 0));
    }
}
