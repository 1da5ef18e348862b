//! Receipt handles: deleting, and changing the visibility.

use jiff::SignedDuration;
use sqs_fifo::ReceiptError;

use crate::stage::{Stage, VISIBILITY, stage};

fn one_received() -> (Stage, String) {
    let mut stage = stage();
    stage.send("a", "1");
    let handle = stage.receive(1).remove(0).receipt_handle;
    (stage, handle)
}

#[test]
fn what_is_deleted_is_gone_and_deleting_it_again_is_no_error() {
    let (mut stage, handle) = one_received();
    assert_eq!(stage.queue.delete(stage.now, &handle), Ok(()));
    assert_eq!(stage.waiting(), [""; 0]);
    assert_eq!(stage.queue.delete(stage.now, &handle), Ok(()));
}

#[test]
fn a_handle_expires_with_the_visibility() {
    let (mut stage, handle) = one_received();
    stage.pass(VISIBILITY);
    assert_eq!(stage.queue.delete(stage.now, &handle), Err(ReceiptError::Expired));
    assert_eq!(stage.queue.change_visibility(stage.now, &handle, VISIBILITY), Err(ReceiptError::Expired));
    assert_eq!(stage.waiting(), ["1"]);
}

#[test]
fn a_handle_expires_with_the_next_receive() {
    let (mut stage, old) = one_received();
    stage.pass(VISIBILITY);
    let new = stage.receive(1).remove(0).receipt_handle;
    assert_eq!(stage.queue.delete(stage.now, &old), Err(ReceiptError::Expired));
    assert_eq!(stage.queue.change_visibility(stage.now, &old, SignedDuration::ZERO), Err(ReceiptError::Expired));
    assert!(stage.receive(1).is_empty(), "it is still the other consumer's");
    assert_eq!(stage.queue.delete(stage.now, &new), Ok(()));
}

#[test]
fn a_handle_that_the_queue_never_gave_is_invalid() {
    let (mut stage, handle) = one_received();
    for wrong in ["", "receipt", "receipt-1-1-", "receipt-2-1-0000000000000000", &format!("{handle}0")] {
        assert_eq!(stage.queue.delete(stage.now, wrong), Err(ReceiptError::Invalid), "{wrong}");
    }
    assert_eq!(stage.waiting(), ["1"]);
}

#[test]
fn the_visibility_counts_from_the_change_and_not_from_the_receive() {
    let (mut stage, handle) = one_received();
    stage.pass(SignedDuration::from_mins(5));
    stage.queue.change_visibility(stage.now, &handle, SignedDuration::from_mins(2)).expect("allowed");
    stage.pass(SignedDuration::from_secs(119));
    assert!(stage.receive(1).is_empty());
    stage.pass(SignedDuration::from_secs(1));
    assert_eq!(stage.receive(1).len(), 1);
}

#[test]
fn a_changed_visibility_is_of_one_receive() {
    let (mut stage, handle) = one_received();
    stage.queue.change_visibility(stage.now, &handle, SignedDuration::ZERO).expect("allowed");
    assert_eq!(stage.receive(1).len(), 1);
    assert_eq!(stage.queue.next_visible_at(stage.now), Some(stage.now + VISIBILITY));
}

#[test]
fn twelve_hours_count_from_the_receive_and_more_is_refused() {
    let (mut stage, handle) = one_received();
    stage.pass(SignedDuration::from_mins(2));
    let left = SignedDuration::from_mins(12 * 60 - 2);
    let second = SignedDuration::from_secs(1);
    assert_eq!(stage.queue.change_visibility(stage.now, &handle, left + second), Err(ReceiptError::BeyondTwelveHours));
    assert_eq!(
        stage.queue.next_visible_at(stage.now),
        Some(stage.now + SignedDuration::from_mins(4)),
        "what was refused changes nothing"
    );
    assert_eq!(stage.queue.change_visibility(stage.now, &handle, left), Ok(()));
    for wrong in [SignedDuration::from_hours(12) + second, -second, SignedDuration::from_millis(1_500)] {
        assert_eq!(stage.queue.change_visibility(stage.now, &handle, wrong), Err(ReceiptError::VisibilityTimeout));
    }
}

#[test]
fn the_visibility_of_what_is_gone_cannot_be_changed() {
    let (mut stage, handle) = one_received();
    stage.queue.delete(stage.now, &handle).expect("allowed");
    assert_eq!(stage.queue.change_visibility(stage.now, &handle, VISIBILITY), Err(ReceiptError::NoMessage));
}
