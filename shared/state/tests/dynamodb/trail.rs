//! The trail is added to and never written over: of every request that the suite makes, whatever is about an entry puts it
//! where nothing is, takes away its end, or is the erasure's, which takes out whoever did it. Nothing deletes one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use dynamodb::{Access, InMemoryDynamoDb, Settings};
use jiff::Timestamp;
use state::conformance::{self, Sizes, SuiteClock};
use state::dynamodb::{DynamoDb, create_table};

/// What the suite asks about entries of the trail.
async fn asked_about_entries() -> Vec<Access> {
    let began = tokio::time::Instant::now();
    let database = InMemoryDynamoDb::new(Settings::new(move || Timestamp::UNIX_EPOCH + began.elapsed()));
    create_table(&database.client(), "table").await.expect("a table");
    let asked: Arc<Mutex<Vec<Access>>> = Arc::default();
    let listening = Arc::clone(&asked);
    database.allow(move |access| {
        if access.sort_key.as_deref().is_some_and(|key| key.starts_with("AUDIT#")) {
            listening.lock().expect("no panic inside").push(access.clone());
        }
        true
    });
    let store = DynamoDb::new(database.client(), "table", Arc::new(SuiteClock));
    conformance::a_sign_up_is_kept(&store, "trail").await;
    conformance::audit_is_kept(&store, "trail").await;
    conformance::what_is_past_its_time_is_not_there(&store, "trail").await;
    conformance::portals_are_erased(&store, "trail", Sizes::FEW).await;
    let asked = asked.lock().expect("no panic inside").clone();
    assert!(asked.len() > 100, "the suite writes a trail");
    asked
}

#[tokio::test(start_paused = true)]
async fn an_entry_is_put_where_nothing_is_and_an_erasure_alone_changes_what_it_says() {
    let attributes = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    let kept = attributes(&["pk", "sk", "expires_at"]);
    let without_people = attributes(&["pk", "sk", "by", "from", "xero_user", "account"]);
    let mut seen = BTreeSet::new();
    for access in asked_about_entries().await {
        let what = match access.action.as_str() {
            "PutItem" => {
                assert_eq!(access.condition.as_deref(), Some("attribute_not_exists(#pk)"), "{access:?}");
                "put"
            }
            "UpdateItem" => {
                assert_eq!(access.returns, "NONE", "who changes it is not shown the rest");
                assert_eq!(
                    access.condition.as_deref(),
                    Some("attribute_exists(#pk)"),
                    "no change makes one: {access:?}"
                );
                if access.attributes == kept {
                    "kept"
                } else {
                    assert_eq!(access.attributes, without_people);
                    "without people"
                }
            }
            "GetItem" => "read",
            other => panic!("{other} of an entry"),
        };
        seen.insert(what);
    }
    assert_eq!(seen, ["kept", "put", "without people"].into());
}
