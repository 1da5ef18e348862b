//! An administrator's session that nobody uses.

use std::time::Duration;

use domain::clock::Clock as _;
use http::StatusCode;
use rig::{Rig, WATTLE, expect};

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test(start_paused = true)]
async fn an_administrator_who_does_nothing_for_half_an_hour_is_out_and_told_why() {
    let rig = Rig::new(1);
    rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    rig.wait(29 * MINUTE).await;
    let settings = expect(ada.open("/portal/settings").await, StatusCode::OK, "/portal/settings");
    rig.wait(30 * MINUTE).await;
    for path in ["/portal", "/portal/settings", "/preview"] {
        let over = ada.open(path).await;
        assert_eq!((over.status, over.url.path()), (StatusCode::UNAUTHORIZED, path));
        assert!(over.words().contains("half an hour in which you open nothing"), "{}", over.words());
        assert!(over.text.contains("href=\"/portal/login"), "{}", over.text);
    }
    let pressed = ada.browser.submit(&settings, "/portal/settings/end-owner", &[]).await;
    assert_eq!(pressed.status, StatusCode::UNAUTHORIZED, "and nothing is done: {}", pressed.words());
    assert!(rig.kept_sign_up(&WATTLE).await.owner.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_reconnection_at_xero_is_a_use_and_gives_no_more_time() {
    let rig = Rig::new(2);
    rig.imported(&WATTLE).await;
    let ada = rig.administrator(&WATTLE).await;
    let began = rig.kept_session(&ada).await.started_at;
    rig.wait(29 * MINUTE).await;
    expect(ada.connect_again().await, StatusCode::OK, "/portal");
    let replaced = rig.kept_session(&ada).await;
    assert_eq!((replaced.started_at, replaced.used_at()), (began, rig.clock.now()));
    rig.wait(29 * MINUTE).await;
    expect(ada.open("/portal").await, StatusCode::OK, "/portal");
    rig.wait(5 * MINUTE).await;
    let over = ada.open("/portal").await;
    assert!(over.words().contains("after an hour"), "{}", over.words());
}
