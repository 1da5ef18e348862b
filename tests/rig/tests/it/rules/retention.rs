//! How long each row is kept that the journeys leave in the table: no longer than `docs/data.md` says, row by row.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use domain::clock::Clock as _;
use dynamodb::InMemoryDynamoDb;
use http::StatusCode;
use jiff::SignedDuration;
use rig::{HARBOUR, PRAIRIE, Rig, Visitor, WATTLE, expect};
use serde_json::Value;
use state::dynamodb::{DynamoDb, create_table};

const DATA: &str = include_str!("../../../../../docs/data.md");

/// The kinds of rows, as `shared/state/README.md` has them.
static STATE: LazyLock<String> = LazyLock::new(|| {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the project's folder");
    fs::read_to_string(project.join("shared/state/README.md")).expect("the README of the state")
});

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

/// Each kind of row: words that its line in `docs/data.md` has, for how many seconds at the most, and whether it may have no
/// end because it is a customer's.
const KEPT: [(&str, &str, Option<i64>, bool); 25] = [
    ("sign-up", "90 days", Some(90 * DAY), true),
    ("audit entry", "90 days", Some(90 * DAY), true),
    ("Xero user of a sign-up", "90 days", Some(90 * DAY), true),
    ("session", "12 hours", Some(13 * HOUR), false),
    ("session of an owner", "with its session", Some(13 * HOUR), false),
    ("consent", "10 minutes", Some(HOUR + 600), false),
    ("login at GO1", "10 minutes", Some(HOUR + 600), false),
    ("Xero token set", "61 days", Some(61 * DAY + HOUR), false),
    ("sign-up of a Xero user", "90 days", Some(90 * DAY), true),
    ("organisation", "90 days", Some(90 * DAY), true),
    ("plan's chunk", "a day", Some(DAY), false),
    ("plan's head", "with its chunks", Some(DAY), false),
    ("portal", "for ever", None, true),
    ("GO1 token set", "91 days", Some(91 * DAY + DAY), false),
    ("member", "until it is erased", None, true),
    ("import", "until it is erased", None, true),
    ("person of an import", "30 days", Some(30 * DAY), false),
    ("batch of an import", "until it is erased", None, true),
    ("active import", "until its import ends", None, true),
    ("place where a sweep stopped", "written over", None, true),
    ("counted connection", "until it is disconnected", None, true),
    ("erasure that is not over", "some minutes", None, true),
    ("receipt of an erasure", "30 days", Some(30 * DAY), false),
    ("counter", "its hour or day", Some(2 * DAY), false),
    ("key of a day", "48 hours", Some(2 * DAY), false),
];

/// The lines of a table, by cells.
fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines()
        .filter(|line| line.starts_with("| "))
        .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
}

/// What is at such keys, by the table of `shared/state/README.md`.
fn kind_of(pk: &str, sk: &str) -> &'static str {
    let fits = |key: &str, pattern: &str| {
        let (key, pattern): (Vec<_>, Vec<_>) =
            (key.split('#').collect(), pattern.trim_matches('`').split('#').collect());
        let alike = |(part, named): (&&str, &&str)| named.starts_with('{') || part == named;
        key.len() == pattern.len() && key.iter().zip(&pattern).all(alike)
    };
    let kinds = lines(&STATE).filter(|cells| cells.len() == 5);
    let mut fitting = kinds.filter(|cells| cells[1].split(", ").any(|pattern| fits(pk, pattern)) && fits(sk, cells[2]));
    let cells = fitting.next().unwrap_or_else(|| panic!("no kind of row is at {pk}, {sk}"));
    cells[0].split(':').next().unwrap_or_default()
}

fn text<'item>(item: &'item Value, name: &str, of: &str) -> Option<&'item str> {
    item.get(name)?.get(of)?.as_str()
}

/// Looks at every row, and returns the kinds that were seen.
fn look(database: &InMemoryDynamoDb, now: jiff::Timestamp) -> BTreeSet<&'static str> {
    let items = database.items("table");
    let unfinished: BTreeSet<&str> = items
        .iter()
        .filter(|item| text(item, "sk", "S") == Some("SIGN_UP") && item.get("expires_at").is_some())
        .filter_map(|item| text(item, "pk", "S"))
        .collect();
    let mut seen = BTreeSet::new();
    for item in &items {
        let (pk, sk) = (text(item, "pk", "S").expect("a key"), text(item, "sk", "S").expect("a key"));
        let kind = kind_of(pk, sk);
        let (_, _, longest, may_stay) = KEPT.into_iter().find(|kept| kept.0 == kind).expect("a kind that is listed");
        let until = text(item, "expires_at", "N").map(|second| second.parse::<i64>().expect("seconds"));
        if let Some(until) = until {
            let longest = longest.unwrap_or_else(|| panic!("{kind} has no end by time"));
            assert!(until - now.as_second() <= longest, "{kind} is kept longer than it should");
        } else {
            assert!(may_stay, "{kind} has no end");
            assert!(!unfinished.contains(pk), "{kind} of a sign-up without a portal has no end: {sk}");
            let without_portal = kind == "organisation" && item.to_string().contains("not_requested");
            assert!(!without_portal, "an organisation without a portal has no end");
        }
        seen.insert(kind);
    }
    seen
}

/// Imports, and returns what kinds of rows there were while it ran.
async fn import(rig: &Rig, store: &DynamoDb, database: &InMemoryDynamoDb, visitor: &Visitor) -> BTreeSet<&'static str> {
    visitor.import().await;
    let seen = look(database, rig.clock.now());
    let worker = rig.worker_over(store.clone());
    while let Some(event) = rig.receive() {
        let longest = Duration::from_mins(1);
        let response = worker::handle(&worker, event.clone(), longest).await;
        rig.settle(&event, Some(response));
    }
    seen
}

#[test]
fn the_paper_says_of_every_kind_of_row_how_long_it_is_kept() {
    let of_the_state: Vec<_> = lines(&STATE)
        .filter(|cells| cells.len() == 5)
        .skip(2)
        .map(|cells| cells[0].split(':').next().unwrap_or_default())
        .collect();
    assert_eq!(of_the_state, KEPT.map(|kept| kept.0));
    for (kind, words, _, _) in KEPT {
        let line =
            lines(DATA).find(|cells| cells[0] == kind).unwrap_or_else(|| panic!("{kind} is not in docs/data.md"));
        assert!(line[3].contains(words), "{kind}: {words:?} is not in {:?}", line[3]);
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_the_journeys_leave_is_kept_no_longer_than_the_paper_says() {
    let rig = Rig::new(1);
    let clock = rig.clock;
    let database = InMemoryDynamoDb::new(dynamodb::Settings::new(move || clock.now()));
    create_table(&database.client(), "table").await.expect("a table");
    let store = DynamoDb::new(database.client(), "table", Arc::new(clock));
    // A form and nothing else; a sign-up that stops before the people; one that imports, is managed, and is erased; and one
    // that stays.
    rig.visitor_over(store.clone(), &HARBOUR).sign_up().await;
    let left = rig.visitor_over(store.clone(), &HARBOUR);
    let courses = left.reach_courses().await;
    left.look(&courses).await;
    left.browser.forget_cookies();
    let mut seen = look(&database, clock.now());
    for customer in [WATTLE, PRAIRIE] {
        let owner = rig.visitor_over(store.clone(), &customer);
        seen.extend(import(&rig, &store, &database, &owner).await);
        seen.extend(look(&database, clock.now()));
    }
    sweeper::sweep(&rig.sweeper_over(store.clone())).await.expect("swept");
    let administrator = rig.visitor_over(store.clone(), &WATTLE);
    let login = administrator.configure(&rig.domain_of(&WATTLE)).await;
    expect(administrator.log_in_as(&login, &rig.administrator_of(&WATTLE)).await, StatusCode::OK, "/portal");
    seen.extend(look(&database, clock.now()));
    let asked = expect(administrator.open("/portal/erase").await, StatusCode::OK, "/portal/erase");
    let receipt = administrator.browser.submit(&asked, "/portal/erase", &[]).await;
    assert_eq!(receipt.status, StatusCode::OK, "{}", receipt.words());
    seen.extend(look(&database, clock.now()));
    // A sweep ends in its time here, and no browser of these tells an address.
    let never = ["place where a sweep stopped", "key of a day"];
    let missing: Vec<_> =
        KEPT.iter().map(|kept| kept.0).filter(|kind| !seen.contains(kind) && !never.contains(kind)).collect();
    assert!(missing.is_empty(), "the journeys leave no {missing:?}");
    // After their time nothing is left of those who came to nothing but what names a customer.
    rig.wait(Duration::from_hours(91 * 24)).await;
    let over = clock.now() - SignedDuration::from_secs(1);
    let items = database.items("table");
    let there = items.iter().filter(|item| {
        text(item, "expires_at", "N").is_none_or(|second| second.parse::<i64>().expect("seconds") > over.as_second())
    });
    let names: Vec<_> = there.filter(|item| item.to_string().contains(HARBOUR.organisation)).collect();
    assert!(names.is_empty(), "{names:?}");
}
