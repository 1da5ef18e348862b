//! A press that asks GO1 for the portal holds nothing up once it is over, whatever came of it: neither what was typed nor the
//! day's count.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use rig::{BLUEGUM, Customer, HARBOUR, Page, Rig, Steps, Visitor, WATTLE, expect};
use stand_ins::{Fault, FaultKind, go1};
use state::SignUps as _;

use super::{ASKED_LONG_AGO, portals_made};
use crate::importing::sweeping_many::Slow;

/// The organisation costs nothing at Xero, so its login makes one portal a day.
fn on_trial(rig: &Rig, customer: &Customer) {
    assert!(rig.world.xero().edit_organisation(customer.organisation, |one| "TRIAL".clone_into(&mut one.class)));
}

fn is_taken(rig: &Rig) {
    rig.world.go1().open_portal(WATTLE.portal, "AU");
}

/// Two presses on "Skip", the second so much later; one of them meets the address that is taken.
async fn pressed_twice(rig: &Rig, olivia: &Visitor, people: &Page, later: Duration) -> Page {
    let tab = olivia.clone();
    let second = async {
        rig.wait(later).await;
        tab.skip(people).await
    };
    let (first, second) = tokio::join!(olivia.skip(people), second);
    let (asked, other) = if first.url.path() == "/portal-address" { (first, second) } else { (second, first) };
    let asked = expect(asked, StatusCode::OK, "/portal-address");
    assert_eq!(other.status, StatusCode::SERVICE_UNAVAILABLE, "{}", other.words());
    asked
}

/// Another address is taken, and the portal is made there.
async fn moves_on(rig: &Rig, olivia: &Visitor, asked: &Page) {
    let chosen = olivia.browser.submit(asked, "/portal-address", &[("portal", "wattle-books")]).await;
    // After another organisation was named there is no list yet.
    let people = if chosen.url.path() == "/preview" { olivia.look(&chosen).await } else { chosen };
    let people = expect(people, StatusCode::OK, "/preview/people");
    expect(olivia.skip(&people).await, StatusCode::OK, "/get-started");
    assert_eq!(rig.kept_portal(&WATTLE).await.domain.label(), "wattle-books");
}

#[tokio::test(start_paused = true)]
async fn two_presses_of_a_trial_and_an_address_that_is_taken_lock_nobody_out_until_midnight() {
    for later in [Duration::ZERO, Duration::from_secs(1)] {
        let rig = Rig::new(1);
        on_trial(&rig, &WATTLE);
        let (olivia, people) = rig.at_people(&WATTLE).await;
        is_taken(&rig);
        let slow = FaultKind::Delay { milliseconds: 4_000 };
        rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, slow));
        let asked = pressed_twice(&rig, &olivia, &people, later).await;
        moves_on(&rig, &olivia, &asked).await;
    }
}

#[tokio::test(start_paused = true)]
async fn two_presses_on_a_slow_table_freeze_no_address_that_is_taken() {
    for milliseconds in 1..12 {
        let rig = Rig::new(2);
        let table = Steps::new(Arc::new(rig.state.clone()), Slow(Duration::from_millis(5)));
        let olivia = rig.visitor_over(table, &WATTLE);
        let people = olivia.reach_people().await;
        is_taken(&rig);
        let asked = pressed_twice(&rig, &olivia, &people, Duration::from_millis(milliseconds)).await;
        moves_on(&rig, &olivia, &asked).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_press_that_was_cut_off_before_go1_was_asked_holds_nothing_for_longer_than_a_press_can_last() {
    let rig = Rig::new(3);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    let sign_up = rig.kept_sign_up(&WATTLE).await;
    let asking = sign_up.asks_for_portal(&rig.tenant(&WATTLE), rig.world.now()).expect("the step before");
    rig.state.replace_sign_up(asking).await.expect("memory answers");
    let held =
        olivia.browser.submit(&olivia.open("/portal-address").await, "/portal-address", &[("portal", "w2")]).await;
    assert_eq!(held.status, StatusCode::CONFLICT, "{}", held.words());
    assert_eq!(olivia.skip(&people).await.status, StatusCode::SERVICE_UNAVAILABLE, "that press may be at it");
    rig.wait(ASKED_LONG_AGO).await;
    // Its email, its organisation and its address.
    let form = olivia.open("/signup").await;
    let saved = olivia.browser.submit(&form, "/signup", &[("email", "books@wattle.example.com")]).await;
    expect(saved, StatusCode::OK, "/preview/people");
    olivia.beside(HARBOUR).connect_again().await;
    let chooser = expect(olivia.beside(HARBOUR).connect_again().await, StatusCode::OK, "/organisations");
    expect(olivia.choose(&chooser, &rig.tenant(&WATTLE)).await, StatusCode::OK, "/preview");
    let asked = olivia.open("/portal-address").await;
    moves_on(&rig, &olivia, &asked).await;
}

#[tokio::test(start_paused = true)]
async fn a_trial_whose_second_try_finds_the_address_taken_is_counted_for_no_portal() {
    let rig = Rig::new(4);
    on_trial(&rig, &WATTLE);
    let (olivia, people) = rig.at_people(&WATTLE).await;
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, FaultKind::CutBefore));
    assert_eq!(olivia.skip(&people).await.status, StatusCode::SERVICE_UNAVAILABLE);
    // Longer than GO1's list may be behind: until then it could be the portal of the first try.
    rig.wait(Duration::from_mins(11)).await;
    is_taken(&rig);
    let asked = expect(olivia.skip(&people).await, StatusCode::OK, "/portal-address");
    moves_on(&rig, &olivia, &asked).await;
}

#[tokio::test(start_paused = true)]
async fn a_press_that_is_refused_for_the_day_s_count_does_not_count_for_the_next() {
    let rig = Rig::new(5);
    for customer in [&WATTLE, &BLUEGUM] {
        on_trial(&rig, customer);
    }
    rig.hire(&BLUEGUM, "nia", "nia@example.com");
    let (first, people) = rig.at_people(&WATTLE).await;
    let (second, theirs) = rig.at_people(&BLUEGUM).await;
    is_taken(&rig);
    let slow = FaultKind::Delay { milliseconds: 4_000 };
    rig.world.go1().faults().add(Fault::next(go1::endpoint::CREATE_PORTAL, slow));
    let beside = async {
        rig.wait(Duration::from_secs(1)).await;
        second.skip(&theirs).await
    };
    let (asked, refused) = tokio::join!(first.skip(&people), beside);
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.words());
    let asked = expect(asked, StatusCode::OK, "/portal-address");
    moves_on(&rig, &first, &asked).await;
    assert_eq!(portals_made(&rig), 2);
}
