//! How much a full import asks of the table and of GO1, counted exactly: a count is no time, and is the same on every
//! machine.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock as _;
use domain::import::ImportStatus;
use dynamodb::{Counts, InMemoryDynamoDb, Settings};
use rig::{BLUEGUM, Rig, RigSettings};
use stand_ins::go1::endpoint::{CREATE_ENROLLMENT, CREATE_USER_ACCOUNT, LIST_USER_ACCOUNTS};
use state::dynamodb::{DynamoDb, create_table};
use worker::PaceSettings;

use super::all_done;

const TABLE: &str = "table";

/// As many as a portal has places, but for one.
const PEOPLE: usize = 199;

/// So many requests of each operation.
fn requests(counts: &Counts) -> BTreeMap<&str, u64> {
    counts.iter().map(|(operation, count)| (operation.as_str(), count.requests)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_full_import_asks_the_table_for_little() {
    let rig = Rig::with(RigSettings { pace: PaceSettings { in_flight: 10, per_second: 0 }, ..RigSettings::of(400) });
    let clock = rig.clock;
    let database = InMemoryDynamoDb::new(Settings::new(move || clock.now()));
    create_table(&database.client(), TABLE).await.expect("a table");
    let store = DynamoDb::new(database.client(), TABLE, Arc::new(clock));
    rig.world.xero().set_head_count(BLUEGUM.organisation, PEOPLE);
    let olivia = rig.visitor_over(store.clone(), &BLUEGUM);
    let people = olivia.reach_people().await;

    database.reset_counts();
    olivia.confirm(&people).await;
    let pressed = database.counts();
    database.reset_counts();
    let function = rig.worker_over(store);
    while let Some(event) = rig.receive() {
        let response = worker::handle(&function, event.clone(), Duration::from_mins(1)).await;
        rig.settle(&event, Some(response));
    }
    let worked = database.counts();
    assert_eq!(rig.learners(&BLUEGUM).len(), PEOPLE, "everybody is there");

    // For each of 10 batches: twice all that is stored of it, the grant, and a transaction that begins the attempt. For each
    // person: the member, and the end. Once: whether the import is over. Once: that GO1 assigns courses, and the end.
    let expected = [
        ("BatchGetItem", 2 * 10),
        ("GetItem", 10 + 1),
        ("PutItem", 199),
        ("Query", 1),
        ("TransactWriteItems", 10 + 1),
        ("UpdateItem", 199 + 1),
    ];
    assert_eq!(requests(&worked), BTreeMap::from(expected), "{worked:?}");
    let all: u64 = pressed.values().chain(worked.values()).map(|count| count.requests).sum();
    let writes: u64 = pressed.values().chain(worked.values()).map(|count| count.write_units).sum();
    println!("{all} requests, {writes} write units, pressed {pressed:?}, worked {worked:?}");
    assert!(2 * all <= 7 * 199, "{all} requests for 199 people: {pressed:?} {worked:?}");
}

/// With the defaults an invocation ends long before a full import does, and leaves behind whom it has not begun.
#[tokio::test(start_paused = true)]
async fn nobody_is_looked_up_whom_no_invocation_has_begun() {
    let rig = Rig::new(401);
    let (olivia, import) = rig.confirmed(100).await;
    let invocations = rig.pump().await;
    all_done(&rig, &olivia, &import, 100).await;
    assert_eq!(olivia.progress(&import).await.status, ImportStatus::Done);
    let calls = |endpoint| rig.world.go1().calls(endpoint);
    assert!(invocations >= 3, "{invocations} invocations");
    assert_eq!(calls(LIST_USER_ACCOUNTS), 0, "a search for an account that nobody can have made");
    assert_eq!(calls(CREATE_USER_ACCOUNT), 100);
    // Whoever is in the middle of their courses when the time is up is asked for again.
    assert!(calls(CREATE_ENROLLMENT) <= 512, "{} enrollments", calls(CREATE_ENROLLMENT));
    assert!(rig.kept_batches(&BLUEGUM, &import).await.iter().all(|batch| batch.failures == 0));
    rig.wait(Duration::from_mins(1)).await;
}
