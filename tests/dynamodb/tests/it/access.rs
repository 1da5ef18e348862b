//! Who may do what: each item of a request by itself, and nothing of it where one is refused.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{Delete, KeysAndAttributes, PutRequest, TransactWriteItem, WriteRequest};
use dynamodb::Access;

use crate::stage::{Stage, TABLE, item, key, new_part, number, stage, text};

/// What is heard by whoever decides: in a word for each item, by whom, to what, where.
fn heard(stage: &Stage, is_allowed: impl Fn(&Access) -> bool + Send + Sync + 'static) -> Arc<Mutex<Vec<Access>>> {
    let heard: Arc<Mutex<Vec<Access>>> = Arc::default();
    let listening = Arc::clone(&heard);
    stage.database.allow(move |access| {
        listening.lock().expect("no panic inside").push(access.clone());
        is_allowed(access)
    });
    heard
}

fn words(heard: &Mutex<Vec<Access>>) -> Vec<String> {
    let heard = std::mem::take(&mut *heard.lock().expect("no panic inside"));
    let word = |access: Access| {
        let (partition, sort) = (access.partition_key.unwrap_or_default(), access.sort_key.unwrap_or_default());
        let attributes: Vec<_> = access.attributes.into_iter().collect();
        format!("{} {} {partition} {sort} {}", access.principal, access.action, attributes.join(","))
    };
    heard.into_iter().map(word).collect()
}

#[tokio::test]
async fn every_item_of_every_request_is_asked_about_by_whoever_signed_it() {
    let stage = stage().await;
    let heard = heard(&stage, |_| true);
    stage.put(item("1", "a", number(1))).await;
    stage.get("1", true).await;
    let update = stage.client.update_item().table_name(TABLE).set_key(Some(key("1")));
    let update = update.update_expression("SET #b = :b").condition_expression("attribute_exists(#a)");
    let update = update.expression_attribute_names("#a", "a").expression_attribute_names("#b", "b");
    update.expression_attribute_values(":b", number(2)).send().await.expect("changed");
    let query = stage.client.query().table_name(TABLE).key_condition_expression("#pk = :pk AND begins_with(#sk, :sk)");
    let query = query.expression_attribute_names("#pk", "pk").expression_attribute_names("#sk", "sk");
    let query = query.expression_attribute_values(":pk", text("one")).expression_attribute_values(":sk", text("1"));
    query.send().await.expect("read");
    stage.client.scan().table_name(TABLE).send().await.expect("read");
    let alone = [
        "in PutItem one 1 a,pk,sk",
        "in GetItem one 1 pk,sk",
        "in UpdateItem one 1 a,b,pk,sk",
        "in Query one  pk,sk",
        "in Scan   ",
    ];
    assert_eq!(words(&heard), alone);

    let other = Client::from_conf(stage.database.client_config_as("other").build());
    let delete = Delete::builder().table_name(TABLE).set_key(Some(key("1"))).build().expect("complete");
    let parts = vec![new_part(key("2")), TransactWriteItem::builder().delete(delete).build()];
    other.transact_write_items().set_transact_items(Some(parts)).send().await.expect("done");
    let put = PutRequest::builder().set_item(Some(key("3"))).build().expect("complete");
    let write = WriteRequest::builder().put_request(put).build();
    other.batch_write_item().request_items(TABLE, vec![write]).send().await.expect("done");
    let both = KeysAndAttributes::builder().set_keys(Some(vec![key("2"), key("3")])).build().expect("complete");
    other.batch_get_item().request_items(TABLE, both).send().await.expect("read");
    let together = [
        "other PutItem one 2 pk,sk",
        "other DeleteItem one 1 pk,sk",
        "other BatchWriteItem one 3 pk,sk",
        "other BatchGetItem one 2 pk,sk",
        "other BatchGetItem one 3 pk,sk",
    ];
    assert_eq!(words(&heard), together);
}

#[tokio::test]
async fn where_one_item_is_refused_nothing_is_done_and_the_client_hears_why() {
    let stage = stage().await;
    let _heard = heard(&stage, |access| access.sort_key.as_deref() != Some("2"));
    let parts = vec![new_part(key("1")), new_part(key("2"))];
    let refused = stage.client.transact_write_items().set_transact_items(Some(parts)).send().await;
    assert_eq!(refused.expect_err("refused").code(), Some("AccessDeniedException"));
    let refused = stage.client.put_item().table_name(TABLE).set_item(Some(key("2"))).send().await;
    assert_eq!(refused.expect_err("refused").code(), Some("AccessDeniedException"));
    assert!(stage.keys().is_empty());
    stage.put(key("1")).await;
    assert_eq!(stage.keys(), ["1"]);
}
