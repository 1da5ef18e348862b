//! Whoever waits stops waiting, and the process lives on: a page's own deadline, or a browser that goes away at any
//! moment. What renews a grant is finished all the same, so nobody has to log in again.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use domain::audit::AuditAction;
use http::StatusCode;
use rig::{Page, Rig, Visitor, WATTLE, expect, killed_at, ticked};
use stand_ins::{Fault, FaultKind, go1, xero};
use vault::invocation;

/// How long an invocation has that answers people.
const TIME: Duration = Duration::from_secs(29);

/// GO1's token endpoint takes so long to renew a portal's tokens.
fn slow_renewal(rig: &Rig, milliseconds: u64) {
    let slow = Fault::always(go1::endpoint::TOKEN, FaultKind::Delay { milliseconds });
    rig.world.go1().faults().add(slow.matching("grant_type=refresh_token"));
}

#[tokio::test(start_paused = true)]
async fn a_look_that_takes_too_long_finishes_the_renewal_that_it_began() {
    let rig = Rig::new(1);
    let (olivia, _) = rig.at_people_with_portal(&WATTLE).await;
    rig.world.go1().expire_access_tokens();
    // Each answers within the time of its own call, and together they take longer than a look waits.
    rig.world.xero().faults().add(Fault::always(xero::endpoint::EMPLOYEES, FaultKind::Delay { milliseconds: 9_000 }));
    slow_renewal(&rig, 5_000);
    // The press leads to the page of what it met.
    let late = olivia.look_again().await;
    assert!(late.words().contains("Xero isn’t answering"), "{}: {}", late.status, late.words());
    rig.world.xero().faults().clear();
    rig.world.go1().faults().clear();
    rig.wait(Duration::from_mins(1)).await;
    expect(olivia.look_again().await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn a_list_of_users_that_takes_too_long_finishes_the_renewal_that_it_began() {
    let rig = Rig::new(2);
    let ada = rig.managed(&WATTLE).await;
    rig.world.go1().expire_access_tokens();
    let slow = FaultKind::Delay { milliseconds: 9_000 };
    rig.world.go1().faults().add(Fault::always(go1::endpoint::LIST_USER_ACCOUNTS, slow));
    slow_renewal(&rig, 5_000);
    let late = expect(ada.open("/portal/users").await, StatusCode::OK, "/portal/users");
    assert!(late.words().contains("GO1 isn’t answering right now"), "{}", late.words());
    rig.world.go1().faults().clear();
    rig.wait(Duration::from_mins(1)).await;
    expect(ada.open("/portal/users").await, StatusCode::OK, "/portal/users");
}

/// Both upstreams take none of our access tokens any more, so the next call must renew them.
fn expire_access_tokens(rig: &Rig) {
    rig.world.xero().expire_access_tokens();
    rig.world.go1().expire_access_tokens();
}

/// Nobody has to log in: what is kept opens Xero and, where there is a portal, GO1. Half an hour on, so that Xero's patience
/// with an old refresh token hides nothing.
async fn grants_hold(rig: &Rig, dropped_at: usize) {
    rig.wait(Duration::from_mins(31)).await;
    expire_access_tokens(rig);
    let xero = rig.xero_access();
    let user = rig.xero_user(&WATTLE);
    let read = xero.call(&user, async |token| xero.client.connections(&token, None).await);
    let connections = invocation(TIME, read).await;
    assert!(connections.is_ok(), "dropped at {dropped_at}: {connections:?}");
    for portal in rig.portals(&WATTLE) {
        let go1 = rig.go1_access();
        let nobody = HashSet::new();
        let read =
            go1.as_portal(&portal, async |token| go1.client.accounts_for(&token, &BTreeSet::new(), &nobody).await);
        let accounts = invocation(TIME, read).await;
        assert!(accounts.is_ok(), "dropped at {dropped_at}: {accounts:?}");
    }
}

/// Drops what is pressed in this scene at every await, one after the other, while the process lives on.
async fn dropped_at_every_await<Scene>(
    scene: impl AsyncFn(&Rig) -> Scene,
    press: impl AsyncFn(&Rig, &Scene),
    afterwards: impl AsyncFn(&Rig, &Scene, usize),
) {
    for stops in 0.. {
        let rig = Rig::new(3);
        let at = scene(&rig).await;
        expire_access_tokens(&rig);
        let is_whole = killed_at(stops, press(&rig, &at)).await.is_some();
        rig.wait(Duration::from_mins(1)).await;
        afterwards(&rig, &at, stops).await;
        if is_whole {
            assert!(stops >= 4, "it asks an upstream, and the table before and after that: {stops}");
            return;
        }
    }
}

async fn holds<Scene>(scene: impl AsyncFn(&Rig) -> Scene, press: impl AsyncFn(&Rig, &Scene)) {
    dropped_at_every_await(scene, press, async |rig, _, stops| grants_hold(rig, stops).await).await;
}

/// Somebody with a portal, before the courses.
async fn before_a_look(rig: &Rig) -> (Visitor, Page) {
    let (olivia, _) = rig.at_people_with_portal(&WATTLE).await;
    let courses = olivia.open("/preview").await;
    (olivia, courses)
}

#[tokio::test(start_paused = true)]
async fn a_look_dropped_at_any_await_costs_no_grant() {
    holds(before_a_look, async |_, (olivia, courses)| drop(olivia.look(courses).await)).await;
}

#[tokio::test(start_paused = true)]
async fn a_confirmation_that_reads_again_dropped_at_any_await_costs_no_grant() {
    let two_minutes_on = async |rig: &Rig| {
        let seen = rig.at_people_with_portal(&WATTLE).await;
        rig.wait(Duration::from_mins(2)).await;
        seen
    };
    holds(two_minutes_on, async |_, (olivia, people)| drop(olivia.confirm(people).await)).await;
}

#[tokio::test(start_paused = true)]
async fn a_way_into_the_portal_dropped_at_any_await_costs_no_grant() {
    let ready = async |rig: &Rig| {
        let (olivia, _) = rig.at_people_with_portal(&WATTLE).await;
        let ready = olivia.open("/get-started").await;
        (olivia, ready)
    };
    holds(ready, async |_, (olivia, ready)| drop(olivia.browser.submit(ready, "/get-started", &[]).await)).await;
}

#[tokio::test(start_paused = true)]
async fn an_organisation_confirmed_and_dropped_at_any_await_costs_no_grant() {
    let named = async |rig: &Rig| {
        let olivia = rig.visitor(&WATTLE);
        let named = olivia.reach_organisations().await;
        (olivia, named)
    };
    holds(named, async |_, (olivia, named)| drop(olivia.confirm_organisation(named).await)).await;
}

#[tokio::test(start_paused = true)]
async fn a_return_from_xero_dropped_at_any_await_costs_no_grant() {
    let returning = async |rig: &Rig| {
        let (olivia, _) = rig.at_people_with_portal(&WATTLE).await;
        let login = olivia.open("/connect?again").await;
        let back = olivia.consent_without_return(&login, "allow").await;
        (olivia, back)
    };
    holds(returning, async |_, (olivia, back)| drop(olivia.browser.open(back).await)).await;
}

#[tokio::test(start_paused = true)]
async fn a_return_from_go1_dropped_at_any_await_costs_no_grant() {
    let returning = async |rig: &Rig| {
        rig.at_people_with_portal(&WATTLE).await;
        let ada = rig.visitor(&WATTLE);
        let login = ada.configure(&rig.domain_of(&WATTLE)).await;
        let back = ada.log_in_without_return(&login, &rig.administrator_of(&WATTLE)).await;
        (ada, back)
    };
    holds(returning, async |_, (ada, back)| drop(ada.browser.open(back).await)).await;
}

#[tokio::test(start_paused = true)]
async fn the_portal_s_pages_that_ask_an_upstream_dropped_at_any_await_cost_no_grant() {
    let managed = async |rig: &Rig| rig.managed(&WATTLE).await;
    holds(managed, async |_, ada| drop(ada.open("/portal/users").await)).await;
    let checking = async |rig: &Rig| {
        let ada = rig.managed(&WATTLE).await;
        let overview = ada.open("/portal").await;
        (ada, overview)
    };
    holds(checking, async |_, (ada, page)| drop(ada.browser.submit(page, "/portal/check", &[]).await)).await;
    let at_settings = async |rig: &Rig| {
        let ada = rig.managed(&WATTLE).await;
        let settings = ada.open("/portal/settings").await;
        (ada, settings)
    };
    for action in ["/portal/settings/end-owner", "/portal/settings/sign-out-others"] {
        holds(at_settings, async |_, (ada, page)| drop(ada.browser.submit(page, action, &[]).await)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_administrator_takes_back_or_away_dropped_at_any_await_costs_no_grant_before_it_is_done() {
    let before_an_undo = async |rig: &Rig| {
        let (_, import) = rig.imported(&WATTLE).await;
        let ada = rig.administrator(&WATTLE).await;
        let path = format!("/portal/undo/{import}");
        let asked = expect(ada.open(&path).await, StatusCode::OK, &path);
        (ada, asked, path)
    };
    holds(before_an_undo, async |_, (ada, asked, path)| drop(ada.browser.submit(asked, path, &[]).await)).await;

    // Its end takes the grants away: wherever it was dropped, the next press or the sweeper comes to that end.
    let before_an_erasure = async |rig: &Rig| {
        let ada = rig.managed(&WATTLE).await;
        let asked = expect(ada.open("/portal/erase").await, StatusCode::OK, "/portal/erase");
        (ada, asked)
    };
    let erase = async |_: &Rig, (ada, asked): &(Visitor, Page)| {
        drop(ada.browser.submit(asked, "/portal/erase", &[]).await);
    };
    dropped_at_every_await(before_an_erasure, erase, async |rig, (ada, asked), stops| {
        ada.browser.submit(asked, "/portal/erase", &[]).await;
        for _ in 0..2 {
            rig.wait(Duration::from_secs(150)).await;
            rig.sweep().await;
        }
        assert_eq!(rig.connections(&WATTLE), 0, "dropped at {stops}: it is removed at Xero");
        assert!(!rig.has_xero_grant(&WATTLE).await, "dropped at {stops}");
        assert_eq!(rig.active_imports().await, [], "dropped at {stops}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_an_owner_does_with_an_import_dropped_at_any_await_costs_no_grant() {
    let under_way = async |rig: &Rig| {
        let olivia = rig.visitor(&WATTLE);
        let (progress, import) = olivia.import().await;
        (olivia, progress, import)
    };
    holds(under_way, async |_, (olivia, progress, import)| drop(olivia.stop(progress, import).await)).await;
    let over = async |rig: &Rig| rig.imported(&WATTLE).await;
    holds(over, async |_, (olivia, import)| drop(olivia.open(&format!("/imports/{import}/report.csv")).await)).await;
    // GO1 takes nobody, so there is somebody to try again.
    let failed = async |rig: &Rig| {
        let refused = FaultKind::answer(
            400,
            &[],
            r#"{"message": "no", "additional_errors": [{"path": "email", "message": "bad"}]}"#,
        );
        rig.world.go1().faults().add(Fault::always(go1::endpoint::CREATE_USER_ACCOUNT, refused));
        let (olivia, import) = rig.imported(&WATTLE).await;
        rig.world.go1().faults().clear();
        let page = olivia.open_import(&import).await;
        (olivia, page, format!("/imports/{import}/retry"))
    };
    holds(failed, async |_, (olivia, page, path)| drop(olivia.browser.submit(page, path, &[]).await)).await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_dropped_at_any_await_costs_no_grant() {
    let confirmed = async |rig: &Rig| {
        let (olivia, people) = rig.at_people_with_portal(&WATTLE).await;
        olivia.confirm_only(&people, &ticked(&people)[..1]).await;
        rig.receive().expect("a message")
    };
    holds(confirmed, async |rig, event| drop(rig.invoke(event.clone()).await)).await;
}

#[tokio::test(start_paused = true)]
async fn a_portal_whose_creation_is_dropped_at_any_await_keeps_its_tokens() {
    let without_portal = async |rig: &Rig| rig.at_people(&WATTLE).await;
    let skip = async |_: &Rig, (olivia, people): &(Visitor, Page)| drop(olivia.skip(people).await);
    dropped_at_every_await(without_portal, skip, async |rig, (olivia, people), stops| {
        let again = olivia.skip(people).await;
        assert_eq!(again.url.path(), "/get-started", "dropped at {stops}: {}", again.words());
        grants_hold(rig, stops).await;
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_disconnection_dropped_at_any_await_is_whole_after_the_next_press() {
    let asked = async |rig: &Rig| {
        let (olivia, _) = rig.at_people_with_portal(&WATTLE).await;
        let asked = olivia.open("/disconnect").await;
        (olivia, asked)
    };
    let press = async |_: &Rig, (olivia, asked): &(Visitor, Page)| {
        drop(olivia.browser.submit(asked, "/disconnect", &[]).await);
    };
    dropped_at_every_await(asked, press, async |rig, (olivia, asked), stops| {
        olivia.browser.submit(asked, "/disconnect", &[]).await;
        assert_eq!(rig.connections(&WATTLE), 0, "dropped at {stops}: it is removed at Xero");
        assert!(!rig.has_xero_grant(&WATTLE).await, "dropped at {stops}: and no token is kept");
        let ends = |action: &AuditAction| matches!(action, AuditAction::Disconnected { .. });
        let trail = rig.trail(&WATTLE).await;
        let told = trail.iter().filter(|entry| ends(&entry.action)).count();
        assert_eq!(told, 1, "dropped at {stops}: and the trail says who did it");
    })
    .await;
}
