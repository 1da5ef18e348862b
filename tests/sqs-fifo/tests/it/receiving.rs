//! What is returned, in which order, and what blocks a group.

use std::collections::HashSet;

use jiff::SignedDuration;
use sqs_fifo::{GroupOrder, ReceiveError, Settings};

use crate::stage::{VISIBILITY, settings, stage, stage_with};

#[test]
fn a_group_with_a_message_in_flight_returns_nothing_more() {
    let mut stage = stage();
    for word in ["a1", "a2", "a3", "b1"] {
        stage.send(&word[..1], word);
    }
    let first = stage.receive(1).remove(0);
    assert_eq!(first.message.body, "a1");
    assert_eq!(stage.bodies(10), ["b1"], "only what is of another group");
    stage.queue.delete(stage.now, &first.receipt_handle).expect("allowed");
    assert_eq!(stage.bodies(10), ["a2", "a3"]);
}

#[test]
fn one_hidden_message_blocks_its_group_in_whatever_place_it_stands() {
    let mut stage = stage();
    for word in ["a1", "a2", "a3"] {
        stage.send("a", word);
    }
    let received = stage.receive(10);
    // The second is hidden for long, the others come back at once.
    stage
        .queue
        .change_visibility(stage.now, &received[1].receipt_handle, SignedDuration::from_mins(10))
        .expect("allowed");
    for at in [0, 2] {
        stage.queue.change_visibility(stage.now, &received[at].receipt_handle, SignedDuration::ZERO).expect("allowed");
    }
    assert_eq!(stage.bodies(10), [""; 0]);
    assert_eq!(stage.queue.next_visible_at(stage.now), Some(stage.now + SignedDuration::from_mins(10)));
    stage.pass(SignedDuration::from_secs(599));
    assert_eq!(stage.bodies(10), [""; 0]);
    stage.pass(SignedDuration::from_secs(1));
    assert_eq!(stage.bodies(10), ["a1", "a2", "a3"]);
}

#[test]
fn as_many_as_possible_of_one_group_come_before_the_next() {
    let mut stage = stage();
    for word in ["a1", "b1", "a2", "b2", "a3", "c1"] {
        stage.send(&word[..1], word);
    }
    assert_eq!(stage.bodies(4), ["a1", "a2", "a3", "b1"]);
    assert_eq!(stage.bodies(4), ["c1"]);
}

#[test]
fn a_receive_returns_one_to_ten() {
    let mut stage = stage();
    for number in 0..12 {
        stage.send("a", &number.to_string());
    }
    for wrong in [0, 11] {
        assert_eq!(stage.queue.receive(stage.now, wrong), Err(ReceiveError::MaxNumberOfMessages(wrong)));
    }
    assert_eq!(stage.receive(10).len(), 10);
}

#[test]
fn a_message_comes_back_when_its_time_is_up_and_counts_its_receives() {
    let mut stage = stage();
    stage.send("a", "1");
    let first = stage.receive(1).remove(0);
    assert_eq!((first.receive_count, first.sent_at, first.first_received_at), (1, stage.now, stage.now));
    stage.pass(VISIBILITY - SignedDuration::from_secs(1));
    assert!(stage.receive(1).is_empty());
    stage.pass(SignedDuration::from_secs(1));
    let second = stage.receive(1).remove(0);
    assert_eq!((second.receive_count, second.first_received_at), (2, first.first_received_at));
    assert_eq!((&second.message_id, &second.sequence_number), (&first.message_id, &first.sequence_number));
    assert_ne!(second.receipt_handle, first.receipt_handle);
}

#[test]
fn what_is_older_than_the_retention_is_gone_in_flight_or_not() {
    let mut stage = stage_with(Settings { retention: SignedDuration::from_mins(10), ..settings() });
    stage.send("a", "1");
    stage.pass(SignedDuration::from_mins(5));
    stage.send("b", "2");
    let received = stage.receive(1).remove(0);
    stage.pass(SignedDuration::from_mins(5));
    assert_eq!(stage.waiting(), ["2"]);
    assert_eq!(stage.queue.delete(stage.now, &received.receipt_handle), Ok(()), "it is gone, and that is no error");
    stage.pass(SignedDuration::from_mins(5));
    assert_eq!(stage.bodies(10), [""; 0]);
    assert!(stage.queue.dead_letters().is_some_and(|dead| dead.waiting(stage.now).next().is_none()));
}

#[test]
fn beyond_the_quota_of_messages_in_flight_nothing_comes_and_no_error() {
    let mut stage = stage_with(Settings { most_in_flight: 3, ..settings() });
    for word in ["a1", "a2", "b1", "b2", "c1"] {
        stage.send(&word[..1], word);
    }
    let first = stage.receive(2);
    assert_eq!(stage.bodies(10), ["b1"]);
    assert_eq!(stage.bodies(10), [""; 0]);
    stage.queue.delete(stage.now, &first[0].receipt_handle).expect("allowed");
    assert_eq!(stage.bodies(10), ["c1"]);
}

#[test]
fn a_long_backlog_of_one_group_hides_the_groups_behind_it() {
    let mut stage = stage_with(Settings { scanned: 3, ..settings() });
    for word in ["a1", "a2", "a3", "b1"] {
        stage.send(&word[..1], word);
    }
    let first = stage.receive(1).remove(0);
    assert_eq!(stage.bodies(10), [""; 0], "b is too far behind");
    stage.queue.delete(stage.now, &first.receipt_handle).expect("allowed");
    assert_eq!(stage.bodies(10), ["a2", "a3", "b1"]);
}

#[test]
fn groups_can_come_in_any_order_and_keep_theirs_within() {
    let mut orders = HashSet::new();
    for seed in 0..20 {
        let mut stage = stage_with(Settings { group_order: GroupOrder::Drawn, seed, ..settings() });
        for word in ["a1", "b1", "a2", "c1"] {
            stage.send(&word[..1], word);
        }
        let bodies = stage.bodies(10);
        assert!(bodies.windows(2).any(|two| two == ["a1", "a2"]), "{bodies:?}");
        orders.insert(bodies);
    }
    assert!(orders.len() > 1, "{orders:?}");
}
