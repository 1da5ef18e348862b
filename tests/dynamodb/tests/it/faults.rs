//! What goes wrong on the wire, and what the SDK makes of it.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use dynamodb::Fault;

use crate::stage::{Stage, TABLE, key, new_part, stage};

const LATE: Duration = Duration::from_secs(3);

/// Asks once, and gives up after a second.
fn impatient(stage: &Stage) -> Client {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_secs(1)).build();
    let config = stage.database.client_config().retry_config(RetryConfig::disabled()).timeout_config(timeouts);
    Client::from_conf(config.build())
}

#[tokio::test(start_paused = true)]
async fn a_fault_is_done_or_not_and_says_what_it_says() {
    for (fault, done, code) in [
        (Fault::Throttled, false, Some("ProvisionedThroughputExceededException")),
        (Fault::Conflict, false, Some("TransactionConflictException")),
        (Fault::FailsBefore, false, Some("InternalServerError")),
        (Fault::FailsAfter, true, Some("InternalServerError")),
        (Fault::LostBefore, false, None),
        (Fault::LostAfter, true, None),
        (Fault::AnswersLate(LATE), true, None),
        (Fault::ArrivesLate(LATE), false, None),
    ] {
        let stage = stage().await;
        stage.database.fail(0, fault);
        let put = impatient(&stage).put_item().table_name(TABLE).set_item(Some(key("1")));
        let failed = put.send().await.expect_err("it fails");
        assert_eq!(failed.code(), code, "{fault:?}");
        assert_eq!(stage.keys().len(), usize::from(done), "{fault:?}");
        tokio::time::sleep(LATE).await;
        let arrives = matches!(fault, Fault::ArrivesLate(_));
        assert_eq!(stage.keys().len(), usize::from(done || arrives), "{fault:?}, later");
        assert_eq!(stage.database.clear_faults(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_sdk_asks_again_and_meets_its_own_write() {
    for fault in [Fault::FailsAfter, Fault::LostAfter] {
        let stage = stage().await;
        stage.database.fail(0, fault);
        let put = stage.client.put_item().table_name(TABLE).set_item(Some(key("1")));
        let put = put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", "pk");
        let refused = put.send().await.expect_err("its own write refuses it");
        assert_eq!(refused.code(), Some("ConditionalCheckFailedException"));
        let log = stage.database.log();
        assert_eq!(log.iter().map(|asked| asked.status).collect::<Vec<_>>(), [Some(200), Some(400)]);
        assert_eq!(log[0].expressions, ["attribute_not_exists(#pk)"]);

        // A transaction has a token, so its repetition is known for one.
        stage.database.fail(0, fault);
        let transaction = stage.client.transact_write_items().transact_items(new_part(key("2")));
        transaction.send().await.expect("done once");
        assert_eq!(stage.database.counts()["TransactWriteItems"].requests, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_of_a_transaction_is_a_reason() {
    let stage = stage().await;
    stage.database.fail(0, Fault::Conflict);
    let parts = vec![new_part(key("1")), new_part(key("2"))];
    let transaction = impatient(&stage).transact_write_items().set_transact_items(Some(parts));
    let cancelled = transaction.send().await.expect_err("cancelled").into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
        cancelled,
    ) = cancelled
    else {
        panic!("{cancelled:?}")
    };
    let codes: Vec<_> = cancelled.cancellation_reasons().iter().map(|reason| reason.code()).collect();
    assert_eq!(codes, [Some("TransactionConflict"), Some("None")]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_can_leave_something_out() {
    let stage = stage().await;
    stage.database.fail(0, Fault::LeavesOut);
    let request = |sk: &str| {
        let put = PutRequest::builder().set_item(Some(key(sk))).build().expect("complete");
        WriteRequest::builder().put_request(put).build()
    };
    let batch = stage.client.batch_write_item().request_items(TABLE, vec![request("1"), request("2")]);
    let left = batch.send().await.expect("written in part").unprocessed_items.unwrap_or_default();
    assert_eq!(left[TABLE], [request("2")]);
    assert_eq!(stage.keys(), ["1"]);
    // A throttled read, and a conflict, which no read meets.
    for fault in [Fault::Throttled, Fault::Conflict] {
        stage.database.fail(0, fault);
        assert!(stage.get("1", true).await.is_some());
    }
    assert_eq!(stage.database.counts()["GetItem"].requests, 2 + 1);
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_a_kind_of_request_meets_the_first_that_is_one() {
    let stage = stage().await;
    let mut puts = 0;
    let is_third_put = move |asked: &dynamodb::Asked| {
        puts += usize::from(asked.operation == "PutItem");
        puts == 3
    };
    stage.database.fail_where(is_third_put, Fault::LostBefore);
    stage.database.fail_where(|asked| asked.operation == "Query", Fault::Throttled);
    for sk in ["1", "2", "3"] {
        stage.put(key(sk)).await;
        assert!(stage.get(sk, true).await.is_some());
    }
    let log = stage.database.log();
    let puts: Vec<_> = log.iter().filter(|asked| asked.operation == "PutItem").map(|asked| asked.status).collect();
    assert_eq!(puts, [Some(200), Some(200), None, Some(200)], "and its repetition goes through");
    assert_eq!(stage.database.clear_faults(), 1, "nothing was queried");
}
