//! Sealing what is stored with the current key, while a worker may want the same token set.

mod slow_table;

use std::sync::Arc;
use std::time::Duration;

use domain::clock::{Clock, Random};
use jiff::SignedDuration;
use state::conformance::SuiteClock;
use state::{GrantOwner, Grants as _, Lease, StateError};
use vault::{Resealed, Resealer, SealingKeys, TokenSet, Vault};

use slow_table::SlowTable;

/// Nonces that are all alike, which no test here looks at.
struct Fixed;

impl Random for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn keys(current: &str) -> Arc<SealingKeys> {
    let json = format!(r#"{{"current":"{current}","1":"{}","2":"{}"}}"#, "0a".repeat(32), "0b".repeat(32));
    Arc::new(SealingKeys::from_json(&json.into()).expect("well-formed"))
}

/// A table with one token set, sealed with the first key, and who seals with the second.
async fn sealed_before(table: SlowTable) -> (Arc<SlowTable>, Resealer, GrantOwner) {
    let (table, clock): (_, Arc<dyn Clock>) = (Arc::new(table), Arc::new(SuiteClock));
    let owner = GrantOwner::XeroUser("user".into());
    let tokens = TokenSet {
        access_token: "access".to_owned().into(),
        refresh_token: "refresh".to_owned().into(),
        access_expires_at: clock.now() + SignedDuration::from_mins(30),
    };
    let vault = Vault::new(table.clone(), keys("1"), clock.clone(), Arc::new(Fixed));
    vault.keep(&owner, &tokens).await.expect("kept");
    let resealer = Resealer { grants: table.clone(), keys: keys("2"), clock, random: Arc::new(Fixed) };
    (table, resealer, owner)
}

async fn key_of(table: &SlowTable, owner: &GrantOwner) -> String {
    let stored = table.find_grant(owner).await.expect("read").expect("there");
    SealingKeys::key_of(&stored.sealed).expect("sealed").to_owned()
}

#[tokio::test(start_paused = true)]
async fn what_an_older_key_sealed_is_sealed_with_the_current_one_once() {
    let (table, resealer, owner) = sealed_before(SlowTable::default()).await;
    assert_eq!((key_of(&table, &owner).await.as_str(), resealer.keys.current()), ("1", "2"));
    assert_eq!(resealer.reseal(&owner).await.expect("sealed"), Resealed::Now);
    assert_eq!(key_of(&table, &owner).await, "2");
    let generation = table.find_grant(&owner).await.expect("read").map(|grant| grant.generation);
    assert_eq!(resealer.reseal(&owner).await.expect("read"), Resealed::Before);
    assert_eq!(table.find_grant(&owner).await.expect("read").map(|grant| grant.generation), generation);
    assert_eq!(resealer.reseal(&GrantOwner::XeroUser("nobody".into())).await.expect("read"), Resealed::Gone);
}

/// Between its lease and its write no worker may begin a renewal, whose new pair the write would then refuse.
#[tokio::test(start_paused = true)]
async fn nobody_renews_what_is_being_sealed_and_what_is_renewed_is_left_alone() {
    let slow = SlowTable { store_takes: Duration::from_secs(5), ..SlowTable::default() };
    let (table, resealer, owner) = sealed_before(slow).await;
    let generation = table.find_grant(&owner).await.expect("read").expect("there").generation;
    let lease = Lease { holder: "a worker".to_owned(), until: SuiteClock.now() + SignedDuration::from_secs(25) };
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        table.lease_grant(&owner, generation, &lease, SuiteClock.now()).await
    };
    let (sealed, renewing) = tokio::join!(resealer.reseal(&owner), meanwhile);
    assert_eq!(sealed.expect("sealed"), Resealed::Now);
    assert!(matches!(renewing, Err(StateError::Conflict)), "{renewing:?}");

    let (table, resealer, owner) = sealed_before(SlowTable::default()).await;
    table.lease_grant(&owner, generation, &lease, SuiteClock.now()).await.expect("leased");
    assert_eq!(resealer.reseal(&owner).await.expect("left"), Resealed::InUse);
    assert_eq!(key_of(&table, &owner).await, "1");
}
