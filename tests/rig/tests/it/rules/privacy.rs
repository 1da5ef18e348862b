//! What may not be anywhere: marks of data that we have no use for, tokens, and people in the queue or the log.

use rig::{Customer, EMPLOYEES_GROUP, HARBOUR, JUNIPER, PRAIRIE, Rig, Visitor};
use serde_json::{Value, json};
use stand_ins::world::{CANARIES, XERO_USER_CANARY};
use stand_ins::{Fault, FaultKind, World, go1, xero};
use state::{GrantOwner, ImportReader as _, PlanReader as _};

use crate::log;

/// The whole journey with every kind of trouble in it: refusals at the door, failures that quote people, renewed
/// tokens.
pub(super) async fn troubled_journey(rig: &Rig) -> Visitor {
    let olivia = rig.visitor(&HARBOUR);
    let login = olivia.sign_up().await;
    let refused = olivia.consent_without_return(&login, "cancel").await;
    olivia.browser.open(&refused).await;
    let courses = olivia.reach_courses().await;
    rig.world.xero().expire_access_tokens();
    let quoting = format!("{{\"message\": \"{} {} no\", \"code\": 1}}", CANARIES[2], HARBOUR.xero_user);
    rig.world.xero().faults().add(Fault::next(xero::endpoint::EMPLOYEES, FaultKind::answer(400, &[], &quoting)));
    olivia.look(&courses).await;
    let people = olivia.look(&courses).await;
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::answer(400, &[], &quoting)));
    olivia.confirm(&people).await;
    let import = rig::import_of(&olivia.confirm(&people).await);
    let faults = rig.world.go1().faults();
    let person = rig.kept_people(&HARBOUR, &import).await.remove(0);
    for kind in [
        FaultKind::answer(422, &[], &format!("{{\"message\": \"{} is wrong\"}}", person.email.as_str())),
        FaultKind::answer(500, &[], &quoting),
        FaultKind::answer(201, &[], &quoting),
        FaultKind::LoseAnswer,
        FaultKind::CutBefore,
    ] {
        faults.add(Fault::next(go1::endpoint::CREATE_USER_ACCOUNT, kind.clone()));
        faults.add(Fault::next(go1::endpoint::CREATE_ENROLLMENT, kind.clone()).after(7));
        faults.add(Fault::next(go1::endpoint::LIST_USER_ACCOUNTS, kind));
    }
    rig.deliver().await;
    rig.world.go1().expire_access_tokens();
    rig.pump().await;
    olivia.open_import(&import).await;
    olivia.progress(&import).await;
    olivia.report(&import).await;
    olivia.get_started().await;
    olivia.open("/nowhere").await;
    let learner = rig.learners(&HARBOUR).remove(0);
    for account in [learner.id, rig.administrator_of(&HARBOUR)] {
        let login = olivia.configure(&rig.domain_of(&HARBOUR)).await;
        rig.world.go1().faults().add(Fault::next(go1::endpoint::ME, FaultKind::answer(200, &[], &quoting)));
        olivia.log_in_as(&login, &account).await;
        let login = olivia.open("/portal/login").await;
        olivia.log_in_as(&login, &account).await;
    }
    for path in ["/portal", "/portal/users", "/portal/settings"] {
        assert_eq!(olivia.open(path).await.status, http::StatusCode::OK, "{path}");
    }
    olivia
}

/// The same in the United States, where people are Xero users: advisers are imported too, somebody is new at the second
/// look, and in the end Xero is closed.
pub(super) async fn american_journey(rig: &Rig) -> Visitor {
    let (sam, courses) = rig.at_courses(&PRAIRIE).await;
    let xero = rig.world.xero();
    let quoting = format!("{{\"message\": \"{} {} no\", \"code\": 1}}", XERO_USER_CANARY, PRAIRIE.xero_user);
    xero.faults().add(Fault::next(xero::endpoint::USERS, FaultKind::answer(400, &[], &quoting)));
    sam.look(&courses).await;
    let people = sam.look(&courses).await;
    let everybody = people.values("people");
    assert_eq!((everybody.len(), rig::ticked(&people).len()), (10, 8), "two advise");
    let import = rig::import_of(&sam.confirm_only(&people, &everybody).await);
    let faults = rig.world.go1().faults();
    for answer in [FaultKind::answer(500, &[], &quoting), FaultKind::answer(201, &[], &quoting)] {
        faults.add(Fault::next(go1::endpoint::CREATE_USER_ACCOUNT, answer));
    }
    rig.pump().await;
    sam.open_import(&import).await;
    assert_eq!(sam.progress(&import).await.done, 10);
    sam.report(&import).await;
    assert!(xero.close_organisation(PRAIRIE.organisation));
    sam.look(&courses).await;
    sam.open("/get-started").await;
    sam
}

/// The same, where people are the contacts of a group.
async fn contacts_journey(rig: &Rig) -> Visitor {
    let (rosa, people) = rig.at_group(&JUNIPER, EMPLOYEES_GROUP).await;
    let faults = rig.world.xero().faults();
    let quoting = format!("{{\"message\": \"{} {} no\", \"code\": 1}}", "CANARY-CONTACT-NAME", JUNIPER.xero_user);
    for endpoint in [xero::endpoint::CONTACT_GROUP, xero::endpoint::CONTACTS] {
        for status in [200, 400] {
            faults.add(Fault::next(endpoint, FaultKind::answer(status, &[], &quoting)));
            rosa.look(&people).await;
        }
    }
    faults.add(Fault::next(xero::endpoint::CONTACT_GROUPS, FaultKind::answer(400, &[], &quoting)));
    rosa.open("/preview/groups").await;
    rosa.open("/preview/groups").await;
    let people = rosa.look(&people).await;
    let import = rig::import_of(&rosa.confirm(&people).await);
    rig.pump().await;
    rosa.open_import(&import).await;
    rosa.report(&import).await;
    rosa
}

/// Names and emails of everybody whom Xero knows at a customer's, as typed and in small letters.
fn people_of(rig: &Rig, customer: &Customer) -> Vec<String> {
    let organisation = rig.world.xero().organisation(customer.organisation).expect("an organisation of the world");
    let employees = organisation.employees.into_iter().map(|each| (each.first_name, each.last_name, each.email));
    let users = organisation.users.into_iter().map(|each| (each.first_name, each.last_name, each.email));
    let mut people: Vec<String> = Vec::new();
    let contacts = organisation.contacts.into_iter().map(|each| (each.first_name, each.last_name, each.email));
    // A company has no names of its own.
    let contacts = contacts.filter(|(first_name, ..)| !first_name.is_empty());
    for (first_name, last_name, email) in employees.chain(users).chain(contacts) {
        people.push(format!("{first_name} {last_name}"));
        people.extend(email.map(|email| email.trim().to_owned()).filter(|email| email.contains('@')));
    }
    people.extend(people.iter().map(|text| text.to_lowercase()).collect::<Vec<_>>());
    people
}

fn find_none<'text>(text: &str, forbidden: impl IntoIterator<Item = &'text str>, place: &str) {
    for mark in forbidden.into_iter().filter(|mark| !mark.is_empty()) {
        if let Some(position) = text.find(mark) {
            let from = text.floor_char_boundary(position.saturating_sub(120));
            let to = text.ceil_char_boundary((position + 160).min(text.len()));
            panic!("{mark} in {place}: ...{}...", &text[from..to]);
        }
    }
}

/// Everything kept of a customer, as it would be stored.
async fn kept(rig: &Rig, customer: &Customer) -> String {
    let (tenant_id, portal) = (rig.tenant(customer), rig.portal(customer));
    let (tenant, sign_up) = (rig.kept_tenant(customer).await, rig.kept_sign_up(customer).await);
    let import_id = sign_up.import.clone().expect("confirmed");
    let import = rig.state.find_import(&portal, &import_id).await.expect("memory").expect("accepted");
    let plan = rig.state.find_plan(&tenant_id, &import.plan).await.expect("memory").expect("kept");
    let mut grants = Vec::new();
    for owner in [GrantOwner::XeroUser(tenant.xero_user.clone()), GrantOwner::Portal(portal.clone())] {
        grants.push(rig.kept_grant(&owner).await.expect("kept"));
    }
    let audit = rig.trail(customer).await;
    let members = rig.kept_members(customer).await;
    let people = rig.kept_people(customer, &import_id).await;
    let batches = rig.kept_batches(customer, &import_id).await;
    let kept_portal = rig.kept_portal(customer).await;
    for entry in json!(plan)["entries"].as_array().expect("entries") {
        only_needed(entry);
    }
    json!(people).as_array().expect("people").iter().for_each(only_needed);
    let all = json!([tenant, sign_up, import, plan, grants, audit, members, people, batches, kept_portal]);
    format!("{all}\n{:?}", rig.state)
}

/// Of a person nothing is kept but the names, the email and our own decisions.
fn only_needed(person: &Value) {
    let needed =
        ["employee_id", "given_name", "family_name", "email", "decision", "ticked", "start", "batch", "outcome"];
    for name in person.as_object().expect("an object").keys() {
        assert!(needed.contains(&name.as_str()), "{name} is kept of a person");
    }
}

#[tokio::test(start_paused = true)]
async fn marks_and_secrets_and_people_are_where_they_belong_and_nowhere_else() {
    log::catch();
    let rig = Rig::new(1);
    let olivia = troubled_journey(&rig).await;
    let sam = american_journey(&rig).await;
    let rosa = contacts_journey(&rig).await;
    let mut secrets = rig.world.issued_secrets();
    secrets.extend([go1::CLIENT_SECRET.to_owned(), xero::CLIENT_SECRET.to_owned()]);
    assert!(secrets.len() > 10, "{}", secrets.len());
    let canaries = World::canaries();
    let forbidden = || canaries.iter().chain(&secrets).map(String::as_str);
    let (australians, americans) = (people_of(&rig, &HARBOUR), people_of(&rig, &PRAIRIE));
    assert!(americans.len() > 40, "{}", americans.len());

    let contacts = people_of(&rig, &JUNIPER);

    // Contacts and employees have their names from one list, so that some are called the same.
    for (visitor, strangers) in [(&olivia, &americans), (&sam, &australians), (&rosa, &americans)] {
        for page in visitor.browser.seen() {
            find_none(&page.text, strangers.iter().map(String::as_str).chain(forbidden()), page.url.path());
        }
    }
    for customer in [&HARBOUR, &PRAIRIE, &JUNIPER] {
        find_none(&kept(&rig, customer).await, forbidden(), "the state");
    }

    let people = || australians.iter().chain(&americans).chain(&contacts).map(String::as_str);
    let bodies = rig.queue.bodies();
    assert_eq!(bodies.len(), 10 + 1 + 2);
    for body in bodies {
        assert!(!body.contains('@'));
        find_none(&body, people().chain(forbidden()), "the queue");
    }

    let log = log::caught();
    assert!(log.contains("import accepted") && log.contains("a call to GO1 failed"), "the log is caught");
    find_none(&log, people().chain(forbidden()), "the log");
    assert!(!log.contains('@'), "no address of anybody");
    for visitor in [&olivia, &sam, &rosa] {
        find_none(&log, visitor.browser.cookie("__Host-session").as_deref(), "the log");
    }
}
