//! Nothing happens without a press.

use std::time::Duration;

use http::StatusCode;
use rig::{WATTLE, expect, import_of, ticked};
use stand_ins::xero::endpoint::{EMPLOYEES, USERS};

use super::{imported, newcomer};

/// How long nobody presses anything, in hours.
const A_MONTH: u32 = 30 * 24;

#[tokio::test(start_paused = true)]
async fn for_a_month_without_a_press_nobody_is_asked_anything_and_a_newcomer_waits_for_the_next_import() {
    let (rig, olivia) = imported(1).await;
    rig.edit_payroll(&WATTLE, |people| {
        people[0].first_name = "Renamed".to_owned();
        people.push(newcomer(1));
    });
    let accounts = || rig.accounts(&WATTLE);
    let (to_xero, to_go1, before) = (rig.sent_to_xero(), rig.sent_to_go1(), accounts());
    for _ in 0..A_MONTH {
        rig.wait(Duration::from_hours(1)).await;
        rig.sweep().await;
        assert!(!rig.deliver().await, "nothing is on the queue");
    }
    assert_eq!((rig.sent_to_xero(), rig.sent_to_go1()), (to_xero, to_go1));
    assert_eq!(accounts(), before);
    assert!(rig.active_imports().await.is_empty());

    // Nor does anybody who logs in and looks around have the people read.
    let reads = || rig.world.xero().calls(EMPLOYEES) + rig.world.xero().calls(USERS);
    let before = reads();
    olivia.arrive().await;
    for path in ["/", "/help", "/get-started", "/preview", "/disconnect"] {
        expect(olivia.open(path).await, StatusCode::OK, path);
    }
    let ada = rig.administrator(&WATTLE).await;
    for path in ["/portal", "/portal/users", "/portal/settings"] {
        expect(ada.open(path).await, StatusCode::OK, path);
    }
    rig.sweep().await;
    assert_eq!((reads(), rig.learners(&WATTLE).len()), (before, 6));

    let people = expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
    assert_eq!(ticked(&people), ["new-001"]);
    import_of(&olivia.confirm(&people).await);
    rig.pump().await;
    assert_eq!(rig.learners(&WATTLE).len(), 7);
}

#[tokio::test(start_paused = true)]
async fn whoever_leaves_stays_in_go1_keeps_the_place_and_is_told_of_as_advice() {
    let (rig, olivia) = imported(2).await;
    let gone = rig.learners(&WATTLE).remove(0);
    rig.edit_payroll(&WATTLE, |people| {
        people.retain(|person| person.email.as_deref().map(str::to_lowercase) != Some(gone.email.clone()));
    });
    olivia.look_again().await;
    let people = olivia.look_again().await;
    assert!(people.words().contains("One person is no longer in Xero"), "{}", people.words());
    assert!(people.words().contains("we don’t remove anyone"));
    assert!(people.values("people").is_empty(), "they are not offered");
    for _ in 0..48 {
        rig.wait(Duration::from_hours(1)).await;
        rig.sweep().await;
    }
    assert!(rig.learners(&WATTLE).contains(&gone), "as they were");
    assert_eq!(rig.enrollments(&WATTLE).len(), 35);
    assert_eq!(rig.kept_portal(&WATTLE).await.places_used, 7);
}
