//! Presses that an attacker would try: many at once, too long, and consents that come to nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::audit::AuditAction;
use futures::future::join_all;
use http::StatusCode;
use http::header::LOCATION;
use rig::{PRAIRIE, Page, Rig, Sent, Step, StepHook, Steps, Visitor, WATTLE, expect};
use stand_ins::{Fault, FaultKind, xero};
use state::{CountedConnections as _, StateError, TenantReader as _};

/// A table that takes five milliseconds for each step, so that all who press at once have read before the first of them
/// writes. While it is switched on, somebody else changes the organisation before every write.
#[derive(Clone, Default)]
struct Busy(Arc<AtomicBool>);

#[async_trait]
impl StepHook for Busy {
    type Context = ();

    async fn before(&self, step: Step) -> Result<(), StateError> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        let is_overtaken = self.0.load(Ordering::Relaxed) && step == Step::Write("put_tenant");
        if is_overtaken { Err(StateError::Conflict) } else { Ok(()) }
    }
}

/// The owner of an imported portal or its administrator, over this table, and where their "Disconnect" is posted to.
async fn at_disconnect(rig: &Rig, busy: &Busy, is_owner: bool) -> (Visitor, Sent) {
    let table = Steps::new(Arc::new(rig.state.clone()), busy.clone());
    let visitor = rig.visitor_over(table, &WATTLE);
    if is_owner {
        visitor.import().await;
        rig.pump().await;
    } else {
        rig.imported(&WATTLE).await;
        let login = visitor.configure(&rig.domain_of(&WATTLE)).await;
        let overview = visitor.log_in_as(&login, &rig.administrator_of(&WATTLE)).await;
        expect(overview, StatusCode::OK, "/portal");
    }
    let action = if is_owner { "/disconnect" } else { "/portal/disconnect" };
    let asked = visitor.open("/disconnect").await;
    let press = Sent::form(&asked, action, &[]);
    (visitor, press)
}

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
async fn twenty_presses_on_disconnect_at_once_end_the_connection_once_and_are_no_error_of_ours() {
    for is_owner in [true, false] {
        let rig = Rig::new(5);
        let (visitor, press) = at_disconnect(&rig, &Busy::default(), is_owner).await;
        for answer in join_all((0..20).map(|_| visitor.browser.send(&press))).await {
            assert!(!answer.status.is_server_error(), "{}: {}", answer.status, answer.words());
        }
        assert!(rig.kept_tenant(&WATTLE).await.disconnected.is_some(), "owner: {is_owner}");
        assert_eq!(rig.connections(&WATTLE), 0, "owner: {is_owner}");
        let ends = |action: &AuditAction| matches!(action, AuditAction::Disconnected { .. });
        let trail = rig.trail(&WATTLE).await;
        assert_eq!(trail.iter().filter(|entry| ends(&entry.action)).count(), 1, "owner: {is_owner}");
    }
}

/// Twenty presses at once on the button of this page that posts to `action`.
async fn pressed_at_once(visitor: &Visitor, page: &Page, action: &str) {
    let press = Sent::form(page, action, &[]);
    for answer in join_all((0..20).map(|_| visitor.browser.send(&press))).await {
        assert_ne!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{action}: {}", answer.words());
    }
}

#[tokio::test(start_paused = true)]
async fn no_button_of_an_owner_that_is_pressed_twenty_times_at_once_is_an_error_of_ours() {
    let rig = Rig::new(7);
    let owner = rig.visitor_over(Steps::new(Arc::new(rig.state.clone()), Busy::default()), &WATTLE);
    let named = owner.reach_organisations().await;
    pressed_at_once(&owner, &named, "/organisations").await;
    pressed_at_once(&owner, &owner.open("/preview").await, "/preview/people").await;
    pressed_at_once(&owner, &owner.open("/portal-address").await, "/portal-address").await;
    let people = owner.look_again().await;
    pressed_at_once(&owner, &people, "/imports/skip").await;
    pressed_at_once(&owner, &owner.open("/get-started").await, "/get-started").await;
    // Xero takes sixty calls a minute of an organisation.
    rig.wait(Duration::from_mins(2)).await;
    let people = owner.look_again().await;
    pressed_at_once(&owner, &people, "/imports").await;
    let import = rig.kept_portal(&WATTLE).await.active_import.expect("it runs");
    let progress = owner.open_import(&import).await;
    pressed_at_once(&owner, &progress, &format!("/imports/{import}/stop")).await;
    pressed_at_once(&owner, &owner.open("/preview").await, "/signout").await;
}

#[tokio::test(start_paused = true)]
async fn no_button_before_a_portal_that_is_pressed_twenty_times_at_once_is_an_error_of_ours() {
    for action in ["/signout/everywhere", "/delete"] {
        let rig = Rig::new(8);
        let owner = rig.visitor_over(Steps::new(Arc::new(rig.state.clone()), Busy::default()), &WATTLE);
        owner.reach_courses().await;
        pressed_at_once(&owner, &owner.open("/delete").await, action).await;
    }
}

#[tokio::test(start_paused = true)]
async fn no_button_of_an_administrator_that_is_pressed_twenty_times_at_once_is_an_error_of_ours() {
    let buttons = [
        ("/portal", "/portal/check"),
        ("/portal/settings", "/portal/settings/end-owner"),
        ("/portal/settings", "/portal/settings/sign-out-others"),
        ("/portal/undo/{import}", "/portal/undo/{import}"),
        ("/portal/erase", "/portal/erase"),
        ("/portal", "/portal/logout"),
    ];
    for (page, action) in buttons {
        let rig = Rig::new(9);
        let (_, import) = rig.imported(&WATTLE).await;
        let ada = rig.visitor_over(Steps::new(Arc::new(rig.state.clone()), Busy::default()), &WATTLE);
        let login = ada.configure(&rig.domain_of(&WATTLE)).await;
        expect(ada.log_in_as(&login, &rig.administrator_of(&WATTLE)).await, StatusCode::OK, "/portal");
        let of_import = |path: &str| path.replace("{import}", import.as_str());
        pressed_at_once(&ada, &ada.open(&of_import(page)).await, &of_import(action)).await;
        if action == "/portal/settings/end-owner" {
            let ends = rig.trail(&WATTLE).await.into_iter().filter(|one| one.action == AuditAction::OwnerAccessEnded);
            assert_eq!(ends.count(), 1, "in the trail");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_overtaken_at_every_try_of_a_disconnection_is_told_so_and_can_press_again() {
    for is_owner in [true, false] {
        let (rig, busy) = (Rig::new(6), Busy::default());
        let (visitor, press) = at_disconnect(&rig, &busy, is_owner).await;
        busy.0.store(true, Ordering::Relaxed);
        let overtaken = visitor.browser.send(&press).await;
        assert_eq!(overtaken.status, StatusCode::CONFLICT, "owner: {is_owner}: {}", overtaken.words());
        assert!(overtaken.words().contains("pressed several times at once"), "{}", overtaken.words());
        busy.0.store(false, Ordering::Relaxed);
        expect(visitor.browser.follow(press).await, StatusCode::OK, "/disconnect");
        assert!(rig.kept_tenant(&WATTLE).await.disconnected.is_some(), "owner: {is_owner}");
    }
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
