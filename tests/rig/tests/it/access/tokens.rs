//! Tokens: sealed, renewed once for all who ask, and a grant that is over is told in words.

use std::time::Duration;

use domain::ids::PortalId;
use http::StatusCode;
use rig::{HARBOUR, Rig, WATTLE, expect};
use stand_ins::{Fault, FaultKind, xero};
use state::{GrantOwner, Grants as _};

#[tokio::test(start_paused = true)]
async fn two_tabs_that_need_a_new_token_at_once_renew_it_once() {
    let rig = Rig::new(1);
    let (olivia, courses) = rig.at_courses(&HARBOUR).await;
    // Xero's access tokens live for half an hour.
    rig.wait(Duration::from_secs(1_900)).await;
    let asked = rig.world.xero().calls(xero::endpoint::TOKEN);
    let tab = olivia.clone();
    let (one, other) = tokio::join!(olivia.look(&courses), tab.look(&courses));
    assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(rig.world.xero().calls(xero::endpoint::TOKEN), asked + 1);
    assert_eq!(rig.world.xero().live_refresh_tokens(), 1, "and the newest is kept");
}

#[tokio::test(start_paused = true)]
async fn a_renewal_whose_answer_was_lost_is_asked_for_again_and_nobody_logs_in_again() {
    let rig = Rig::new(2);
    let (olivia, courses) = rig.at_courses(&HARBOUR).await;
    rig.wait(Duration::from_secs(1_900)).await;
    rig.world.xero().faults().add(Fault::next(xero::endpoint::TOKEN, FaultKind::LoseAnswer));
    expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
    rig.wait(Duration::from_secs(1_900)).await;
    expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn a_xero_that_stumbles_costs_no_grant() {
    let rig = Rig::new(3);
    let (olivia, courses) = rig.at_courses(&HARBOUR).await;
    rig.wait(Duration::from_secs(1_900)).await;
    rig.world.xero().faults().add(Fault::times(xero::endpoint::TOKEN, 3, FaultKind::status(503)));
    let page = olivia.look(&courses).await;
    assert!(page.words().contains("That says nothing about how many there are"), "{}", page.words());
    rig.world.xero().faults().clear();
    expect(olivia.look(&page).await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn an_organisation_disconnected_at_xero_asks_for_another_login_and_goes_on_there() {
    let rig = Rig::new(4);
    let (olivia, courses) = rig.at_courses(&HARBOUR).await;
    rig.world.xero().disconnect(rig.tenant(&HARBOUR).as_str());
    let page = olivia.look(&courses).await;
    assert!(page.words().contains("Xero is disconnected"), "{}", page.words());
    let asked = rig.world.xero().calls(xero::endpoint::EMPLOYEES);
    rig.wait(Duration::from_hours(1)).await;
    assert_eq!(rig.world.xero().calls(xero::endpoint::EMPLOYEES), asked, "nobody asks again by themselves");
    let courses = expect(olivia.arrive().await, StatusCode::OK, "/preview");
    expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn tokens_are_sealed_and_another_owner_s_seal_opens_nothing() {
    let rig = Rig::new(5);
    let olivia = rig.visitor(&WATTLE);
    olivia.import().await;
    let portal = GrantOwner::Portal(rig.portal(&WATTLE));
    let sealed = rig.kept_grant(&portal).await.expect("kept").sealed;
    assert!(sealed.starts_with("v1.1."));
    // Whoever can write the table cannot pass one owner's tokens off as another's.
    let expiry = rig.world.now() + jiff::SignedDuration::from_hours(1);
    for owner in [GrantOwner::XeroUser(rig.xero_user(&WATTLE)), GrantOwner::Portal(PortalId::from("another"))] {
        rig.state.put_grant(&owner, &sealed, expiry).await.expect("memory answers");
    }
    let page = olivia.look_again().await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!page.text.contains("v1.1.") && !page.text.contains("seal"));
}
