//! What the script of the progress page asks for, and what it is told: only what is new.

use std::sync::Arc;

use domain::clock::Clock as _;
use dynamodb::{InMemoryDynamoDb, Settings};
use http::StatusCode;
use rig::{BLUEGUM, Rig, Visitor};
use serde_json::{Value, json};
use state::dynamodb::{DynamoDb, create_table};

async fn poll(visitor: &Visitor, path: &str, query: &str) -> Value {
    let answer = visitor.fetch(&format!("{path}?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    serde_json::from_str(&answer.text).expect("JSON")
}

fn rows(answer: &Value) -> usize {
    answer["people"].as_array().expect("a list").len()
}

#[tokio::test(start_paused = true)]
async fn a_poll_is_told_what_has_changed_since_the_last_one_and_nothing_else() {
    let rig = Rig::new(1);
    let (olivia, import) = rig.confirmed(30).await;
    let path = format!("/imports/{import}");
    let first = poll(&olivia, &path, "since=&known=").await;
    assert_eq!((rows(&first), &first["progress"]["waiting"]), (0, &json!(30)));
    let since = first["revision"].as_str().expect("a revision").to_owned();
    assert_eq!(poll(&olivia, &path, &format!("since={since}&known=")).await, json!({ "unchanged": true }));

    rig.pump().await;
    let done = poll(&olivia, &path, &format!("since={since}&known=")).await;
    assert_eq!((rows(&done), &done["ended"]), (30, &json!(true)));
    // Four of them, and all but the last two, are known.
    assert_eq!(rows(&poll(&olivia, &path, "since=&known=f").await), 26);
    assert_eq!(rows(&poll(&olivia, &path, "since=&known=fffffff").await), 2);
    assert_eq!(rig.learners(&BLUEGUM).len(), 30);
    // The page itself is whole whatever a poll would be told.
    let since = done["revision"].as_str().expect("a revision").to_owned();
    let page = olivia.open(&format!("{path}?since={since}&known=fffffff")).await;
    assert!(page.words().contains("All done: 30 people imported"), "{}", page.words());
}

/// A page that is open asks every few seconds, so this is most of what it costs: the session, the sign-up, the portal and the
/// import, each by what the one before says, and the batches.
#[tokio::test(start_paused = true)]
async fn a_poll_that_is_told_nothing_new_asks_the_table_five_times() {
    let rig = Rig::new(1);
    let clock = rig.clock;
    let database = InMemoryDynamoDb::new(Settings::new(move || clock.now()));
    create_table(&database.client(), "table").await.expect("a table");
    let olivia = rig.visitor_over(DynamoDb::new(database.client(), "table", Arc::new(clock)), &BLUEGUM);
    rig.world.xero().set_head_count(BLUEGUM.organisation, 30);
    let (_, import) = olivia.import().await;
    let path = format!("/imports/{import}");
    let first = poll(&olivia, &path, "since=&known=").await;
    let since = first["revision"].as_str().expect("a revision").to_owned();

    database.reset_counts();
    assert_eq!(poll(&olivia, &path, &format!("since={since}&known=")).await, json!({ "unchanged": true }));
    let asked = database.counts();
    let asked: Vec<_> = asked.iter().map(|(operation, count)| (operation.as_str(), count.requests)).collect();
    assert_eq!(asked, [("GetItem", 4), ("Query", 1)]);
}

/// What is shown while an import runs is read at half the price, and such a read may be behind: nobody is missing because
/// of that, on the page or in what its script is told.
#[tokio::test(start_paused = true)]
async fn nobody_is_missing_where_the_table_is_behind() {
    let rig = Rig::new(1);
    let (olivia, import) = rig.confirmed(30).await;
    let path = format!("/imports/{import}");
    rig.state.set_people_behind(3);
    // The sums are by what was accepted, so only the rows themselves would tell.
    assert_eq!(olivia.open(&path).await.texts("td.state").len(), 30);
    rig.pump().await;
    let ended = poll(&olivia, &path, "since=&known=").await;
    assert_eq!((rows(&ended), &ended["progress"]["done"]), (30, &json!(30)));
}
