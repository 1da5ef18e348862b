//! What goes, what stays, and what is told of it.

use std::time::Duration;

use domain::audit::AuditAction;
use domain::erasure::{Removed, XeroEnding};
use http::StatusCode;
use rig::{PRAIRIE, Rig, WATTLE, expect};
use state::{AuditTrail as _, GrantOwner, ImportReader as _, SignUpReader as _};

use super::{erase, filled, found, marks, minutes_pass, receipt};

#[tokio::test(start_paused = true)]
async fn after_an_erasure_nobody_is_left_in_the_table_and_another_portal_is_as_it_was() {
    let rig = Rig::new(1);
    let (sam, _) = rig.imported(&PRAIRIE).await;
    rig.administrator(&PRAIRIE).await;
    let of_prairie = rig.state.items();
    let marks = marks(&rig);
    assert_eq!(found(&of_prairie, &marks), [""; 0], "the marks are Wattle's alone");

    let mei = filled(&rig).await;
    for mark in &marks {
        let before = found(&rig.state.items(), std::slice::from_ref(mark));
        assert!(!before.is_empty(), "{mark} is nowhere before, so this would show nothing");
    }
    let people = (rig.learners(&WATTLE), rig.enrollments(&WATTLE));
    let sign_up = rig.kept_tenant(&WATTLE).await.sign_up;

    let page = erase(&mei).await;
    let pressed = mei.browser.seen().into_iter().rfind(|answer| answer.url.path() == "/portal/erase");
    let pressed = pressed.expect("the answer to the press");
    assert_eq!(pressed.headers["clear-site-data"], "\"cache\", \"storage\"", "what the browser keeps goes as well");
    let left = found(&rig.state.items(), &marks);
    assert_eq!(left, [""; 0], "right after the press");
    minutes_pass(&rig).await;
    assert_eq!(found(&rig.state.items(), &marks), [""; 0]);
    let items = rig.state.items();
    for item in &of_prairie {
        assert!(items.contains(item), "touched: {item}");
    }
    assert_eq!((rig.learners(&WATTLE), rig.enrollments(&WATTLE)), people, "GO1's is GO1's");

    let portal = rig.kept_portal(&WATTLE).await;
    assert_eq!((portal.places_used, portal.imports_accepted, portal.administrator), (5, 1, None));
    assert_eq!(rig.kept_members(&WATTLE).await, []);
    assert_eq!(rig.state.imports_of(&portal.id).await.expect("memory"), []);
    assert_eq!(rig.kept_grant(&GrantOwner::Portal(portal.id.clone())).await, None);
    assert_eq!(rig.state.find_sign_up(&sign_up).await.expect("memory"), None);
    assert_eq!((rig.connections(&WATTLE), rig.connections(&PRAIRIE)), (0, 1));
    assert_eq!(rig.world.xero().live_refresh_tokens(), 1, "Sam's");
    let trail = rig.state.audit_of(&sign_up).await.expect("memory");
    assert!(trail.iter().any(|entry| matches!(entry.action, AuditAction::ImportConfirmed { people: 5, .. })));
    assert!(trail.iter().any(|entry| entry.action == AuditAction::Erased { portal: portal.id.clone() }));
    assert!(trail.iter().all(|entry| entry.by.is_none() && entry.from.is_none()));

    let receipt = receipt(&rig, &page).await;
    let Removed { sign_ups, plans, people, imports, members, xero_logins, go1_accesses, .. } = receipt.removed;
    assert_eq!((sign_ups, people, imports, members, go1_accesses), (1, 5, 1, 5, 1));
    assert_eq!((xero_logins, receipt.xero, receipt.places_used), (2, Some(XeroEnding::Removed), 5));
    assert!(plans >= 2, "{plans}");
    assert!(receipt.removed.sessions >= 2 && receipt.removed.audit_entries >= 5, "{:?}", receipt.removed);
    expect(sam.open("/preview").await, StatusCode::OK, "/preview");
}

#[tokio::test(start_paused = true)]
async fn a_receipt_names_nobody_is_read_without_a_session_and_is_gone_after_thirty_days() {
    let rig = Rig::new(2);
    let page = erase(&filled(&rig).await).await;
    let stranger = rig.visitor(&PRAIRIE);
    let path = page.url.path().to_owned();
    let marks = marks(&rig);
    let shown = expect(stranger.open(&path).await, StatusCode::OK, &path);
    let text = stranger.open(&format!("{path}/text")).await;
    assert_eq!(text.status, StatusCode::OK);
    let disposition = text.headers["content-disposition"].to_str().expect("text");
    assert!(disposition.starts_with("attachment; filename=\"erasure-receipt"), "{disposition}");
    for page in [&page, &shown, &text] {
        assert_eq!(found(std::slice::from_ref(&page.text), &marks), [""; 0]);
        assert!(page.text.contains("5 of 200"), "{}", page.text);
    }
    let other = format!("/portal/receipts/{}", "0".repeat(32));
    for missing in [other.clone(), format!("{other}/text")] {
        assert_eq!(stranger.open(&missing).await.status, StatusCode::NOT_FOUND);
    }
    rig.wait(Duration::from_hours(30 * 24)).await;
    for rest in ["", "/text"] {
        let late = stranger.open(&format!("{path}{rest}")).await;
        assert_eq!(
            (late.status, late.text),
            (StatusCode::NOT_FOUND, stranger.open(&format!("{other}{rest}")).await.text)
        );
    }
}
