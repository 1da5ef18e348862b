//! What an attack leaves: one event each, which says the guard, the browser and the portal, and nobody's name.

use http::{HeaderValue, StatusCode};
use rig::{BLUEGUM, MEI, Rig, SESSION, Sent, WATTLE, address, with_query};
use serde_json::{Value, json};
use stand_ins::{Fault, FaultKind, xero};
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

/// The guards of the events of a log, in order.
fn guards(log: &str) -> Vec<String> {
    events(log).iter().map(|event| event["guard"].as_str().expect("a guard").to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn whoever_tries_a_login_that_is_not_theirs_leaves_an_event_at_each() {
    let rig = Rig::new(2);
    rig.imported(&WATTLE).await;
    log::catch();
    // Another portal's administrator.
    let elsewhere = rig.world.go1().portal("coastal.mygo1.com").expect("a portal of the world");
    let edith = rig.visitor(&WATTLE);
    let login = edith.configure(&rig.domain_of(&WATTLE)).await;
    let refused = edith.log_in_as(&login, &elsewhere.administrator.expect("Edith")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.words());
    // An answer of GO1's to nobody's question, and a code of Xero's that was made up.
    let mallory = rig.visitor(&BLUEGUM);
    mallory.open("/oauth/go1/callback?state=made-up&code=made-up").await;
    mallory.sign_up().await;
    let asked = mallory.browser.last_redirect();
    let state = asked.query_pairs().find(|(name, _)| name == "state").expect("a state").1.into_owned();
    let back = with_query(&address("/oauth/xero/callback?code=made-up"), "state", Some(&state));
    mallory.browser.open(&back).await;
    // An answer of Xero's that says who came, and is not signed by it.
    let victim = rig.visitor(&BLUEGUM);
    let login = victim.sign_up().await;
    let back = victim.consent_without_return(&login, "allow").await;
    let scopes = "openid profile email offline_access accounting.settings.read payroll.employees.read";
    let xero = rig.world.xero();
    let tokens = xero.sign_in(BLUEGUM.xero_user, &[BLUEGUM.organisation], scopes).expect("tokens");
    let mut tokens = json!(tokens);
    tokens["id_token"] = json!("e30.e30.e30");
    let answer = FaultKind::answer(200, &[("content-type", "application/json")], &tokens.to_string());
    xero.faults().add(Fault::next(xero::endpoint::TOKEN, answer));
    victim.browser.open(&back).await;
    assert_eq!(guards(&log::caught()), ["another-portal", "go1-answer", "xero-code", "xero-identity"]);
}

#[tokio::test(start_paused = true)]
async fn whoever_comes_for_what_is_another_s_or_no_longer_theirs_or_too_often_leaves_an_event_at_each() {
    let rig = Rig::new(3);
    let (olivia, import) = rig.imported(&WATTLE).await;
    log::catch();
    // A colleague from a sign-up of her own.
    let mei = rig.visitor(&MEI);
    let named = mei.reach_organisations().await;
    assert_eq!(mei.confirm_organisation(&named).await.status, StatusCode::CONFLICT);
    // Whom Xero has removed.
    assert!(rig.world.xero().remove_member(WATTLE.organisation, WATTLE.xero_user));
    let report = olivia.open(&format!("/imports/{import}/report.csv")).await;
    assert_eq!(report.status, StatusCode::FORBIDDEN, "{}", report.words());
    // Somebody who goes on and on.
    let mallory = rig.visitor(&BLUEGUM);
    for number in 0..21 {
        let form = mallory.open("/signup?another").await;
        let fields = form.filled_in("/signup", &BLUEGUM.details()).expect("a form");
        let mut sent = Sent::post(&form, "/signup", &fields);
        sent.headers.insert("x-forwarded-for", HeaderValue::from_static("203.0.113.7"));
        let is_too_often = mallory.browser.send(&sent).await.status == StatusCode::TOO_MANY_REQUESTS;
        assert_eq!(is_too_often, number == 20, "{number}");
    }
    assert_eq!(guards(&log::caught()), ["anothers-organisation", "role-lost", "too-often"]);
}
