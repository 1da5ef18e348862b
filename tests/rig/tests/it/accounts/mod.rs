//! Whose an account is: of somebody who was hired again, of somebody else under the same address, of one of several who
//! share one, one that cannot be used, and two of one address.

mod anothers;
mod rehired;
mod sharing;
mod unusable;

use domain::ids::EmployeeId;
use domain::import::Outcome;
use rig::{BLUEGUM, Page, Rig, Visitor};
use stand_ins::go1::UserAccount;
use stand_ins::{Employee, EmployeeStatus};

/// Bluegum with a portal and these people on the payroll (id, first and last name, email), and its owner before the list.
async fn with_portal(rig: &Rig, people: &[(&str, &str, &str, &str)]) -> Visitor {
    hire(rig, people);
    let (olivia, _) = rig.at_people_with_portal(&BLUEGUM).await;
    olivia
}

fn hire(rig: &Rig, people: &[(&str, &str, &str, &str)]) {
    rig.edit_payroll(&BLUEGUM, |employees| {
        employees
            .extend(people.iter().map(|(id, given, family, email)| Employee::active(id, given, family, Some(email))));
    });
}

/// Somebody's record at Xero ends.
fn leaves(rig: &Rig, id: &str) {
    rig.edit_payroll(&BLUEGUM, |people| {
        let person = people.iter_mut().find(|person| person.employee_id == id).expect("an employee");
        person.status = EmployeeStatus::Terminated;
    });
}

/// GO1's account of this email.
fn account(rig: &Rig, email: &str) -> UserAccount {
    rig.accounts(&BLUEGUM).into_iter().find(|account| account.email == email).expect("an account")
}

/// How many courses an account has.
fn courses(rig: &Rig, id: &str) -> usize {
    rig.enrollments(&BLUEGUM).iter().filter(|each| each.user_account_id == id).count()
}

/// The page says all of this; where a long email is broken does not matter.
#[track_caller]
fn says(page: &Page, all: &[&str]) {
    let squeezed = |text: &str| text.replace(' ', "");
    for words in all {
        assert!(squeezed(&page.words()).contains(&squeezed(words)), "{words}: {}", page.words());
    }
}

/// How somebody of an import fared.
async fn outcome(rig: &Rig, import: &domain::ids::ImportId, id: &str) -> Outcome {
    let people = rig.kept_people(&BLUEGUM, import).await;
    people.into_iter().find(|person| person.employee_id == EmployeeId::from(id)).expect("of the import").outcome
}
