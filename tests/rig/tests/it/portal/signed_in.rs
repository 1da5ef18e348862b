//! Who is signed in to a portal, as its administrators see it, and how they end it.

use std::time::Duration;

use http::StatusCode;
use rig::{PRAIRIE, Rig, Sent, WATTLE, expect};

use super::{says, token_of};

const OUT: &str = "/portal/settings/sign-out-others";

#[tokio::test(start_paused = true)]
async fn settings_lists_every_live_session_of_the_portal_and_ends_all_but_its_own() {
    let rig = Rig::new(1);
    let (olivia, import) = rig.imported(&WATTLE).await;
    let (sam, _) = rig.imported(&PRAIRIE).await;
    let (ada, other) = (rig.administrator(&WATTLE).await, rig.administrator(&WATTLE).await);
    let settings = expect(ada.open("/portal/settings").await, StatusCode::OK, "/portal/settings");
    says(&settings, &["Signed in now", "Olivia Hartley, who signed up", "This browser"]);
    assert_eq!(settings.words().matches("Olivia Hartley, administrator").count(), 2, "{}", settings.words());
    let out = expect(ada.browser.submit(&settings, OUT, &[]).await, StatusCode::OK, "/portal/settings");
    says(&out, &["Everyone else is signed out"]);
    assert!(out.form(OUT).is_err(), "nobody else is left: {}", out.words());
    assert!(!out.words().contains("who signed up, "), "{}", out.words());
    assert_eq!(other.open("/portal").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(olivia.open_import(&import).await.status, StatusCode::UNAUTHORIZED);
    expect(ada.open("/portal").await, StatusCode::OK, "/portal");
    expect(sam.open("/get-started").await, StatusCode::OK, "/get-started");
    // They have lost no access by it.
    expect(olivia.arrive().await, StatusCode::OK, &format!("/imports/{import}"));
}

#[tokio::test(start_paused = true)]
async fn what_is_over_is_not_listed() {
    let rig = Rig::new(2);
    rig.imported(&WATTLE).await;
    let left = rig.administrator(&WATTLE).await;
    rig.wait(Duration::from_mins(31)).await;
    let ada = rig.administrator(&WATTLE).await;
    let settings = expect(ada.open("/portal/settings").await, StatusCode::OK, "/portal/settings");
    assert!(settings.form(OUT).is_err(), "she is alone: {}", settings.words());
    assert!(!settings.words().contains("Olivia Hartley, who signed up"), "{}", settings.words());
    assert_eq!(settings.words().matches("Olivia Hartley, administrator").count(), 1, "{}", settings.words());
    assert_eq!(left.open("/portal").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn only_an_administrator_with_the_page_open_ends_the_others() {
    let rig = Rig::new(3);
    let (olivia, _) = rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    let settings = ada.open("/portal/settings").await;
    let page = olivia.open("/get-started").await;
    let by_owner = Sent::post(&page, OUT, &token_of(&page));
    assert_eq!(olivia.browser.send(&by_owner).await.status, StatusCode::UNAUTHORIZED);
    let forged = Sent::post(&settings, OUT, &[("form_token".to_owned(), "0".to_owned())]);
    assert_eq!(ada.browser.send(&forged).await.status, StatusCode::FORBIDDEN);
    for visitor in [&olivia, &ada] {
        expect(visitor.open("/preview").await, StatusCode::OK, "/preview");
    }
}
