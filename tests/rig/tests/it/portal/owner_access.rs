//! An administrator of the portal ends the access of whoever signed up.

use domain::audit::AuditAction;
use http::StatusCode;
use rig::{MEI, Rig, Sent, WATTLE, expect};

use super::token_of;

const END: &str = "/portal/settings/end-owner";

#[tokio::test(start_paused = true)]
async fn an_administrator_ends_the_owner_s_access_at_once_and_for_good() {
    let rig = Rig::new(1);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    let settings = expect(ada.open("/portal/settings").await, StatusCode::OK, "/portal/settings");
    assert!(settings.words().contains("Olivia Hartley"), "{}", settings.words());
    let ended = expect(ada.browser.submit(&settings, END, &[]).await, StatusCode::OK, "/portal/settings");
    assert!(ended.words().contains("That access has ended"), "{}", ended.words());
    assert!(ended.form(END).is_err(), "there is nothing more to end");
    // At once, in the browser that was in.
    for path in ["/preview", "/get-started", "/disconnect", &format!("/imports/{import}/report.csv")] {
        assert_eq!(olivia.open(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    // And for good: neither she nor a colleague gets in by a login at Xero.
    for customer in [&WATTLE, &MEI] {
        let refused = rig.visitor(customer).arrive().await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
        assert!(refused.words().contains(&rig.domain_of(&WATTLE)), "the way in that is left: {}", refused.words());
    }
    // The administrator goes on as before.
    expect(ada.look_again().await, StatusCode::OK, "/preview/people");
    let trail = rig.trail(&WATTLE).await;
    let entry = trail.iter().find(|entry| entry.action == AuditAction::OwnerAccessEnded).expect("an entry");
    assert_eq!(entry.by.as_deref(), Some("Olivia Hartley"), "the account that administers it is hers");
}

#[tokio::test(start_paused = true)]
async fn nobody_else_ends_the_owner_s_access_and_a_second_press_changes_nothing() {
    let rig = Rig::new(2);
    let (olivia, _) = rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    let settings = ada.open("/portal/settings").await;
    let by_owner = Sent::post(&olivia.open("/get-started").await, END, &token_of(&olivia.open("/get-started").await));
    assert_eq!(olivia.browser.send(&by_owner).await.status, StatusCode::UNAUTHORIZED);
    let forged = Sent::post(&settings, END, &[("form_token".to_owned(), "0".to_owned())]);
    assert_eq!(ada.browser.send(&forged).await.status, StatusCode::FORBIDDEN);
    assert_eq!(olivia.open("/get-started").await.status, StatusCode::OK, "hers is as it was");
    for _ in 0..2 {
        expect(ada.browser.submit(&settings, END, &[]).await, StatusCode::OK, "/portal/settings");
    }
    let trail = rig.trail(&WATTLE).await;
    assert_eq!(trail.iter().filter(|entry| entry.action == AuditAction::OwnerAccessEnded).count(), 1);
}
