//! How long it takes to store tokens at a table that does not answer: nothing else has them, and the invocation that got
//! them ends soon.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use domain::clock::Clock as _;
use domain::ids::PortalId;
use dynamodb::{Fault, InMemoryDynamoDb, Settings};
use jiff::Timestamp;
use state::conformance::SuiteClock;
use state::dynamodb::{DynamoDb, create_table};
use state::{GrantOwner, Grants as _, LONGEST_GRANT_STORE};
use tokio::time::Instant;

/// The limits of other requests, as in `platform::aws`.
const ATTEMPT: Duration = Duration::from_secs(5);
const OPERATION: Duration = Duration::from_secs(12);

/// A store whose table holds the tokens of an owner, and loses the answers to the next so many requests.
async fn losing(answers: u64) -> (DynamoDb, GrantOwner) {
    let began = Instant::now();
    let clock = move || Timestamp::UNIX_EPOCH + began.elapsed();
    let database = InMemoryDynamoDb::new(Settings::new(clock));
    create_table(&database.client(), "table").await.expect("a table");
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build();
    let client = Client::from_conf(database.client_config().timeout_config(timeouts).build());
    let (store, owner) =
        (DynamoDb::new(client, "table", Arc::new(SuiteClock)), GrantOwner::Portal(PortalId::new("portal")));
    store.put_grant(&owner, "first", SuiteClock.now()).await.expect("stored");
    database.reset_counts();
    for request in 0..answers {
        database.fail(request, Fault::AnswersLate(Duration::from_mins(1)));
    }
    (store, owner)
}

#[tokio::test(start_paused = true)]
async fn a_pair_is_stored_in_its_time_where_answers_are_lost() {
    for lost in [0, 1] {
        let (store, owner) = losing(lost).await;
        let begun = Instant::now();
        store.renew_grant(&owner, 1, "second", SuiteClock.now()).await.expect("the second try is answered");
        assert!(begun.elapsed() < LONGEST_GRANT_STORE, "{lost}: {:?}", begun.elapsed());
    }
    let (store, owner) = losing(9).await;
    let begun = Instant::now();
    store.renew_grant(&owner, 1, "second", SuiteClock.now()).await.expect_err("no answer at all");
    assert!(begun.elapsed() < LONGEST_GRANT_STORE, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_tokens_of_somebody_new_are_one_write() {
    let (store, _) = losing(1).await;
    let newcomer = GrantOwner::Portal(PortalId::new("another"));
    let begun = Instant::now();
    store.put_grant(&newcomer, "first", SuiteClock.now()).await.expect("the second try is answered");
    assert!(begun.elapsed() < LONGEST_GRANT_STORE / 2, "{:?}", begun.elapsed());
    let stored = store.find_grant(&newcomer).await.expect("read").expect("stored");
    assert_eq!((&*stored.sealed, stored.generation), ("first", 1));
}
