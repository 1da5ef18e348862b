//! Where the grants are kept: in memory, or in a table of the emulator.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use domain::ids::XeroUserId;
use state::conformance::SuiteClock;
use state::dynamodb::{DynamoDb, create_table};
use state::memory::Memory;
use state::{GrantOwner, Grants};

/// Where the emulator listens, for instance `http://127.0.0.1:4566`.
const ENDPOINT: &str = "STATE_TEST_ENDPOINT";

/// A store of grants.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) grants: Arc<dyn Grants>,
    /// How many random stories it stands in a test.
    pub(crate) seeds: u64,
    owners: Arc<AtomicU64>,
}

impl Kept {
    pub(crate) fn in_memory() -> Self {
        Self::new(Arc::new(Memory::new(Arc::new(SuiteClock))), 300)
    }

    fn new(grants: Arc<dyn Grants>, seeds: u64) -> Self {
        Self { grants, seeds, owners: Arc::default() }
    }

    /// Somebody of whom nothing is kept yet.
    pub(crate) fn somebody(&self) -> GrantOwner {
        let number = self.owners.fetch_add(1, Ordering::Relaxed);
        GrantOwner::XeroUser(XeroUserId::new(format!("user-{number}")))
    }
}

/// Runs `test` on a table of its own, which is deleted also where an expectation fails.
pub(crate) async fn on_a_table<F>(test: impl FnOnce(Kept) -> F)
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
    let client = Client::new(&config);
    let table = format!("refresh-{:016x}", RandomState::new().hash_one(std::process::id()));
    create_table(&client, &table).await.expect("a table");
    let kept = Kept::new(Arc::new(DynamoDb::new(client.clone(), &table, Arc::new(SuiteClock))), 3);
    let result = tokio::spawn(test(kept)).await;
    client.delete_table().table_name(&table).send().await.expect("the table is deleted");
    if let Err(failed) = result {
        std::panic::resume_unwind(failed.into_panic());
    }
}
