//! What an attack leaves: one event each, which says the guard, the browser and the portal, and nobody's name.

use http::{HeaderValue, StatusCode};
use rig::{BLUEGUM, Rig, SESSION, Sent, WATTLE, with_query};
use serde_json::Value;
use web::SessionId;

use crate::log;

/// The fields of each security event of a log, in order.
fn events(log: &str) -> Vec<Value> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["event"] == "security").collect()
}

#[tokio::test(start_paused = true)]
async fn each_attack_leaves_one_event_with_its_guard_its_browser_and_its_portal() {
    let rig = Rig::new(1);
    rig.imported(&WATTLE).await;
    let domain = rig.domain_of(&WATTLE);
    log::catch();
    // A learner at the portal's door.
    let learner = rig.visitor(&WATTLE);
    let login = learner.configure(&domain).await;
    assert_eq!(learner.log_in_as(&login, &rig.learners(&WATTLE).remove(0).id).await.status, StatusCode::FORBIDDEN);
    // Codes that were made up.
    let mallory = rig.visitor(&BLUEGUM);
    let login = mallory.configure(&domain).await;
    let back = mallory.log_in_without_return(&login, &rig.administrator_of(&WATTLE)).await;
    mallory.browser.open(&with_query(&back, "code", Some("made-up"))).await;
    mallory.open("/oauth/xero/callback?state=made-up&code=made-up").await;
    // An administrator, and a form that is not theirs.
    let ada = rig.administrator(&WATTLE).await;
    let settings = ada.open("/portal/settings").await;
    let mut forged = Sent::post(&settings, "/portal/check", &[("form_token".to_owned(), "0".to_owned())]);
    forged.headers.insert("x-forwarded-for", HeaderValue::from_static("203.0.113.7"));
    ada.browser.send(&forged).await;
    let log = log::caught();
    let events = events(&log);
    let guards: Vec<_> = events.iter().map(|event| event["guard"].as_str().expect("a guard")).collect();
    assert_eq!(guards, ["no-administrator", "go1-code", "xero-answer", "administrator-entered", "form-token"]);
    assert_eq!([&events[0]["portal"], &events[3]["portal"]], [domain.as_str(); 2]);
    let cookie = ada.browser.cookie(SESSION).expect("a session");
    let hash = SessionId::parse(&cookie).expect("a session's id").hash().to_string();
    assert_eq!(events[4]["session"], hash[..16], "the browser, by its digest");
    assert!(events[4]["network"].as_str().is_some_and(|network| network.len() == 24), "{}", events[4]);
    assert!(!log.contains("203.0.113") && !log.contains(&cookie) && !log.contains("Hartley"), "{log}");
}
