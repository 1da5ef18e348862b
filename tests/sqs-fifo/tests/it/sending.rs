//! What is taken, what is a repetition, what is refused.

use jiff::SignedDuration;
use sqs_fifo::{BatchEntry, BatchError, DeduplicationScope, Message, SendError, Settings};

use crate::stage::{settings, stage, stage_with};

#[test]
fn a_repetition_within_five_minutes_is_accepted_and_not_delivered() {
    let mut stage = stage();
    let first = stage.queue.send(stage.now, Message::new("a", "1", "one")).expect("allowed");
    stage.pass(SignedDuration::from_secs(299));
    let again = stage.queue.send(stage.now, Message::new("a", "1", "another body")).expect("allowed");
    assert!(again.repetition);
    assert_eq!((again.message_id, again.sequence_number), (first.message_id, first.sequence_number));
    assert_eq!(stage.waiting(), ["one"]);
}

#[test]
fn a_deduplication_id_is_remembered_although_its_message_was_deleted() {
    let mut stage = stage();
    stage.send("a", "1");
    let received = stage.receive(1).remove(0);
    stage.queue.delete(stage.now, &received.receipt_handle).expect("allowed");
    assert!(stage.queue.send(stage.now, Message::new("a", "1", "1")).expect("allowed").repetition);
    assert_eq!(stage.waiting(), [""; 0]);
}

#[test]
fn five_minutes_count_from_the_first_sending() {
    let mut stage = stage();
    stage.send("a", "1");
    stage.pass(SignedDuration::from_mins(4));
    assert!(stage.queue.send(stage.now, Message::new("a", "1", "1")).expect("allowed").repetition);
    stage.pass(SignedDuration::from_mins(1));
    stage.send("a", "1");
    assert_eq!(stage.waiting(), ["1", "1"]);
}

#[test]
fn a_deduplication_id_counts_in_the_queue_or_in_the_group() {
    for (scope, repetition) in [(DeduplicationScope::Queue, true), (DeduplicationScope::MessageGroup, false)] {
        let mut stage = stage_with(Settings { deduplication_scope: scope, ..settings() });
        stage.send("a", "1");
        let sent = stage.queue.send(stage.now, Message::new("b", "1", "1")).expect("allowed");
        assert_eq!(sent.repetition, repetition, "{scope:?}");
    }
}

#[test]
fn what_sqs_does_not_allow_is_refused() {
    let mut stage = stage_with(Settings { largest_message: 1_024, ..settings() });
    let wrong = SendError::InvalidParameterValue;
    for (message, error) in [
        (Message::new("", "1", "body"), wrong("MessageGroupId")),
        (Message::new("a".repeat(129), "1", "body"), wrong("MessageGroupId")),
        (Message::new("with space", "1", "body"), wrong("MessageGroupId")),
        (Message::new("a", "", "body"), wrong("MessageDeduplicationId")),
        (Message::new("a", "ä", "body"), wrong("MessageDeduplicationId")),
        (Message::new("a", "1", ""), wrong("the message's length")),
        (Message::new("a", "1", "x".repeat(1_025)), wrong("the message's length")),
        (
            Message::new("a", "1", "x".repeat(1_000)).with_attribute("reason", "0123456789abc"),
            wrong("the message's length"),
        ),
        (Message::new("a", "1", "bell \u{7}"), SendError::InvalidMessageContents),
        (Message::new("a", "1", "x").with_attribute("reason", "\u{0}"), SendError::InvalidMessageContents),
    ] {
        assert_eq!(stage.queue.send(stage.now, message.clone()), Err(error), "{message:?}");
    }
    assert_eq!(stage.waiting(), [""; 0]);
    stage.queue.send(stage.now, Message::new("!".repeat(128), "~", "x".repeat(1_024))).expect("just not too long");
}

fn entry(id: &str, message: Message) -> BatchEntry {
    BatchEntry { id: id.to_owned(), message }
}

#[test]
fn a_batch_fails_in_part() {
    let mut stage = stage();
    stage.queue.refuse_once(["1".to_owned()]);
    let batch = ["one", "two", "", "four"]
        .iter()
        .enumerate()
        .map(|(number, body)| entry(&number.to_string(), Message::new("a", number.to_string(), *body)));
    let answer = stage.queue.send_batch(stage.now, batch.clone().collect()).expect("allowed");
    let taken: Vec<&str> = answer.successful.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(taken, ["0", "3"]);
    let failed: Vec<(&str, &str, bool)> =
        answer.failed.iter().map(|failed| (failed.id.as_str(), failed.error.code(), failed.sender_fault)).collect();
    assert_eq!(failed, [("1", "InternalError", false), ("2", "InvalidParameterValue", true)]);
    assert_eq!(stage.waiting(), ["one", "four"]);

    // Once more: what was taken is a repetition, what failed on SQS's side is taken now.
    let answer = stage.queue.send_batch(stage.now, batch.collect()).expect("allowed");
    assert_eq!(answer.successful.iter().map(|(_, sent)| sent.repetition).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(stage.waiting(), ["one", "four", "two"]);
}

#[test]
fn a_batch_that_is_none_is_refused_whole() {
    let mut stage = stage();
    let some =
        |count: usize| (0..count).map(|number| entry(&number.to_string(), Message::new("a", number.to_string(), "x")));
    let long = "x".repeat(600_000);
    for (batch, error) in [
        (Vec::new(), BatchError::EmptyBatchRequest),
        (some(11).collect(), BatchError::TooManyEntriesInBatchRequest),
        (vec![entry("a b", Message::new("a", "1", "x"))], BatchError::InvalidBatchEntryId),
        (some(2).chain(some(1)).collect(), BatchError::BatchEntryIdsNotDistinct),
        (
            vec![entry("0", Message::new("a", "1", &*long)), entry("1", Message::new("a", "2", &*long))],
            BatchError::BatchRequestTooLong,
        ),
    ] {
        assert_eq!(stage.queue.send_batch(stage.now, batch), Err(error));
    }
    assert_eq!(stage.waiting(), [""; 0]);
    assert_eq!(stage.queue.send_batch(stage.now, some(10).collect()).expect("allowed").successful.len(), 10);
}
