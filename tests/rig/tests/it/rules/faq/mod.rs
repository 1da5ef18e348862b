//! The help page's answers are what this product does: each sentence of it is named by a test, and those that no other
//! file has are here.

mod answers;
mod by_itself;
mod crossing;
mod people;
mod proofs;

use rig::{Customer, Page, Rig, Visitor, WATTLE};
use stand_ins::Employee;

/// Wattle Grove with everybody imported.
async fn imported(seed: u64) -> (Rig, Visitor) {
    let rig = Rig::new(seed);
    let olivia = rig.visitor(&WATTLE);
    olivia.import().await;
    rig.pump().await;
    assert_eq!(rig.learners(&WATTLE).len(), 6);
    (rig, olivia)
}

async fn look(visitor: &Visitor) -> Page {
    visitor.look(&visitor.open("/preview").await).await
}

/// Somebody changes a payroll at Xero.
fn edit(rig: &Rig, customer: &Customer, change: impl FnOnce(&mut Vec<Employee>)) {
    let xero = rig.world.xero();
    assert!(xero.edit_organisation(customer.organisation, |organisation| change(&mut organisation.employees)));
}

fn newcomer(number: usize) -> Employee {
    let email = format!("newcomer{number}@new.example.com");
    Employee::active(&format!("new-{number:03}"), "Nia", &format!("Newcomer {number}"), Some(&email))
}
