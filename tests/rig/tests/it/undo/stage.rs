//! What the tests share: an import that is over, an undo that is asked for, and what must be left of them.

use domain::ids::ImportId;
use domain::import::ImportStatus;
use rig::{Customer, Rig, Visitor};
use std::collections::BTreeSet;

/// So many plain people, imported.
pub(crate) async fn imported(rig: &Rig, people: usize) -> (Visitor, ImportId) {
    let (olivia, import) = rig.confirmed(people).await;
    rig.pump().await;
    assert_eq!(olivia.progress(&import).await.status, ImportStatus::Done);
    (olivia, import)
}

/// Asked for and confirmed, with its batches on the queue.
pub(crate) async fn confirmed(rig: &Rig, customer: &Customer, import: &ImportId) -> ImportId {
    let portal = rig.portal(customer);
    let offer = rig.undo().plan(&portal, import).await.expect("possible");
    let confirmed = rig.undo().confirm(&portal, import, offer.imports_accepted).await.expect("accepted");
    assert!(confirmed.is_new);
    confirmed.undo.id
}

/// Nobody of so many has a course or an active account; each keeps their place, and nothing is left to do.
pub(crate) async fn all_taken_back(rig: &Rig, customer: &Customer, undo: &ImportId, people: usize) {
    let kept = rig.kept_import(customer, undo).await;
    assert_eq!(kept.status, ImportStatus::Done);
    let sums = kept.sums.expect("it has ended");
    assert_eq!((sums.done, sums.deactivated, sums.places_back), (people, people, 0));
    assert_eq!((sums.removed, sums.enrollments, sums.created), (people * 5, 0, 0));
    let learners = rig.learners(customer);
    assert_eq!(learners.len(), people, "nobody was made, nobody is gone");
    assert!(learners.iter().all(|account| !account.active));
    assert_eq!(rig.enrollments(customer), []);
    let members = rig.kept_members(customer).await;
    assert_eq!(members.len(), people);
    assert!(members.iter().all(|member| member.unfinished && member.deactivated), "{members:?}");
    at_rest(rig, customer, people).await;
}

pub(crate) async fn at_rest(rig: &Rig, customer: &Customer, places: usize) {
    let portal = rig.kept_portal(customer).await;
    assert_eq!((portal.places_used as usize, portal.active_import), (places, None));
    rig.places_are_members(customer).await;
    assert_eq!(rig.active_imports().await, []);
    assert_eq!(rig.queue.dead_letters(), []);
    assert!(rig.queue.is_empty());
}

/// What GO1 has, without when it was last changed.
pub(crate) fn ids(enrollments: &[stand_ins::go1::Enrollment]) -> BTreeSet<String> {
    enrollments.iter().map(|one| one.id.clone()).collect()
}
