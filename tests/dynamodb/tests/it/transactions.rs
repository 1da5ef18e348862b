//! All or nothing, once.

use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use jiff::SignedDuration;

use crate::stage::{Stage, TABLE, item, key, new_part, number, stage, text};

async fn transact(stage: &Stage, token: &str, parts: Vec<TransactWriteItem>) -> Result<(), TransactWriteItemsError> {
    let request = stage.client.transact_write_items().set_transact_items(Some(parts)).client_request_token(token);
    request.send().await.map(drop).map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
}

#[tokio::test]
async fn a_transaction_writes_all_or_says_for_each_why_not() {
    let stage = stage().await;
    stage.put(item("2", "a", number(1))).await;
    let refusing = Put::builder().table_name(TABLE).set_item(Some(key("2")));
    let refusing = refusing.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", "pk");
    let refusing = refusing.return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let refusing = TransactWriteItem::builder().put(refusing.build().expect("complete")).build();
    let parts = vec![new_part(key("1")), refusing, new_part(key("3"))];
    let Err(TransactWriteItemsError::TransactionCanceledException(cancelled)) = transact(&stage, "1", parts).await
    else {
        panic!("it is cancelled")
    };
    let reasons = cancelled.cancellation_reasons();
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code().unwrap_or_default()).collect();
    assert_eq!(codes, ["None", "ConditionalCheckFailed", "None"]);
    assert_eq!(reasons[1].item(), Some(&item("2", "a", number(1))));
    assert_eq!(stage.keys(), ["2"]);

    transact(&stage, "2", vec![new_part(key("1")), new_part(key("3"))]).await.expect("done");
    assert_eq!(stage.keys(), ["1", "2", "3"]);
    // Two puts at twice one unit; before, three with the item that refused.
    assert_eq!(stage.database.counts()["TransactWriteItems"].write_units, 4 + 6);
}

#[tokio::test]
async fn a_token_makes_a_repetition_harmless_for_ten_minutes() {
    let stage = stage().await;
    let parts = || vec![new_part(key("1"))];
    transact(&stage, "token", parts()).await.expect("done");
    stage.pass(SignedDuration::from_secs(599));
    transact(&stage, "token", parts()).await.expect("done before");
    let other = transact(&stage, "token", vec![new_part(key("2"))]).await.expect_err("another");
    assert_eq!(other.code(), Some("IdempotentParameterMismatchException"));
    stage.pass(SignedDuration::from_secs(1));
    let forgotten = transact(&stage, "token", parts()).await.expect_err("the token is forgotten");
    assert_eq!(forgotten.code(), Some("TransactionCanceledException"));
}

#[tokio::test]
async fn a_transaction_has_limits() {
    let stage = stage().await;
    let many = |count: usize| (0..count).map(|number| new_part(key(&number.to_string()))).collect();
    let large = text(&"x".repeat(399 * 1_024));
    let large = (0..11).map(|number| new_part(item(&number.to_string(), "a", large.clone()))).collect();
    let twice = vec![new_part(key("1")), new_part(key("1"))];
    for (token, wrong) in [("0", many(101)), ("1", large), ("2", twice)] {
        let refused = transact(&stage, token, wrong).await.expect_err("refused");
        assert_eq!(refused.code(), Some("ValidationException"), "{token}");
    }
    assert_eq!(stage.keys(), [""; 0]);
    transact(&stage, "3", many(100)).await.expect("done");
    assert_eq!(stage.keys().len(), 100);
}
