//! What Lambda takes off the queue, and what becomes of it.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use sqs_fifo::{EventSourceMapping, Message, Outcome};

use crate::stage::{Stage, VISIBILITY, stage};

const MAPPING: EventSourceMapping = EventSourceMapping { batch_size: 10 };

/// Three messages of two groups, and the event that brings them.
fn three() -> (Stage, SqsEvent) {
    let mut stage = stage();
    for word in ["a1", "a2", "b1"] {
        stage.send(&word[..1], word);
    }
    let event = MAPPING.poll(&mut stage.queue, stage.now).expect("an event");
    assert_eq!(event.records.len(), 3);
    (stage, event)
}

fn failed(ids: &[&str]) -> Outcome {
    let mut response = SqsBatchResponse::default();
    for id in ids {
        response.add_failure(*id);
    }
    Outcome::Answered(response)
}

fn id(event: &SqsEvent, at: usize) -> &str {
    event.records[at].message_id.as_deref().expect("an id")
}

#[test]
fn an_event_has_what_lambda_says_of_a_message() {
    let mut stage = stage();
    let message = Message::new("portal", "import-0", "the body").with_attribute("reason", "unreadable");
    stage.queue.send(stage.now, message).expect("allowed");
    stage.pass(VISIBILITY);
    let event = MAPPING.poll(&mut stage.queue, stage.now).expect("an event");
    let record = &event.records[0];
    assert_eq!(record.body.as_deref(), Some("the body"));
    assert_eq!(record.event_source.as_deref(), Some("aws:sqs"));
    assert_eq!(record.message_attributes["reason"].string_value.as_deref(), Some("unreadable"));
    for (name, value) in [
        ("ApproximateReceiveCount", "1"),
        ("SentTimestamp", "1795392000000"),
        ("ApproximateFirstReceiveTimestamp", "1795392360000"),
        ("MessageGroupId", "portal"),
        ("MessageDeduplicationId", "import-0"),
        ("SequenceNumber", "18850000000000000001"),
    ] {
        assert_eq!(record.attributes[name], value, "{name}");
    }
}

#[test]
fn no_second_event_has_a_group_of_an_event_that_is_worked_on() {
    let (mut stage, _) = three();
    stage.send("a", "a3");
    stage.send("c", "c1");
    let event = MAPPING.poll(&mut stage.queue, stage.now).expect("an event");
    let bodies: Vec<_> = event.records.iter().map(|record| record.body.as_deref()).collect();
    assert_eq!(bodies, [Some("c1")]);
    assert!(MAPPING.poll(&mut stage.queue, stage.now).is_none());
}

#[test]
fn what_is_not_named_is_deleted_and_the_rest_comes_back() {
    let (mut stage, event) = three();
    MAPPING.settle(&mut stage.queue, stage.now, &event, &failed(&[id(&event, 1)]));
    assert_eq!(stage.waiting(), ["a2"]);
    assert!(MAPPING.poll(&mut stage.queue, stage.now).is_none(), "not before its visibility is over");
    stage.pass(VISIBILITY);
    assert!(MAPPING.poll(&mut stage.queue, stage.now).is_some());
}

#[test]
fn all_come_back_after_a_failure_or_an_id_that_the_event_does_not_have() {
    for outcome in [Outcome::Failed, failed(&["11111111-1111-4111-8111-111111111111"])] {
        let (mut stage, event) = three();
        MAPPING.settle(&mut stage.queue, stage.now, &event, &outcome);
        assert_eq!(stage.waiting(), ["a1", "a2", "b1"]);
    }
    let (mut stage, event) = three();
    MAPPING.settle(&mut stage.queue, stage.now, &event, &failed(&[id(&event, 0), "unknown"]));
    assert_eq!(stage.waiting(), ["a1", "a2", "b1"], "the known one beside it changes nothing");
}

#[test]
fn an_answer_that_comes_after_the_visibility_deletes_nothing() {
    let (mut stage, event) = three();
    stage.pass(VISIBILITY);
    MAPPING.settle(&mut stage.queue, stage.now, &event, &failed(&[]));
    assert_eq!(stage.waiting(), ["a1", "a2", "b1"]);
}

#[test]
fn an_answer_means_what_lambda_says_it_means() {
    let success = ["null", "{}", r#"{"batchItemFailures":[]}"#, r#"{"batchItemFailures":null}"#];
    for answer in success {
        let Outcome::Answered(response) = Outcome::of_answer(answer) else { panic!("{answer}") };
        assert_eq!(response.batch_item_failures.len(), 0, "{answer}");
    }
    let failure = [
        "",
        "{",
        "[]",
        r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
        r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
        r#"{"batchItemFailures":[{"messageId":"1"}]}"#,
        r#"{"batchItemFailures":["1"]}"#,
        r#"{"batchItemFailures":"1"}"#,
    ];
    for answer in failure {
        assert!(matches!(Outcome::of_answer(answer), Outcome::Failed), "{answer}");
    }
    let Outcome::Answered(response) = Outcome::of_answer(r#"{"batchItemFailures":[{"itemIdentifier":"1"}]}"#) else {
        panic!("an answer that names one")
    };
    assert_eq!(response.batch_item_failures[0].item_identifier, "1");
}
