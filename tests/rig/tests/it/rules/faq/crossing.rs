//! What crosses, and what does not.

use std::collections::BTreeSet;

use domain::import::{LONGEST_IMPORT, LONGEST_WAIT_FOR_LOGIN};
use http::{Method, StatusCode};
use rig::{Customer, Outgoing, PRAIRIE, Rig, THORNBURY, Visitor, WATTLE, expect, ticked};
use serde_json::Value;
use stand_ins::World;
use stand_ins::go1::{LEARNER, MANAGER};
use stand_ins::xero::endpoint::{EMPLOYEES, USERS};

use super::{imported, newcomer};

/// Names and email of one person.
type Person = (String, String, String);

/// Everybody whom Xero has at a customer's, the email in small letters.
fn at_xero(rig: &Rig, customer: &Customer) -> BTreeSet<Person> {
    let organisation = rig.world.xero().organisation(customer.organisation).expect("an organisation of the world");
    let employees = organisation.employees.into_iter().map(|each| (each.first_name, each.last_name, each.email));
    let users = organisation.users.into_iter().map(|each| (each.first_name, each.last_name, each.email));
    let people = employees.chain(users).filter_map(|(first, last, email)| Some((first, last, email?)));
    people.map(|(first, last, email)| (first, last, email.trim().to_lowercase())).collect()
}

fn fields(body: &str) -> BTreeSet<String> {
    let body: Value = serde_json::from_str(body).expect("JSON");
    body.as_object().expect("an object").keys().cloned().collect()
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

/// What may be said of one person: an account with three fields and a role, and courses by number.
fn check_posted(sent: &Outgoing, people: &BTreeSet<Person>) {
    let path = sent.target.split('?').next().unwrap_or_default();
    match path {
        "/oauth/token" => {}
        "/portals" => assert_eq!(
            fields(&sent.body).difference(&names(["timezone"])).cloned().collect::<BTreeSet<_>>(),
            names(["name", "domain", "country", "industry", "external_customer_id", "user_account", "settings"])
        ),
        "/user-accounts" => {
            assert_eq!(fields(&sent.body), names(["given_name", "family_name", "email", "username", "roles"]));
            let body: Value = serde_json::from_str(&sent.body).expect("JSON");
            let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
            assert_eq!(text("username"), text("email"));
            assert_eq!(body["roles"], serde_json::json!([LEARNER]));
            let person = (text("given_name"), text("family_name"), text("email"));
            assert!(people.contains(&person), "{person:?} is nobody's in Xero");
        }
        "/enrollments" => {
            assert_eq!(fields(&sent.body), names(["user_account_id", "lo_id", "enrollment_type", "status"]));
        }
        path => panic!("what is {path}?"),
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_person_only_both_names_and_the_email_are_sent_to_go1_and_nothing_is_written_to_xero() {
    for customer in [WATTLE, PRAIRIE] {
        let rig = Rig::new(1);
        let (visitor, import) = rig.imported(&customer).await;
        let people = at_xero(&rig, &customer);
        let sent = rig.sent_to_go1();
        for sent in &sent {
            match sent.method {
                Method::POST => check_posted(sent, &people),
                ref method => assert_eq!(method, Method::GET, "{sent:?}"),
            }
            for canary in World::canaries() {
                assert!(!sent.body.contains(&canary) && !sent.target.contains(&canary), "{canary} in {sent:?}");
            }
        }
        let created = visitor.progress(&import).await.created;
        let posted = sent.iter().filter(|sent| sent.method == Method::POST && sent.target == "/user-accounts");
        assert_eq!(posted.count(), created);
        for sent in rig.sent_to_xero() {
            let is_login = sent.method == Method::POST && sent.target.ends_with("/connect/token");
            assert!(sent.method == Method::GET || is_login, "{} {}", sent.method, sent.target);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_united_states_and_australia_are_served_by_what_xero_says_and_no_other_country_is() {
    let rig = Rig::new(2);
    let form = rig.visitor(&WATTLE).open("/signup").await;
    assert_eq!(form.values("country"), ["US", "AU"]);
    // Both say the other country on the form.
    let (olivia, sam) =
        (rig.visitor(&Customer { country: "US", ..WATTLE }), rig.visitor(&Customer { country: "AU", ..PRAIRIE }));
    let named = olivia.reach_organisations().await;
    expect(olivia.confirm_organisation(&named).await, StatusCode::OK, "/organisations/permission");
    let courses = olivia.connect_again().await;
    for (visitor, courses, reads) in [(&olivia, courses, (2, 0)), (&sam, sam.reach_courses().await, (2, 1))] {
        let people = expect(visitor.look(&courses).await, StatusCode::OK, "/preview/people");
        assert!(!ticked(&people).is_empty());
        let xero = rig.world.xero();
        assert_eq!((xero.calls(EMPLOYEES), xero.calls(USERS)), reads, "payroll here, Xero's users there");
    }
    let thornbury: Visitor = rig.visitor(&THORNBURY);
    let refused = thornbury.reach_organisations().await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.words().contains("organisations in the United States and Australia"), "{}", refused.words());
}

#[tokio::test(start_paused = true)]
async fn changed_names_emails_and_roles_stay_as_they_are_in_go1_at_the_next_import_too() {
    let (rig, olivia) = imported(3).await;
    let learners = rig.learners(&WATTLE);
    rig.world.go1().set_role(&learners[0].id, MANAGER);
    let before = rig.accounts(&WATTLE);
    rig.edit_payroll(&WATTLE, |people| {
        for (number, person) in people.iter_mut().enumerate() {
            person.first_name = format!("Renamed {number}");
            person.email = Some(format!("moved{number}@wattlegrove.example.com"));
        }
        people.push(newcomer(1));
    });
    let people = olivia.look_again().await;
    assert_eq!(ticked(&people), ["new-001"]);
    let asked = rig.sent_to_go1().len();
    rig::import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    let after = rig.accounts(&WATTLE);
    assert_eq!((&after[..before.len()], after.len()), (&before[..], before.len() + 1));
    for sent in &rig.sent_to_go1()[asked..] {
        assert!(sent.method == Method::GET || sent.method == Method::POST, "{sent:?}");
    }
}

#[test]
fn names_are_kept_for_a_day_in_the_list_and_for_thirty_days_in_an_import() {
    let hours = |span: jiff::SignedDuration| span.as_hours();
    assert_eq!((hours(state::PLAN_KEPT), hours(importing::dispatch::RETENTION)), (24, 30 * 24));
    assert_eq!(hours(state::UNFINISHED_SIGN_UP_KEPT), 90 * 24);
    assert_eq!((hours(state::XERO_GRANT_KEPT), hours(state::GO1_GRANT_KEPT)), (61 * 24, 91 * 24));
    let longest = LONGEST_WAIT_FOR_LOGIN + LONGEST_IMPORT;
    assert!(longest <= importing::dispatch::RETENTION, "an import ends before its rows are gone");
}

#[tokio::test(start_paused = true)]
async fn every_page_leads_to_help_and_help_to_the_people_who_do() {
    let (rig, olivia) = imported(4).await;
    let ada = rig.administrator(&WATTLE).await;
    for (visitor, path) in
        [(&olivia, "/"), (&olivia, "/signup"), (&olivia, "/get-started"), (&olivia, "/nowhere"), (&ada, "/portal")]
    {
        assert!(visitor.open(path).await.text.contains("href=\"/help\""), "{path}");
    }
    let help = expect(olivia.open("/help").await, StatusCode::OK, "/help");
    assert!(help.text.contains("href=\"mailto:help@example.com\""), "the support contact is a setting");
}
