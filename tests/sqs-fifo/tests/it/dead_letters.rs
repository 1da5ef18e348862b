//! What is received too often.

use jiff::SignedDuration;
use sqs_fifo::Settings;

use crate::stage::{Stage, VISIBILITY, settings, stage, stage_with};

/// Receives the head of the queue so often and lets its time run out each time.
fn spend(stage: &mut Stage, receives: usize) {
    for _ in 0..receives {
        assert_eq!(stage.receive(1).len(), 1);
        stage.pass(VISIBILITY);
    }
}

fn dead(stage: &Stage) -> Vec<(String, String)> {
    let dead_letters = stage.queue.dead_letters().expect("a redrive policy");
    dead_letters
        .waiting(stage.now)
        .map(|waiting| (waiting.message.group.clone(), waiting.message.body.clone()))
        .collect()
}

#[test]
fn a_message_received_as_often_as_the_policy_says_is_moved_and_not_received_again() {
    let mut stage = stage();
    stage.send("a", "1");
    stage.send("a", "2");
    spend(&mut stage, 3);
    assert_eq!(dead(&stage), [], "it is moved when it would be received once more");
    assert_eq!(stage.bodies(1), ["2"], "what is behind it comes instead");
    assert_eq!(dead(&stage), [("a".to_owned(), "1".to_owned())], "in the same group");
}

#[test]
fn a_spent_message_stays_while_its_group_is_blocked() {
    let mut stage = stage();
    stage.send("a", "1");
    stage.send("a", "2");
    spend(&mut stage, 2);
    let both = stage.receive(2);
    stage.queue.change_visibility(stage.now, &both[1].receipt_handle, SignedDuration::from_mins(20)).expect("allowed");
    stage.pass(VISIBILITY);
    assert!(stage.receive(10).is_empty());
    assert_eq!(dead(&stage), []);
}

#[test]
fn a_dead_letter_is_kept_from_the_time_when_it_was_moved() {
    let mut stage = stage();
    stage.send("a", "1");
    stage.pass(SignedDuration::from_hours(3 * 24));
    spend(&mut stage, 3);
    assert!(stage.receive(1).is_empty());
    stage.pass(SignedDuration::from_hours(14 * 24) - SignedDuration::from_secs(1));
    assert_eq!(dead(&stage).len(), 1);
    stage.pass(SignedDuration::from_secs(1));
    assert_eq!(dead(&stage).len(), 0);
}

#[test]
fn a_dead_letter_can_be_received_and_never_dies_again() {
    let mut stage = stage();
    stage.send("a", "1");
    spend(&mut stage, 3);
    assert!(stage.receive(1).is_empty());
    for _ in 0..20 {
        let now = stage.now;
        let dead_letters = stage.queue.dead_letters_mut().expect("allowed");
        assert_eq!(dead_letters.receive(now, 10).expect("allowed").len(), 1);
        stage.pass(VISIBILITY);
    }
}

#[test]
fn without_a_policy_a_message_is_received_for_ever() {
    let mut stage = stage_with(Settings { redrive_policy: None, ..settings() });
    stage.send("a", "1");
    spend(&mut stage, 50);
    assert!(stage.queue.dead_letters().is_none());
}
