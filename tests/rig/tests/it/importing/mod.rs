//! From the press to the last person: everybody once, whoever presses how often, whatever fails and whoever is killed.

mod backing_off;
mod behind;
mod carried_out;
mod confirm;
mod counted;
mod courses;
mod events;
mod journey;
mod logins;
mod polling;
mod reconnecting;
mod reimport;
mod slow_table;
mod stopping;
mod stumbles;
mod sweeper;
pub(crate) mod sweeping_many;
mod taken_over;
mod ticks;
mod waiting;
mod worker;

use std::collections::HashMap;
use std::time::Duration;

use domain::ids::ImportId;
use domain::import::ImportStatus;
use jiff::SignedDuration;
use rig::{BLUEGUM, Rig, Visitor};

/// GO1 holds each of so many people of Bluegum once, mailed once, with each of the five courses once.
fn each_once(rig: &Rig, people: usize) {
    assert_eq!(rig.learners(&BLUEGUM).len(), people);
    let mut courses: HashMap<String, usize> = HashMap::new();
    for enrollment in rig.enrollments(&BLUEGUM) {
        *courses.entry(enrollment.user_account_id).or_default() += 1;
    }
    assert_eq!((courses.len(), courses.values().sum::<usize>()), (people, people * 5));
    assert_eq!(rig.world.go1().welcome_mails().len(), people + 1, "one each, and the owner's");
    assert_eq!(rig.world.go1().re_enrollments(), 0);
}

/// Everybody of so many was made by the import, which is over, and nothing is left to do.
async fn all_done(rig: &Rig, olivia: &Visitor, import: &ImportId, people: usize) {
    let progress = olivia.progress(import).await;
    assert_eq!(progress.status, ImportStatus::Done);
    assert_eq!((progress.created, progress.enrollments), (people, people * 5));
    each_once(rig, people);
    rig.places_are_members(&BLUEGUM).await;
    assert_eq!(rig.queue.dead_letters(), []);
    assert_eq!(rig.active_imports().await, []);
}

/// Delivers what is there for so long, and returns how many events that were.
async fn deliveries_within(rig: &Rig, time: SignedDuration) -> usize {
    let end = rig.world.now() + time;
    let mut events = 0;
    while rig.world.now() < end {
        if rig.deliver().await {
            events += 1;
        } else {
            rig.wait(Duration::from_secs(5)).await;
        }
    }
    events
}

/// The same as [`all_done`], and no batch has failed: waiting is no failure.
async fn all_done_at_no_attempt_s_cost(rig: &Rig, olivia: &Visitor, import: &ImportId, people: usize) {
    all_done(rig, olivia, import, people).await;
    assert!(rig.kept_batches(&BLUEGUM, import).await.iter().all(|batch| batch.failures == 0));
}
