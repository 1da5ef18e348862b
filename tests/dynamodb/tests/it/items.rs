//! Puts, updates, deletions.

use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use crate::stage::{TABLE, item, key, number, stage, text};

#[tokio::test]
async fn what_is_put_is_read_in_every_type() {
    let stage = stage().await;
    let values = vec![
        text("Zoë"),
        number(-9_000_000_000_000_000_000),
        AttributeValue::Bool(true),
        AttributeValue::Null(true),
        AttributeValue::M([("inside".to_owned(), number(1))].into()),
    ];
    let item = item("1", "values", AttributeValue::L(values));
    stage.put(item.clone()).await;
    assert_eq!(stage.get("1", true).await, Some(item));
    assert_eq!(stage.get("2", true).await, None);
}

#[tokio::test]
async fn an_update_makes_an_item_and_returns_it() {
    let stage = stage().await;
    let update = || {
        let update = stage.client.update_item().table_name(TABLE).set_key(Some(key("1")));
        let update = update.update_expression("SET #count = if_not_exists(#count, :zero) + :one");
        let update = update.expression_attribute_names("#count", "count");
        update.expression_attribute_values(":zero", number(0)).expression_attribute_values(":one", number(1))
    };
    let new = update().return_values(ReturnValue::AllNew).send().await.expect("made").attributes;
    assert_eq!(new, Some(item("1", "count", number(1))));
    let old = update().return_values(ReturnValue::AllOld).send().await.expect("changed").attributes;
    assert_eq!(old, Some(item("1", "count", number(1))));
    assert_eq!(update().send().await.expect("changed").attributes, None);
    assert_eq!(stage.get("1", true).await, Some(item("1", "count", number(3))));
}

#[tokio::test]
async fn a_refusal_shows_the_item_that_refused_where_asked_for() {
    let stage = stage().await;
    stage.put(item("1", "status", text("done"))).await;
    for (shows, there, expected) in [
        (ReturnValuesOnConditionCheckFailure::AllOld, "1", Some(item("1", "status", text("done")))),
        (ReturnValuesOnConditionCheckFailure::AllOld, "2", None),
        (ReturnValuesOnConditionCheckFailure::None, "1", None),
    ] {
        let update = stage.client.update_item().table_name(TABLE).set_key(Some(key(there)));
        let update = update.update_expression("REMOVE #status").condition_expression("#status = :open");
        let update = update.expression_attribute_names("#status", "status");
        let update = update.expression_attribute_values(":open", text("open"));
        let refused = update.return_values_on_condition_check_failure(shows).send().await.expect_err("refused");
        match refused.into_service_error() {
            UpdateItemError::ConditionalCheckFailedException(failed) => assert_eq!(failed.item, expected),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(stage.keys(), ["1"], "what is refused makes nothing");
}

#[tokio::test]
async fn a_deletion_of_nothing_is_fine_and_a_conditional_one_is_not() {
    let stage = stage().await;
    stage.put(item("1", "a", number(1))).await;
    let delete = |sk: &str| stage.client.delete_item().table_name(TABLE).set_key(Some(key(sk)));
    delete("2").send().await.expect("nothing to do");
    let conditional = delete("2").condition_expression("attribute_exists(#pk)").expression_attribute_names("#pk", "pk");
    let refused = conditional.send().await.expect_err("refused");
    assert_eq!(refused.code(), Some("ConditionalCheckFailedException"));
    let deleted = delete("1").return_values(ReturnValue::AllOld).send().await.expect("deleted");
    assert_eq!(deleted.attributes, Some(item("1", "a", number(1))));
    assert_eq!(stage.keys(), [""; 0]);
}

#[tokio::test]
async fn what_dynamodb_does_not_take_is_refused() {
    let stage = stage().await;
    let put = |item| stage.client.put_item().table_name(TABLE).set_item(Some(item));
    let mut keyless = item("1", "a", number(1));
    keyless.remove("sk");
    let mut numbered = key("1");
    numbered.insert("sk".to_owned(), number(1));
    let too_large = item("1", "a", text(&"x".repeat(400 * 1_024)));
    for wrong in [keyless, numbered, key(""), key(&"x".repeat(1_025)), too_large] {
        assert_eq!(put(wrong).send().await.expect_err("refused").code(), Some("ValidationException"));
    }
    let unknown = put(key("1")).table_name("other").send().await.expect_err("refused");
    assert_eq!(unknown.code(), Some("ResourceNotFoundException"));
    // What DynamoDB knows and this table does not is refused as well, never ignored.
    let filtered = stage.client.scan().table_name(TABLE).filter_expression("#a = :a");
    assert_eq!(filtered.send().await.expect_err("refused").code(), Some("ValidationException"));
    let binary = put(item("1", "a", AttributeValue::Bs(Vec::new())));
    assert_eq!(binary.send().await.expect_err("refused").code(), Some("ValidationException"));
    let limits = stage.client.describe_limits().send().await.expect_err("refused");
    assert_eq!(limits.code(), Some("UnknownOperationException"));
    assert_eq!(stage.keys(), [""; 0]);
}

#[tokio::test]
async fn an_update_grows_no_item_beyond_400_kb_and_changes_no_key() {
    let stage = stage().await;
    stage.put(item("1", "a", text(&"x".repeat(399 * 1_024)))).await;
    for (name, value) in [("b", text(&"x".repeat(2_048))), ("sk", text("2"))] {
        let update = stage.client.update_item().table_name(TABLE).set_key(Some(key("1")));
        let update = update.update_expression("SET #name = :value").expression_attribute_names("#name", name);
        let refused = update.expression_attribute_values(":value", value).send().await.expect_err("refused");
        assert_eq!(refused.code(), Some("ValidationException"), "{name}");
    }
}
