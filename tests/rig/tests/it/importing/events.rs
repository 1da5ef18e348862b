//! Events as they come: every shape in `events/sqs-*.json`, the same message twice, and an invocation's end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::import::{BatchMessage, ImportStatus};
use rig::{BLUEGUM, Queue, Rig, WATTLE};
use stand_ins::go1;
use worker::{ReturnPath, ReturnPathError, Unhandled};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

fn event(name: &str) -> SqsEvent {
    let text = std::fs::read_to_string(folder().join(name)).expect("the file is there");
    serde_json::from_str(&text).expect("the file is an event")
}

fn come_back(response: Option<SqsBatchResponse>) -> Vec<String> {
    let response = response.expect("the invocation ends");
    response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}

const NOT_THERE: &str = "an import that is not there";

/// For each file: what the reasons of its dead letters say.
const FILES: [(&str, &[&str]); 7] = [
    ("sqs-batch-before.json", &[NOT_THERE]),
    ("sqs-batch.json", &[NOT_THERE]),
    ("sqs-no-records.json", &[]),
    ("sqs-too-many-people.json", &["names 21 people"]),
    ("sqs-two-portals.json", &[NOT_THERE; 3]),
    ("sqs-unknown-version.json", &["version 99"]),
    ("sqs-unreadable.json", &["not a batch", NOT_THERE]),
];

#[tokio::test(start_paused = true)]
async fn every_shape_of_event_is_acknowledged_and_what_cannot_be_read_is_a_dead_letter_with_its_reason() {
    for (name, reasons) in FILES {
        let rig = Rig::new(1);
        assert_eq!(come_back(rig.invoke(event(name)).await), [""; 0], "{name}");
        let letters = rig.queue.dead_letters();
        assert_eq!(letters.len(), reasons.len(), "{name}");
        for (letter, reason) in letters.iter().zip(reasons) {
            assert!(letter.reason.as_deref().is_some_and(|why| why.contains(reason)), "{name}: {letter:?}");
        }
        assert!(rig.world.go1().call_log().is_empty(), "{name}: names nothing of ours");
    }
}

#[test]
fn every_file_is_in_the_list() {
    let files = std::fs::read_dir(folder()).expect("the folder is there");
    let mut names: Vec<String> =
        files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.starts_with("sqs-"));
    names.sort();
    assert_eq!(names, FILES.map(|(name, ..)| name));
}

#[tokio::test(start_paused = true)]
async fn a_message_that_cannot_be_read_does_not_keep_the_others_from_their_work() {
    for (name, reasons) in FILES {
        let rig = Rig::new(2);
        let (olivia, import) = rig.confirmed(24).await;
        let mut mixed = rig.receive().expect("two batches");
        mixed.records.splice(1..1, event(name).records);
        let response = rig.invoke(mixed.clone()).await;
        rig.settle(&mixed, response);
        rig.pump().await;
        assert_eq!(olivia.progress(&import).await.status, ImportStatus::Done, "{name}");
        assert_eq!((rig.queue.dead_letters().len(), rig.learners(&BLUEGUM).len()), (reasons.len(), 24), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_people_are_not_in_its_batch_is_a_dead_letter() {
    let rig = Rig::new(9);
    let (olivia, import) = rig.confirmed(24).await;
    let portal = rig.portal(&BLUEGUM);
    let people: Vec<_> =
        rig.kept_people(&BLUEGUM, &import).await.into_iter().map(|person| person.employee_id).collect();
    for (number, (batch, who)) in
        [(0, "nobody".into()), (1, people[0].clone()), (7, people[0].clone())].into_iter().enumerate()
    {
        let body = BatchMessage::new(portal.clone(), import.clone(), batch, vec![who], 1).to_json();
        assert!(rig.queue.put(portal.as_str(), &number.to_string(), &body));
    }
    let mut event = rig.receive().expect("two batches, and three more");
    event.records.drain(..2);
    assert_eq!(come_back(rig.invoke(event).await), [""; 0]);
    let letters = rig.queue.dead_letters();
    assert_eq!(letters.len(), 3);
    assert!(letters.iter().all(|letter| letter.reason.as_deref().is_some_and(|why| why.contains("not in its batch"))));
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.created, 24, "the others are worked on");
}

#[tokio::test(start_paused = true)]
async fn messages_of_the_release_before_are_worked_on() {
    let rig = Rig::new(10);
    let (olivia, import) = rig.confirmed(24).await;
    let event = rig.receive().expect("two batches");
    let portal = rig.portal(&BLUEGUM);
    for (number, record) in event.records.iter().enumerate() {
        let body = record.body.as_deref().expect("a body");
        let before = body.replace("\"version\":2", "\"version\":1").replace(",\"send\":1", "");
        assert!(before.contains("\"version\":1") && !before.contains("send"), "{before}");
        rig.queue.delete(record);
        assert!(rig.queue.put(portal.as_str(), &number.to_string(), &before));
    }
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.created, 24);
    assert_eq!(rig.queue.dead_letters(), []);
}

#[tokio::test(start_paused = true)]
async fn a_foreign_text_on_the_queue_is_taken_off_it() {
    let rig = Rig::new(3);
    let (olivia, import) = rig.confirmed(3).await;
    let portal = rig.portal(&BLUEGUM);
    // SQS itself takes neither an empty body nor a control character.
    for (number, body) in [" ", "[]", "null", "{}", "{\"version\": 1}", "\u{fffd}"].into_iter().enumerate() {
        assert!(rig.queue.put(portal.as_str(), &number.to_string(), body));
    }
    rig.pump().await;
    assert_eq!(rig.queue.dead_letters().len(), 6);
    assert_eq!(olivia.progress(&import).await.done, 3);
}

#[tokio::test(start_paused = true)]
async fn a_message_delivered_twice_makes_nothing_twice() {
    let rig = Rig::new(4);
    let (olivia, import) = rig.confirmed(24).await;
    let event = rig.receive().expect("two batches");
    for _ in 0..3 {
        let response = rig.invoke(event.clone()).await;
        assert_eq!(come_back(response), [""; 0]);
    }
    assert_eq!(olivia.progress(&import).await.created, 24);
    assert_eq!(rig.world.go1().calls(go1::endpoint::CREATE_USER_ACCOUNT), 24, "not even a call");
    assert_eq!(rig.world.go1().calls(go1::endpoint::CREATE_ENROLLMENT), 120);
    assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 24);
}

#[tokio::test(start_paused = true)]
async fn a_message_delivered_twice_at_once_makes_nothing_twice() {
    for delay in [0, 1, 250, 900, 3_000] {
        let rig = Rig::new(5);
        let (olivia, import) = rig.confirmed(24).await;
        let event = rig.receive().expect("two batches");
        let late = async {
            rig.wait(Duration::from_millis(delay)).await;
            rig.invoke(event.clone()).await
        };
        let both = tokio::join!(rig.invoke(event.clone()), late);
        // Whoever reports a message last decides whether it comes back.
        rig.settle(&event, both.0);
        rig.settle(&event, both.1);
        rig.pump().await;
        let progress = olivia.progress(&import).await;
        assert_eq!((progress.status, progress.created), (ImportStatus::Done, 24), "{delay} ms");
        let mut emails: BTreeMap<String, usize> = BTreeMap::new();
        for learner in rig.learners(&BLUEGUM) {
            *emails.entry(learner.email).or_default() += 1;
        }
        assert_eq!((emails.len(), emails.values().sum::<usize>()), (24, 24), "{delay} ms");
        assert_eq!(rig.enrollments(&BLUEGUM).len(), 120, "{delay} ms");
        assert_eq!(rig.kept_portal(&BLUEGUM).await.places_used, 24, "{delay} ms");
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_time_is_up_the_rest_comes_back_at_once_and_at_no_attempt_s_cost() {
    let rig = Rig::new(6);
    let (olivia, import) = rig.confirmed(65).await;
    let event = rig.receive().expect("four batches");
    // Fifteen seconds of it are kept to save what was done.
    let response = rig.invoke_for(event.clone(), Duration::from_secs(20)).await;
    let back = response.as_ref().map(|response| response.batch_item_failures.len());
    assert!(back.is_some_and(|messages| messages > 1), "{back:?}");
    rig.settle(&event, response);
    let so_far = olivia.progress(&import).await;
    assert!(so_far.waiting > 0 && !so_far.status.has_ended(), "{so_far:?}");
    assert!(rig.receive().is_some(), "visible at once");
    rig.wait(Duration::from_mins(6)).await;
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.created, 65);
    assert!(rig.kept_batches(&BLUEGUM, &import).await.iter().all(|batch| batch.failures == 0));
}

#[tokio::test(start_paused = true)]
async fn an_invocation_killed_at_any_moment_loses_nobody_and_makes_nobody_twice() {
    for tenths in (1..40).step_by(3) {
        let rig = Rig::new(7);
        let (olivia, import) = rig.confirmed(24).await;
        let event = rig.receive().expect("two batches");
        let killed = tokio::time::timeout(Duration::from_millis(tenths * 100 + 7), rig.invoke(event)).await;
        assert!(killed.is_err());
        // Hidden until the visibility time-out ends; then it goes on.
        assert!(rig.receive().is_none());
        rig.pump().await;
        let progress = olivia.progress(&import).await;
        assert_eq!((progress.status, progress.created), (ImportStatus::Done, 24), "killed after {tenths} tenths");
        assert_eq!((rig.learners(&BLUEGUM).len(), rig.enrollments(&BLUEGUM).len()), (24, 120));
    }
}

#[tokio::test(start_paused = true)]
async fn two_portals_in_one_event_each_get_their_own() {
    let rig = Rig::new(8);
    let (olivia, import) = rig.confirmed(24).await;
    let other = rig.visitor(&WATTLE);
    let (_, others) = other.import().await;
    let event = rig.receive().expect("three batches");
    assert_eq!(event.records.len(), 3);
    let response = rig.invoke(event.clone()).await;
    rig.settle(&event, response);
    rig.pump().await;
    assert_eq!((olivia.progress(&import).await.done, other.progress(&others).await.done), (24, 7));
    assert!(rig.learners(&BLUEGUM).iter().all(|learner| learner.email.ends_with("@staff.example.com")));
    assert!(rig.learners(&WATTLE).iter().all(|learner| learner.email.ends_with("@wattlegrove.example.com")));
}

#[tokio::test(start_paused = true)]
async fn the_second_copy_of_a_batch_in_one_event_comes_back_in_a_moment() {
    let rig = Rig::new(11);
    let (olivia, import) = rig.confirmed(10).await;
    let body = rig.queue.bodies().remove(0);
    assert!(rig.queue.put(rig.portal(&BLUEGUM).as_str(), "again", &body));
    let event = rig.receive().expect("a batch and its copy");
    assert_eq!(event.records.len(), 2);
    let response = rig.invoke(event.clone()).await;
    rig.settle(&event, response);
    assert_eq!(olivia.progress(&import).await.created, 10);
    rig.wait(Duration::from_secs(3)).await;
    assert!(rig.deliver().await, "it holds up its portal no longer");
    assert!(rig.queue.is_empty());
}

/// Dead letters that take nothing.
struct Refuses(Queue);

#[async_trait]
impl ReturnPath for Refuses {
    async fn hide_for(&self, receipt_handle: &str, wait: Duration) -> Result<(), ReturnPathError> {
        self.0.hide_for(receipt_handle, wait).await
    }

    async fn to_dead_letters(&self, _: Unhandled<'_>, _: &str) -> Result<(), ReturnPathError> {
        Err(ReturnPathError("full".into()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_the_dead_letters_do_not_take_comes_back_in_a_moment() {
    let rig = Rig::new(12);
    assert!(rig.queue.put("portal", "1", "no batch"));
    rig.deliver_to(&rig.worker().with_return_path(Arc::new(Refuses(rig.queue.clone())))).await;
    assert_eq!((rig.queue.len(), rig.queue.dead_letters().len()), (1, 0), "it is not lost");
    rig.wait(Duration::from_secs(3)).await;
    assert!(rig.deliver().await);
    assert_eq!((rig.queue.len(), rig.queue.dead_letters().len()), (0, 1));
}
