//! The table on a DynamoDB: the suite, what happens when it fails, and how much is written. Each of these runs in memory,
//! in this process, and on the emulator of the local cloud. What the rows look like (`rows`) is tested without a table.

/// Declares tests that run in both places.
macro_rules! in_memory_and_on_the_emulator {
    ($($test:ident),+ $(,)?) => { $(
        mod $test {
            #[tokio::test(start_paused = true)]
            async fn in_memory() {
                super::$test(crate::Place::Memory).await;
            }

            #[tokio::test]
            #[ignore = "needs the emulator: STATE_TEST_ENDPOINT=http://127.0.0.1:4566 cargo test -p state -- --include-ignored"]
            async fn on_the_emulator() {
                super::$test(crate::Place::Emulator).await;
            }
        }
    )+ };
}

mod failures;
mod figures;
mod grant_store;
mod personal;
mod rows;
mod trail;
mod wire;
mod wire_faults;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Builder, SharedInterceptor};
use jiff::Timestamp;
use state::conformance;
use state::dynamodb::{DynamoDb, create_table};

use wire::Wire;

/// Where the emulator listens, for instance `http://127.0.0.1:4566`.
const ENDPOINT: &str = "STATE_TEST_ENDPOINT";

/// How long a caller waits for the emulator to take its connection; the SDK gives up after three seconds.
const EMULATOR_PATIENCE: Duration = Duration::from_mins(1);

/// Where a table is.
#[derive(Clone, Copy)]
enum Place {
    /// In this process, with pages of two items, so that whoever does not read on is seen.
    Memory,
    /// On the emulator.
    Emulator,
}

impl Place {
    async fn config(self) -> Builder {
        match self {
            Self::Memory => {
                let began = tokio::time::Instant::now();
                let clock = move || Timestamp::UNIX_EPOCH + began.elapsed();
                let settings = dynamodb::Settings { items_per_page: Some(2), ..dynamodb::Settings::new(clock) };
                dynamodb::InMemoryDynamoDb::new(settings).client_config()
            }
            Self::Emulator => {
                let endpoint = std::env::var(ENDPOINT);
                let endpoint = endpoint.unwrap_or_else(|_| panic!("{ENDPOINT} says where the emulator listens"));
                // An emulator that answers one call after another lets the suite's many callers wait in line.
                let patient = TimeoutConfig::builder().connect_timeout(EMULATOR_PATIENCE).build();
                let config = aws_config::defaults(BehaviorVersion::latest())
                    .endpoint_url(endpoint)
                    .timeout_config(patient)
                    .region(Region::from_static("us-east-1"))
                    .credentials_provider(Credentials::from_keys("test", "test", None))
                    .load()
                    .await;
                Builder::from(&config)
            }
        }
    }
}

/// Runs `test` on a table of its own, which is deleted also where an expectation fails.
async fn on_a_table<F>(place: Place, test: impl FnOnce(DynamoDb, Wire) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let config = place.config().await;
    let table = format!("state-conformance-{:016x}", RandomState::new().hash_one(std::process::id()));
    let plain = Client::from_conf(config.clone().build());
    create_table(&plain, &table).await.expect("a table");
    let wire = Wire::to(&table, &plain);
    let watched = config.interceptor(SharedInterceptor::new(wire.clone())).build();
    let result =
        tokio::spawn(test(DynamoDb::new(Client::from_conf(watched), &table, Arc::new(conformance::SuiteClock)), wire))
            .await;
    plain.delete_table().table_name(&table).send().await.expect("the table is deleted");
    if let Err(failed) = result {
        std::panic::resume_unwind(failed.into_panic());
    }
}

async fn the_table_conforms(place: Place) {
    on_a_table(place, async |store, wire| {
        Box::pin(conformance::run_all(&store, "table-")).await;
        conformance::grants_are_listed(&store, "table-").await;
        conformance::sign_ups_are_listed(&store, "table-").await;
        personal::assert_kept_apart(&wire).await;
    })
    .await;
}

in_memory_and_on_the_emulator!(the_table_conforms);
