//! The table on a DynamoDB that runs on this machine: the suite, what happens when it fails, and how much is written.
//! What the rows look like (`rows`) is tested without one.

mod failures;
mod figures;
mod personal;
mod rows;
mod wire;

use std::hash::{BuildHasher as _, RandomState};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Builder, SharedInterceptor};
use state::conformance;
use state::dynamodb::{DynamoDb, create_table};

use wire::Wire;

/// Where the emulator listens, for instance `http://127.0.0.1:4566`.
const ENDPOINT: &str = "STATE_TEST_ENDPOINT";

/// Runs `test` on a table of its own, which is deleted also where an expectation fails.
async fn on_a_table<F>(test: impl FnOnce(DynamoDb, Wire) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let endpoint = std::env::var(ENDPOINT).unwrap_or_else(|_| panic!("{ENDPOINT} says where the emulator listens"));
    let config = aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::from_keys("test", "test", None))
        .load()
        .await;
    let table = format!("state-conformance-{:016x}", RandomState::new().hash_one(std::process::id()));
    let plain = Client::new(&config);
    create_table(&plain, &table).await.expect("a table");
    let wire = Wire::to(&table, &plain);
    let watched = Builder::from(&config).interceptor(SharedInterceptor::new(wire.clone())).build();
    let result = tokio::spawn(test(DynamoDb::new(Client::from_conf(watched), &table), wire)).await;
    plain.delete_table().table_name(&table).send().await.expect("the table is deleted");
    if let Err(failed) = result {
        std::panic::resume_unwind(failed.into_panic());
    }
}

#[tokio::test]
#[ignore = "needs the emulator: STATE_TEST_ENDPOINT=http://127.0.0.1:4566 cargo test -p state -- --include-ignored"]
async fn the_table_conforms() {
    on_a_table(async |store, wire| {
        conformance::run_all(&store, "table-").await;
        personal::assert_kept_apart(&wire).await;
    })
    .await;
}
