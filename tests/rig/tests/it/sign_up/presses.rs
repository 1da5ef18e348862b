//! Presses that an attacker would try: many at once, too long, and consents that come to nothing.

use std::time::Duration;

use futures::future::join_all;
use http::StatusCode;
use http::header::LOCATION;
use rig::{PRAIRIE, Rig, Sent, WATTLE, expect};
use stand_ins::{Fault, FaultKind, xero};
use state::{CountedConnections as _, TenantReader as _};

#[tokio::test(start_paused = true)]
async fn one_button_pressed_many_times_at_once_is_no_error_of_ours() {
    let rig = Rig::new(1);
    let olivia = rig.visitor(&WATTLE);
    let named = olivia.reach_organisations().await;
    let confirm = Sent::form(&named, "/organisations", &[]);
    for answer in join_all((0..10).map(|_| olivia.browser.send(&confirm))).await {
        assert!(!answer.status.is_server_error(), "{}: {}", answer.status, answer.words());
    }
    expect(olivia.open("/preview").await, StatusCode::OK, "/preview");
    let asked = olivia.open("/disconnect").await;
    let disconnect = Sent::form(&asked, "/disconnect", &[]);
    for answer in join_all((0..10).map(|_| olivia.browser.send(&disconnect))).await {
        assert!(!answer.status.is_server_error(), "{}: {}", answer.status, answer.words());
    }
    let tenant = rig.state.find_tenant(&rig.tenant(&WATTLE)).await.expect("memory answers").expect("kept");
    assert!(tenant.disconnected.is_some());
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_for_an_address_travels_no_further_than_an_address_may_be_long() {
    let rig = Rig::new(2);
    let (olivia, _) = rig.at_people(&WATTLE).await;
    let page = olivia.open("/portal-address").await;
    let longest = "a".repeat(255 * 1024);
    for typed in [&*longest, &"\u{e9}".repeat(40_000)] {
        let sent = Sent::form(&page, "/portal-address", &[("portal", typed)]);
        let answer = olivia.browser.send(&sent).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let length = answer.headers[LOCATION].len();
        assert!(length < 1_000, "{length} bytes");
        expect(olivia.browser.follow(sent).await, StatusCode::OK, "/portal-address");
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_of_a_consent_that_came_to_nothing_is_given_back_when_somebody_comes_from_xero() {
    let rig = Rig::new(3);
    rig.visitor(&PRAIRIE).arrive().await;
    let (olivia, _) = rig.at_courses(&WATTLE).await;
    assert_eq!(rig.world.xero().connections().len(), 2);
    rig.wait(Duration::from_hours(23)).await;
    rig.visitor(&WATTLE).arrive().await;
    assert_eq!(rig.world.xero().connections().len(), 2, "within a day it may still be confirmed");
    rig.wait(Duration::from_hours(25)).await;
    olivia.arrive().await;
    let left: Vec<_> = rig.world.xero().connections().into_iter().map(|connection| connection.tenant_id).collect();
    assert_eq!(left, [rig.tenant(&WATTLE).as_str()], "what nobody confirmed is given back, and nothing else");
    assert_eq!(rig.state.counted_connections().await.expect("memory answers").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_xero_refuses_takes_over_no_colleague_s_connection() {
    for endpoint in [xero::endpoint::ORGANISATION, xero::endpoint::ACTIONS] {
        let rig = Rig::new(4);
        rig.imported(&WATTLE).await;
        let before = rig.state.find_tenant(&rig.tenant(&WATTLE)).await.expect("memory answers").expect("kept");
        let edith = rig.administrator(&WATTLE).await;
        let colleague = edith.beside(rig::MEI);
        let forbidden = r#"{"Type":null,"Title":"Forbidden","Status":403,"Detail":"AuthenticationUnsuccessful"}"#;
        let refusal = FaultKind::answer(403, &[("content-type", "application/json")], forbidden);
        rig.world.xero().faults().add(Fault::always(endpoint, refusal));
        let refused = colleague.connect_again().await;
        let after = rig.state.find_tenant(&rig.tenant(&WATTLE)).await.expect("memory answers").expect("kept");
        assert_eq!(after.xero_user, before.xero_user, "{endpoint}: {}", refused.words());
    }
}
