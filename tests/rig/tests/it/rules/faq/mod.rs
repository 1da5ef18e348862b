//! The help page's answers are what this product does: each sentence of it is named by a test, and those that no other
//! file has are here.

mod answers;
mod by_itself;
mod crossing;
mod people;
mod proofs;

use rig::{Rig, Visitor, WATTLE};
use stand_ins::Employee;

/// Wattle Grove with everybody imported.
async fn imported(seed: u64) -> (Rig, Visitor) {
    let rig = Rig::new(seed);
    let (olivia, _) = rig.imported(&WATTLE).await;
    assert_eq!(rig.learners(&WATTLE).len(), 6);
    (rig, olivia)
}

fn newcomer(number: usize) -> Employee {
    let email = format!("newcomer{number}@new.example.com");
    Employee::active(&format!("new-{number:03}"), "Nia", &format!("Newcomer {number}"), Some(&email))
}
