//! Working on imports.

use domain::ids::PortalId;
use domain::import::{Batch, FailureReason, Import, ImportStatus, Outcome, Progress};

use super::samples::{employee, moment, running};
use super::{Store, assert_conflict};

/// Sends, attempts, outcomes and ends are each recorded once.
pub async fn imports_are_worked_on(store: &impl Store, prefix: &str) {
    let id = PortalId::new(format!("{prefix}working"));
    let import = running(store, &id, 25).await;
    sends(store, &import).await;
    attempts(store, &import).await;
    people(store, &import).await;
    ends(store, &import).await;
}

async fn stored_batch(store: &impl Store, import: &Import, number: u32) -> Batch {
    store.find_batch(&import.portal, &import.id, number).await.expect("read").expect("a batch")
}

async fn sends(store: &impl Store, import: &Import) {
    let (portal, id) = (&import.portal, &import.id);
    let before = stored_batch(store, import, 2).await;
    assert_eq!(before.people.len(), 5);
    let after = store.record_send(portal, id, before.clone()).await.expect("recorded");
    assert_eq!(after, Batch { sends: 1, ..before.clone() });
    assert_conflict(store.record_send(portal, id, before.clone()).await);
    store.mark_sent(portal, id, 2, moment(5)).await.expect("sent");
    assert_eq!(stored_batch(store, import, 2).await, Batch { sent_at: Some(moment(5)), ..after });

    let missing = Batch { number: 77, ..before };
    assert_conflict(store.record_send(portal, id, missing).await);
    assert_conflict(store.mark_sent(portal, id, 77, moment(5)).await);
    assert_eq!(store.find_batch(portal, id, 77).await.expect("read"), None, "a refusal makes no batch");
}

async fn attempts(store: &impl Store, import: &Import) {
    let (portal, id) = (&import.portal, &import.id);
    let before = stored_batch(store, import, 0).await;
    let first = store.begin_attempt(portal, id, before.clone(), moment(6)).await.expect("begun");
    assert_eq!(first, Batch { attempts: 1, attempted_at: Some(moment(6)), ..before.clone() });
    assert_conflict(store.begin_attempt(portal, id, before.clone(), moment(7)).await);
    assert_eq!(store.record_failure(portal, id, 0).await.expect("recorded"), 1);
    assert_eq!(store.record_failure(portal, id, 0).await.expect("recorded"), 2);
    let second = store.begin_attempt(portal, id, first.clone(), moment(8)).await.expect("begun again");
    assert_eq!(second, Batch { attempts: 2, failures: 2, attempted_at: Some(moment(8)), ..first });

    store.end_batch(portal, id, 0, moment(9)).await.expect("ended");
    store.end_batch(portal, id, 0, moment(10)).await.expect("ended before");
    assert_eq!(stored_batch(store, import, 0).await, Batch { ended_at: Some(moment(9)), ..second.clone() });
    assert_conflict(store.begin_attempt(portal, id, second.clone(), moment(11)).await);

    assert_conflict(store.begin_attempt(portal, id, Batch { number: 77, ..second }, moment(11)).await);
    assert_conflict(store.record_failure(portal, id, 77).await);
    assert_conflict(store.end_batch(portal, id, 77, moment(11)).await);
    assert_eq!(store.batches(portal, id).await.expect("read").len(), 3, "a refusal makes no batch");
}

async fn people(store: &impl Store, import: &Import) {
    let (portal, id) = (&import.portal, &import.id);
    let done = Outcome::Done { account: "7".into(), created: true, enrollments: 2 };
    let failed = Outcome::Failed { reason: FailureReason::AccountRefused, account: None };
    let half = Outcome::Failed { reason: FailureReason::EnrollmentRefused, account: Some("8".into()) };
    for (number, outcome) in [&done, &failed, &half].into_iter().enumerate() {
        store.end_person(portal, id, &employee(number), outcome).await.expect("ended");
        assert_conflict(store.end_person(portal, id, &employee(number), &failed).await);
    }
    assert_conflict(store.end_person(portal, id, &employee(900), &done).await);
    let rows = store.import_people(portal, id).await.expect("read");
    assert_eq!([&rows[0].outcome, &rows[1].outcome, &rows[2].outcome], [&done, &failed, &half]);
    let expected =
        Progress { people: 25, waiting: 22, done: 1, created: 1, enrollments: 2, failed: 2, failed_without_account: 1 };
    assert_eq!(Progress::of(&rows), expected);
}

async fn ends(store: &impl Store, import: &Import) {
    let (portal, id) = (&import.portal, &import.id);
    store.set_wait(portal, id, Some(moment(100))).await.expect("waiting");
    let waiting = Import { wait_until: Some(moment(100)), ..import.clone() };
    assert_eq!(store.find_import(portal, id).await.expect("read"), Some(waiting));
    store.set_wait(portal, id, None).await.expect("over");
    assert_eq!(store.find_import(portal, id).await.expect("read"), Some(import.clone()));
    store.set_wait(portal, id, Some(moment(200))).await.expect("waiting");
    assert_conflict(store.set_wait(portal, &"another".into(), None).await);

    assert_conflict(store.end_import(portal, &"another".into(), ImportStatus::Failed, 0, moment(12)).await);
    assert_conflict(store.end_import(portal, id, ImportStatus::PartlyDone, 26, moment(12)).await);
    store.end_import(portal, id, ImportStatus::PartlyDone, 1, moment(12)).await.expect("ended");
    let ended = Import { status: ImportStatus::PartlyDone, ended_at: Some(moment(12)), ..import.clone() };
    assert_eq!(store.find_import(portal, id).await.expect("read"), Some(ended.clone()));
    let owner = store.find_portal(portal).await.expect("read").expect("a portal");
    assert_eq!((owner.places_used, owner.imports_accepted, owner.active_import), (24, 1, None));

    assert_conflict(store.end_import(portal, id, ImportStatus::Failed, 24, moment(13)).await);
    store.start_import(portal, id).await.expect("left alone");
    store.set_wait(portal, id, Some(moment(300))).await.expect("left alone");
    assert_eq!(store.find_import(portal, id).await.expect("read"), Some(ended));
}
