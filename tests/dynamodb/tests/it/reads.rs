//! Reads: pages, reads that are behind, items that are over.

use aws_sdk_dynamodb::types::AttributeValue;
use dynamodb::{Count, Settings};
use jiff::SignedDuration;

use crate::stage::{Stage, TABLE, item, key, number, stage, stage_with, text};

/// The sort keys of each page of a query for those that begin with `a`.
async fn pages(stage: &Stage) -> Vec<Vec<String>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let query = stage.client.query().table_name(TABLE).consistent_read(true).projection_expression("#sk");
        let query = query.key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)");
        let query = query.expression_attribute_names("#pk", "pk").expression_attribute_names("#sk", "sk");
        let query = query.expression_attribute_values(":pk", text("one"));
        let query = query.expression_attribute_values(":prefix", text("a")).set_exclusive_start_key(after);
        let page = query.send().await.expect("read");
        let items = page.items.unwrap_or_default();
        assert!(items.iter().all(|item| item.len() == 1), "only what is projected");
        pages.push(items.iter().map(|item| item["sk"].as_s().expect("a text").clone()).collect());
        after = page.last_evaluated_key;
        if after.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn a_query_reads_in_order_page_by_page() {
    let stage = stage_with(|settings| Settings { items_per_page: Some(2), ..settings }).await;
    for sk in ["a3", "b1", "a1", "a2", "a4"] {
        stage.put(key(sk)).await;
    }
    assert_eq!(pages(&stage).await, [vec!["a1", "a2"], vec!["a3", "a4"], vec![]], "a full page may be the last");
}

#[tokio::test]
async fn a_query_reads_backwards_between_two_keys_and_as_many_as_it_asks_for() {
    let stage = stage().await;
    for sk in ["a1", "a2", "a3", "a4", "b1"] {
        stage.put(key(sk)).await;
    }
    let ask = |limit: i32, after: Option<&str>| {
        let query =
            stage.client.query().table_name(TABLE).key_condition_expression("#pk = :pk AND #sk BETWEEN :a AND :b");
        let query = query.expression_attribute_names("#pk", "pk").expression_attribute_names("#sk", "sk");
        let query = query.expression_attribute_values(":pk", text("one")).expression_attribute_values(":a", text("a2"));
        let query = query.expression_attribute_values(":b", text("b0")).scan_index_forward(false).limit(limit);
        query.set_exclusive_start_key(after.map(key))
    };
    let read = async |limit, after| {
        let page = ask(limit, after).send().await.expect("read");
        let sks: Vec<_> = page.items().iter().map(|item| item["sk"].as_s().expect("a text").clone()).collect();
        (sks, page.last_evaluated_key().is_some())
    };
    assert_eq!(read(2, None).await, (vec!["a4".to_owned(), "a3".to_owned()], true));
    assert_eq!(read(2, Some("a3")).await, (vec!["a2".to_owned()], false));
    assert!(ask(0, None).send().await.is_err(), "a page of nothing is refused");
}

#[tokio::test]
async fn a_page_ends_at_its_bytes_whatever_is_projected() {
    let stage = stage().await;
    for sk in ["a1", "a2", "a3", "a4"] {
        stage.put(item(sk, "large", text(&"x".repeat(390 * 1_024)))).await;
    }
    assert_eq!(pages(&stage).await, [vec!["a1", "a2", "a3"], vec!["a4"]]);
}

#[tokio::test]
async fn an_eventually_consistent_read_is_as_far_behind_as_it_is_told() {
    let stage = stage_with(|settings| Settings { behind: SignedDuration::from_secs(3), ..settings }).await;
    stage.put(item("1", "a", number(1))).await;
    assert_eq!(stage.get("1", false).await, None);
    assert!(stage.get("1", true).await.is_some());
    stage.pass(SignedDuration::from_secs(3));
    stage.put(item("1", "a", number(2))).await;
    assert_eq!(stage.get("1", false).await, Some(item("1", "a", number(1))));
    stage.client.delete_item().table_name(TABLE).set_key(Some(key("1"))).send().await.expect("deleted");
    assert_eq!((stage.get("1", true).await, stage.get("1", false).await.is_some()), (None, true));
    stage.pass(SignedDuration::from_secs(3));
    assert_eq!(stage.get("1", false).await, None);
}

#[tokio::test]
async fn what_is_over_is_read_until_the_table_deletes_it() {
    let stage = stage().await;
    let now = stage.database.now().as_second();
    for (sk, value) in [("past", number(now - 1)), ("to come", number(now)), ("text", text("0"))] {
        stage.put(item(sk, "expires_at", value)).await;
    }
    assert!(stage.get("past", true).await.is_some());
    assert_eq!(stage.database.delete_expired(TABLE, "expires_at"), 1);
    assert_eq!(stage.keys(), ["text", "to come"]);
}

#[tokio::test]
async fn units_are_counted_by_operation() {
    let stage = stage().await;
    let large = |kilobytes: usize| item("1", "a", AttributeValue::S("x".repeat(kilobytes * 1_024)));
    stage.put(large(9)).await;
    stage.put(large(1)).await;
    stage.get("1", true).await;
    stage.get("1", false).await;
    stage.get("2", true).await;
    let counts = stage.database.counts();
    // Ten KB begun, and ten again because what was there before is larger.
    assert_eq!(counts["PutItem"], Count { requests: 2, read_half_units: 0, write_units: 20 });
    assert_eq!(counts["GetItem"], Count { requests: 3, read_half_units: 2 + 1 + 2, write_units: 0 });
}
