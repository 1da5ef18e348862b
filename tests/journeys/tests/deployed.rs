//! Journeys and refusals through the deployed stack: the real template, the real binaries, the emulated AWS.

use std::process::Command;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName;
use http::StatusCode;
use journeys::browser::Sent;
use journeys::journey::{Customer, Journey};
use journeys::page::Page;
use journeys::stand_ins::{StandIns, Tally};
use stand_ins::World;
use stand_ins::go1::ADMINISTRATOR;
use url::Url;

const fn olivia(organisation: &'static str, portal: &'static str) -> Customer {
    Customer {
        xero_user: "olivia.hartley@example.com",
        organisation,
        country: "AU",
        portal,
        name: ("Olivia", "Hartley"),
    }
}

const SAM: Customer = Customer {
    xero_user: "sam.okafor@example.com",
    organisation: "Prairie Lantern Coffee",
    country: "US",
    portal: "prairie-lantern",
    name: ("Sam", "Okafor"),
};

/// Two people can log in to her organisation; the others are contacts.
const ROSA: Customer = Customer {
    xero_user: "rosa.delgado@example.com",
    organisation: "Juniper Lane Outfitters",
    country: "US",
    portal: "juniper-lane",
    name: ("Rosa", "Delgado"),
};

fn address(variable: &str) -> Url {
    let text = std::env::var(variable).expect("make test sets the addresses");
    Url::parse(&text).expect("an address")
}

fn journey() -> Journey {
    Journey::new(&address("APP_URL"))
}

fn stand_ins() -> StandIns {
    StandIns::new(address("XERO_STAND_IN_URL"), address("GO1_STAND_IN_URL"))
}

#[tokio::test]
#[ignore = "needs the local cloud: make test"]
async fn an_organisation_without_people_waits_for_its_first_and_then_imports() {
    let customer = olivia("Bluegum Analytics", "bluegum");
    let (journey, stand_ins) = (journey(), stand_ins());
    let courses = journey.reach_courses(&customer).await.expect("the courses");
    let nobody = journey.look_at_people(&courses).await.expect("a page");
    assert!(nobody.words().contains("There’s no one to import"), "{}", nobody.words());

    stand_ins.set_head_count(customer.organisation, 25).await.expect("25 people");
    let people = journey.look_at_people(&nobody).await.expect("checked again");
    assert_eq!(people.values("people").len(), 25);
    let import = journey.confirm_import(&people).await.expect("confirmed");
    let twice = journey.confirm_import(&people).await.expect("confirmed again");
    assert_eq!(twice.url, import.url, "pressing twice is one import");
    let progress = journey.watch(&import, |_| {}).await.expect("ended");
    assert_eq!((progress.done, progress.failed), (25, 0));

    let listed = stand_ins.people(customer.organisation, customer.country).await.expect("the payroll");
    let portal = stand_ins.portal(customer.portal).await.expect("the portal");
    let tally = Tally::of(&listed, &portal, ADMINISTRATOR);
    let expected = Tally { read: 25, created: 25, linked: 0, not_imported: 0, enrollments: 125, failed: 0 };
    assert_eq!(tally, expected);
    let lines = journey.report(&import).await.expect("the report");
    assert!(lines.len() == 25 && lines.iter().all(|line| line.result == "Imported"), "{lines:?}");
    let report = journey.open(&format!("{}/report.csv", import.url.path())).await.expect("the report");
    let home = journey.get_started().await.expect("the portal");
    assert!(home.status == StatusCode::OK && home.url.host_str() == Some("go1.localhost"), "{}", home.url);

    a_second_sign_up_leads_to_the_first(&customer, &import).await;
    nobody_else_sees(&import).await;
    no_canary_in(&[&courses, &nobody, &people, &import, &report, &home]);
    nothing_else_of_a_person_is_kept().await;
}

#[tokio::test]
#[ignore = "needs the local cloud: make test"]
async fn an_american_organisation_s_xero_users_are_imported_and_its_advisers_are_left_to_the_owner() {
    let (journey, stand_ins) = (journey(), stand_ins());
    let courses = journey.reach_courses(&SAM).await.expect("the courses");
    let people = journey.look_at_people(&courses).await.expect("a page");
    let ticked = people.form("/imports").expect("a list of people").into_iter().filter(|(name, _)| name == "people");
    assert_eq!((people.values("people").len(), ticked.count()), (10, 8), "two advise, and are not ticked");
    let import = journey.confirm_import(&people).await.expect("confirmed");
    let progress = journey.watch(&import, |_| {}).await.expect("ended");
    assert_eq!((progress.done, progress.failed), (8, 0));

    let portal = stand_ins.portal(SAM.portal).await.expect("the portal");
    let listed = stand_ins.people(SAM.organisation, SAM.country).await.expect("the users");
    // Of twelve, two advise, one was removed, one has no email, and Sam has the administrator's account already.
    let expected = Tally { read: 12, created: 7, linked: 1, not_imported: 4, enrollments: 40, failed: 0 };
    assert_eq!(Tally::of(&listed, &portal, ADMINISTRATOR), expected);
    let report = journey.open(&format!("{}/report.csv", import.url.path())).await.expect("the report");
    no_canary_in(&[&courses, &people, &import, &report]);
    nothing_else_of_a_person_is_kept().await;
}

#[tokio::test]
#[ignore = "needs the local cloud: make test"]
async fn an_american_organisation_s_contact_group_is_chosen_with_one_more_consent_and_its_contacts_are_imported() {
    let (journey, stand_ins) = (journey(), stand_ins());
    let courses = journey.reach_courses(&ROSA).await.expect("the courses");
    let users = journey.look_at_people(&courses).await.expect("a page");
    assert!(users.words().contains("Only 2 people can log in to Xero"), "{}", users.words());
    let asked = journey.open("/preview/groups").await.expect("a page");
    assert!(asked.words().contains("Xero will ask you once more"), "{}", asked.words());
    let people = journey.choose_group(&ROSA, "Employees").await.expect("the people of the group");
    let ticked = people.form("/imports").expect("a list of people").into_iter().filter(|(name, _)| name == "people");
    assert_eq!((people.values("people").len(), ticked.count()), (34, 34));
    let import = journey.confirm_import(&people).await.expect("confirmed");
    let progress = journey.watch(&import, |_| {}).await.expect("ended");
    assert_eq!((progress.done, progress.failed), (34, 0));

    let portal = stand_ins.portal(ROSA.portal).await.expect("the portal");
    let listed = stand_ins.contacts(ROSA.organisation, "Employees").await.expect("the contacts");
    let expected = Tally { read: 40, created: 33, linked: 1, not_imported: 6, enrollments: 170, failed: 0 };
    assert_eq!(Tally::of(&listed, &portal, ADMINISTRATOR), expected);
    let groups = journey.open("/preview/groups").await.expect("a page");
    assert!(groups.words().contains("Your people come from this group now"), "{}", groups.words());
    let report = journey.open(&format!("{}/report.csv", import.url.path())).await.expect("the report");
    no_canary_in(&[&courses, &users, &asked, &people, &groups, &import, &report]);
    nothing_else_of_a_person_is_kept().await;

    let ask = journey.open("/disconnect").await.expect("a page");
    let gone = journey.browser.submit(&ask, "/disconnect", &[]).await.expect("a page");
    assert!(gone.words().contains("Xero is disconnected"), "{}", gone.words());
    let connected = stand_ins.connected().await.expect("the connections");
    assert!(!connected.contains(ROSA.organisation), "{connected:?}");
}

/// Nothing that Xero sent beyond names, emails and ids is on a page.
fn no_canary_in(pages: &[&Page]) {
    for page in pages {
        assert_eq!(page.status, StatusCode::OK, "{}", page.url);
        for canary in World::canaries() {
            assert!(!page.text.contains(&canary), "{canary} is on {}", page.url);
        }
    }
}

/// One organisation has one portal: who comes with it again is refused, and its owner is let in to the first.
async fn a_second_sign_up_leads_to_the_first(customer: &Customer, import: &Page) {
    let second = Customer { portal: "bluegum-again", ..*customer };
    let again = journey();
    let login = again.sign_up(&second).await.expect("Xero's login");
    let named = again.consent(&login, &second).await.expect("the organisation");
    let refused = again.say_which(&named, second.organisation).await.expect("a page");
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.words().contains("bluegum.mygo1.com"), "{}", refused.words());
    let login = again.open("/connect?anew").await.expect("Xero's login");
    let named = again.consent(&login, &second).await.expect("the organisation");
    let several = named.url.path() == "/organisations";
    let first = if several { again.say_which(&named, second.organisation).await.expect("a page") } else { named };
    assert_eq!((first.status, first.url.path()), (StatusCode::OK, "/get-started"), "{}", first.words());
    assert!(first.words().contains("bluegum.mygo1.com"), "{}", first.words());
    assert_eq!(again.open(import.url.path()).await.expect("a page").status, StatusCode::OK);
}

/// A session sees nothing of another sign-up: what is there and what is not look the same.
async fn nobody_else_sees(import: &Page) {
    let stranger = journey();
    stranger.sign_up(&Customer { portal: "stranger", ..SAM }).await.expect("Xero's login");
    for path in [import.url.path().to_owned(), format!("{}/report.csv", import.url.path())] {
        let foreign = stranger.open(&path).await.expect("a page");
        let missing = stranger.open("/imports/00000000000000000000000000000000").await.expect("a page");
        assert_eq!((foreign.status, foreign.words()), (StatusCode::NOT_FOUND, missing.words()), "{path}");
    }
}

/// Xero sent birth dates, phones and more with each person. None of it is in the table or in a log, and the queue is empty
/// (what passes through it, the rig's privacy test reads); of the table, names and emails are where they may be only.
async fn nothing_else_of_a_person_is_kept() {
    let aws = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let table = std::env::var("TABLE_NAME").expect("make test sets the table");
    let client = aws_sdk_dynamodb::Client::new(&aws);
    let mut pages = client.scan().table_name(table).into_paginator().items().send();
    let mut items = 0;
    while let Some(item) = pages.next().await {
        let item = item.expect("an item");
        let text = format!("{item:?}");
        items += 1;
        for canary in World::canaries() {
            assert!(!text.contains(&canary), "{canary} is in the table");
        }
        let may_name_people = ["SIGN_UP#", "SESSION#", "PLAN#", "PERSON#"].iter().any(|kind| {
            ["pk", "sk"].iter().any(|key| matches!(&item[*key], AttributeValue::S(text) if text.contains(kind)))
        });
        assert!(may_name_people || !text.contains("@example"), "an email is in {:?} {:?}", item["pk"], item["sk"]);
    }
    assert!(items > 30, "only {items} items");

    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let python = format!("{root}/.tools/venv/bin/python");
    let logs = Command::new(python).args(["-m", "infra.local", "logs"]).current_dir(root).output().expect("the logs");
    let logs = String::from_utf8_lossy(&logs.stdout);
    assert!(logs.contains("import accepted"), "the functions' own lines are there");
    let words = ["@example", "Hartley", "Okafor", "Castellano", "Brightwater", "access_token", "refresh_token"]
        .map(str::to_owned);
    for secret in World::canaries().iter().chain(&words) {
        assert!(!logs.contains(secret), "{secret} is in the logs");
    }
    the_queue_gets_empty(&aws_sdk_sqs::Client::new(&aws)).await;
}

/// The worker deletes its last message a moment after the import has ended.
async fn the_queue_gets_empty(client: &aws_sdk_sqs::Client) {
    let url = std::env::var("QUEUE_URL").expect("make test sets the queue");
    let kinds = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ];
    let mut counts = String::new();
    for _ in 0..40 {
        let asked = client.get_queue_attributes().queue_url(&url).set_attribute_names(Some(kinds.to_vec()));
        let answer = asked.send().await.expect("the queue's attributes");
        let attributes = answer.attributes.unwrap_or_default();
        if attributes.len() == kinds.len() && attributes.values().all(|count| count == "0") {
            return;
        }
        counts = format!("{attributes:?}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    panic!("messages stay in the queue: {counts}");
}

#[tokio::test]
#[ignore = "needs the local cloud: make test"]
async fn an_organisation_without_payroll_is_told_so_and_can_go_on_without_people() {
    let customer = olivia("Paperbark Studio", "paperbark");
    let journey = journey();
    let courses = journey.reach_courses(&customer).await.expect("the courses");
    let obstacle = journey.look_at_people(&courses).await.expect("a page");
    assert!(obstacle.words().contains("Payroll isn’t set up in Xero"), "{}", obstacle.words());
    let skipped = journey.browser.submit(&obstacle, "/imports/skip", &[]).await.expect("a page");
    let skipped = skipped.expect(StatusCode::OK, "/get-started").expect("the way into the portal");
    assert!(skipped.words().contains("paperbark.mygo1.com"), "{}", skipped.words());
    let again = journey.open("/get-started").await.expect("a page");
    assert_eq!(again.status, StatusCode::OK);
}

#[tokio::test]
#[ignore = "needs the local cloud: make test"]
async fn another_country_is_turned_away_and_nothing_is_kept() {
    let customer = olivia("Thornbury Ceramics", "thornbury");
    let journey = journey();
    let login = journey.sign_up(&customer).await.expect("Xero's login");
    let refused = journey.consent(&login, &customer).await.expect("a page");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.words().contains("United Kingdom"), "{}", refused.words());
    let connected = stand_ins().connected().await.expect("the connections");
    assert!(!connected.contains(customer.organisation), "{connected:?}");
}

#[tokio::test]
#[ignore = "needs the local cloud: make test"]
async fn what_does_not_belong_to_a_form_changes_nothing() {
    let journey = journey();
    let form = journey.open("/signup").await.expect("the form");
    let forged = Sent::post(&form, "/signup", &[("form_token".to_owned(), "0".repeat(64))]);
    let foreign = journey.browser.follow(forged).await.expect("a page");
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    let incomplete = journey.browser.submit(&form, "/signup", &[("email", "nobody"), ("company", "Kept & Co")]).await;
    let incomplete = incomplete.expect("a page");
    assert_eq!(incomplete.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(incomplete.values("company"), ["Kept & Co"], "what was typed is kept");
    for (path, status) in [
        ("/preview", StatusCode::UNAUTHORIZED),
        ("/imports/0f0f", StatusCode::UNAUTHORIZED),
        ("/no/such/page", StatusCode::NOT_FOUND),
        ("/oauth/xero/callback?state=unknown&code=x", StatusCode::BAD_REQUEST),
    ] {
        let page = journey.open(path).await.expect("a page");
        assert_eq!(page.status, status, "{path}");
        assert!(page.headers.contains_key("content-security-policy"), "{path}");
    }
}
