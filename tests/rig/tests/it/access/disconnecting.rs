//! Taking the access back, being disconnected, and coming back.

use std::time::Duration;

use domain::audit::AuditAction;
use domain::ids::XeroUserId;
use domain::tenant::Tenant;
use http::StatusCode;
use rig::{Customer, HARBOUR, Page, Rig, Visitor, WATTLE, expect};
use stand_ins::{Fault, FaultKind, xero};
use state::{AuditTrail as _, GrantOwner, Grants as _, TenantReader as _};

const MEI: Customer = Customer { xero_user: "mei.tanaka@example.com", name: ("Mei", "Tanaka"), ..WATTLE };

fn owner(rig: &Rig, customer: &Customer) -> GrantOwner {
    let user = rig.world.xero().users().into_iter().find(|user| user.email == customer.xero_user);
    GrantOwner::XeroUser(XeroUserId::new(user.expect("a user of the world").user_id))
}

async fn tenant(rig: &Rig, customer: &Customer) -> Tenant {
    rig.state.find_tenant(&rig.tenant(customer)).await.expect("memory answers").expect("confirmed")
}

fn connected(rig: &Rig, customer: &Customer) -> usize {
    let id = rig.tenant(customer);
    rig.world.xero().connections().iter().filter(|connection| connection.tenant_id == id.as_str()).count()
}

async fn disconnect(visitor: &Visitor) -> Page {
    let asked = expect(visitor.open("/disconnect").await, StatusCode::OK, "/disconnect");
    visitor.browser.submit(&asked, "/disconnect", &[]).await
}

#[tokio::test(start_paused = true)]
async fn disconnecting_leaves_nothing_of_ours_at_xero_and_everything_at_go1() {
    let rig = Rig::new(1);
    let olivia = rig.visitor(&WATTLE);
    let (progress, _) = olivia.import().await;
    rig.pump().await;
    let people = rig.learners(&WATTLE).len();
    let done = expect(disconnect(&olivia).await, StatusCode::OK, "/disconnect");
    assert_eq!(connected(&rig, &WATTLE), 0);
    assert_eq!(rig.world.xero().live_refresh_tokens(), 0);
    assert_eq!(rig.state.find_grant(&owner(&rig, &WATTLE)).await.expect("memory answers"), None);
    assert_eq!(rig.learners(&WATTLE).len(), people);
    assert_eq!(rig.enrollments(&WATTLE).len(), 35);
    assert!(done.text.contains("href=\"/connect"), "the way back: {}", done.words());
    drop(progress);
    let entries = rig.state.audit_of(&tenant(&rig, &WATTLE).await.sign_up).await.expect("memory answers");
    assert!(
        entries.iter().any(|entry| matches!(entry.action, AuditAction::Disconnected { removed_at_xero: true, .. }))
    );
    // The next look offers to connect again, asks Xero nothing, and goes on afterwards.
    let asked = rig.world.xero().call_log().len();
    let courses = olivia.open("/preview").await;
    let obstacle = olivia.look(&courses).await;
    assert!(obstacle.text.contains("href=\"/connect"), "{}", obstacle.words());
    assert_eq!(rig.world.xero().call_log().len(), asked);
    let login = olivia.open("/connect?again").await;
    olivia.consent(&login).await;
    let courses = olivia.open("/preview").await;
    expect(olivia.look(&courses).await, StatusCode::OK, "/preview/people");
    assert_eq!(tenant(&rig, &WATTLE).await.disconnected, None);
}

#[tokio::test(start_paused = true)]
async fn another_organisation_of_the_same_login_keeps_its_connection_and_its_tokens() {
    let rig = Rig::new(2);
    let olivia = rig.visitor(&WATTLE);
    olivia.reach_courses().await;
    let at_harbour = rig.visitor(&HARBOUR);
    let courses = at_harbour.reach_courses().await;
    disconnect(&olivia).await;
    assert_eq!((connected(&rig, &WATTLE), connected(&rig, &HARBOUR)), (0, 1));
    assert_eq!(rig.world.xero().calls(xero::endpoint::REVOCATION), 0, "revoking would take the other one too");
    expect(at_harbour.look(&courses).await, StatusCode::OK, "/preview/people");
}

#[tokio::test(start_paused = true)]
async fn pressing_twice_or_again_after_coming_back_disconnects_once() {
    let rig = Rig::new(3);
    let olivia = rig.visitor(&WATTLE);
    olivia.reach_courses().await;
    let asked = olivia.open("/disconnect").await;
    let tab = olivia.clone();
    let (one, other) =
        tokio::join!(olivia.browser.submit(&asked, "/disconnect", &[]), tab.browser.submit(&asked, "/disconnect", &[]));
    assert_eq!((one.status, other.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(connected(&rig, &WATTLE), 0);
    let login = olivia.open("/connect?again").await;
    olivia.consent(&login).await;
    let replayed = olivia.browser.submit(&asked, "/disconnect", &[]).await;
    assert_eq!(replayed.status, StatusCode::FORBIDDEN, "the form is of a session that is over");
    assert_eq!(connected(&rig, &WATTLE), 1);
}

#[tokio::test(start_paused = true)]
async fn whoever_signed_up_connects_it_again_by_logging_in_with_xero_on_any_browser() {
    let rig = Rig::new(9);
    let olivia = rig.visitor(&WATTLE);
    olivia.import().await;
    rig.pump().await;
    for visitor in [rig.visitor(&WATTLE), olivia.clone()] {
        disconnect(&olivia).await;
        assert_eq!(connected(&rig, &WATTLE), 0);
        let login = visitor.open("/connect").await;
        assert_eq!(visitor.consent(&login).await.status, StatusCode::OK);
        assert_eq!((connected(&rig, &WATTLE), tenant(&rig, &WATTLE).await.disconnected), (1, None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_disconnect_that_xero_does_not_answer_can_be_pressed_again_until_all_is_gone() {
    for endpoint in [xero::endpoint::DELETE_CONNECTION, xero::endpoint::CONNECTIONS, xero::endpoint::REVOCATION] {
        let rig = Rig::new(4);
        let olivia = rig.visitor(&WATTLE);
        olivia.reach_courses().await;
        rig.world.xero().faults().add(Fault::always(endpoint, FaultKind::status(503)));
        assert_eq!(disconnect(&olivia).await.status, StatusCode::SERVICE_UNAVAILABLE, "{endpoint}");
        assert_eq!(tenant(&rig, &WATTLE).await.disconnected, None, "{endpoint}");
        rig.world.xero().faults().clear();
        expect(disconnect(&olivia).await, StatusCode::OK, "/disconnect");
        let world = rig.world.xero();
        assert!(world.connections().is_empty() && world.live_refresh_tokens() == 0, "{endpoint}");
    }
}

#[tokio::test(start_paused = true)]
async fn access_that_was_revoked_before_is_forgotten_here_as_well() {
    let rig = Rig::new(5);
    let olivia = rig.visitor(&WATTLE);
    olivia.reach_courses().await;
    let refused = FaultKind::answer(400, &[("content-type", "application/json")], r#"{"error":"invalid_grant"}"#);
    rig.wait(Duration::from_secs(1_900)).await;
    rig.world.xero().faults().add(Fault::always(xero::endpoint::TOKEN, refused));
    let done = expect(disconnect(&olivia).await, StatusCode::OK, "/disconnect");
    assert!(done.words().contains("we could not remove the connection there"), "{}", done.words());
    assert_eq!(rig.state.find_grant(&owner(&rig, &WATTLE)).await.expect("memory answers"), None);
    let entries = rig.state.audit_of(&tenant(&rig, &WATTLE).await.sign_up).await.expect("memory answers");
    let told = |action: &AuditAction| matches!(action, AuditAction::Disconnected { removed_at_xero: false, .. });
    assert!(entries.iter().any(|entry| told(&entry.action)));
}

#[tokio::test(start_paused = true)]
async fn a_portal_s_organisation_is_reconnected_by_a_colleague_and_by_no_other_organisation() {
    let rig = Rig::new(6);
    let olivia = rig.visitor(&WATTLE);
    olivia.import().await;
    rig.pump().await;
    // In Olivia's browser, which has the session, another organisation of hers.
    let wrong = Visitor { customer: HARBOUR, ..olivia.clone() };
    let login = olivia.open("/connect?again").await;
    let refused = wrong.consent(&login).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
    assert!(refused.words().contains("Wattle Grove Books"), "{}", refused.words());
    assert_eq!((connected(&rig, &WATTLE), connected(&rig, &HARBOUR)), (1, 0), "only the new one went again");
    // A colleague who may read its people takes over; what Olivia gave is given back.
    rig.world.xero().set_payroll_administrator(WATTLE.organisation, MEI.xero_user, true);
    let colleague = Visitor { customer: MEI, ..olivia.clone() };
    let login = olivia.open("/connect?again").await;
    colleague.consent(&login).await;
    let kept = tenant(&rig, &WATTLE).await;
    assert_eq!(owner(&rig, &MEI), GrantOwner::XeroUser(kept.xero_user));
    assert_eq!(connected(&rig, &WATTLE), 1);
    assert_eq!(rig.state.find_grant(&owner(&rig, &WATTLE)).await.expect("memory answers"), None);
}
