//! The same tables behind HTTP: the client as a function has it, over a socket on loopback.

use std::net::Ipv4Addr;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use dynamodb::{Fault, router};
use tokio::net::TcpListener;

use crate::stage::{Stage, TABLE, key, new_part, stage};

/// Later than the impatient client waits.
const LATE: Duration = Duration::from_secs(2);

/// A table, and the settings of a client that reaches it over HTTP.
async fn served() -> (Stage, Builder) {
    let stage = stage().await;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let router = router(stage.database.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let config = Builder::new()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("over", "http", None, None, "test"))
        .endpoint_url(format!("http://{address}"));
    (stage, config)
}

fn client(config: &Builder) -> Client {
    Client::from_conf(config.clone().build())
}

/// Asks once. It gives up after so long, where it does.
fn once(config: &Builder, gives_up: Option<Duration>) -> Client {
    let mut timeouts = TimeoutConfig::builder();
    timeouts.set_operation_attempt_timeout(gives_up);
    let config = config.clone().retry_config(RetryConfig::disabled()).timeout_config(timeouts.build());
    Client::from_conf(config.build())
}

#[tokio::test]
async fn what_is_written_over_http_is_read_over_http_and_is_in_the_same_tables() {
    let (stage, config) = served().await;
    let client = client(&config);
    client.put_item().table_name(TABLE).set_item(Some(key("1"))).send().await.expect("stored");
    let read = client.get_item().table_name(TABLE).set_key(Some(key("1"))).consistent_read(true).send().await;
    assert_eq!(read.expect("read").item, Some(key("1")));
    assert_eq!(stage.keys(), ["1"]);
    let again = client.put_item().table_name(TABLE).set_item(Some(key("1")));
    let again = again.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", "pk");
    let refused = again.send().await.expect_err("it is there");
    assert_eq!(refused.code(), Some("ConditionalCheckFailedException"));
    let odd = client.put_item().table_name("another").set_item(Some(key("1"))).send().await;
    assert_eq!(odd.expect_err("no such table").code(), Some("ResourceNotFoundException"));
}

#[tokio::test]
async fn each_fault_is_the_same_over_http() {
    let patient = [
        (Fault::Throttled, false, Some("ProvisionedThroughputExceededException")),
        (Fault::Conflict, false, Some("TransactionConflictException")),
        (Fault::FailsBefore, false, Some("InternalServerError")),
        (Fault::FailsAfter, true, Some("InternalServerError")),
        (Fault::LostBefore, false, None),
        (Fault::LostAfter, true, None),
    ];
    let impatient = [(Fault::AnswersLate(LATE), true, None), (Fault::ArrivesLate(LATE), false, None)];
    let patient = patient.map(|fault| (fault, None));
    let impatient = impatient.map(|fault| (fault, Some(LATE / 4)));
    for ((fault, done, code), gives_up) in patient.into_iter().chain(impatient) {
        let (stage, config) = served().await;
        stage.database.fail(0, fault);
        let put = once(&config, gives_up).put_item().table_name(TABLE).set_item(Some(key("1")));
        let failed = put.send().await.expect_err("it fails");
        assert_eq!(failed.code(), code, "{fault:?}");
        assert_eq!(stage.keys().len(), usize::from(done), "{fault:?}");
        if let Fault::ArrivesLate(_) = fault {
            tokio::time::sleep(LATE).await;
            assert_eq!(stage.keys(), ["1"], "it arrives although the client has gone");
        }
        assert_eq!(stage.database.clear_faults(), 0, "{fault:?} was met");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_asked_over_again_and_a_transaction_is_done_once() {
    let (stage, config) = served().await;
    let client = client(&config);
    for (number, fault) in [Fault::LostBefore, Fault::LostAfter, Fault::FailsAfter].into_iter().enumerate() {
        stage.database.reset_counts();
        stage.database.fail(0, fault);
        let transaction = client.transact_write_items().transact_items(new_part(key(&number.to_string())));
        transaction.send().await.expect("done once");
        assert_eq!(stage.database.counts()["TransactWriteItems"].requests, 2, "{fault:?}");
    }
    assert_eq!(stage.keys(), ["0", "1", "2"]);
}

#[tokio::test]
async fn a_batch_leaves_out_over_http_what_it_leaves_out() {
    let (stage, config) = served().await;
    stage.database.fail(0, Fault::LeavesOut);
    let request = |sk: &str| {
        let put = PutRequest::builder().set_item(Some(key(sk))).build().expect("complete");
        WriteRequest::builder().put_request(put).build()
    };
    let batch = client(&config).batch_write_item().request_items(TABLE, vec![request("1"), request("2")]);
    let left = batch.send().await.expect("written in part").unprocessed_items.unwrap_or_default();
    assert_eq!((left[TABLE].as_slice(), stage.keys()), ([request("2")].as_slice(), vec!["1".to_owned()]));
}
