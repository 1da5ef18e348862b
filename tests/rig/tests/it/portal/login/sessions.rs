//! What a session of an administrator is, how long, and beside whose.

use std::time::Duration;

use domain::audit::AuditAction;
use domain::existing_portal::ADMINISTRATOR_LIFETIME;
use http::header::{ORIGIN, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use proptest::prelude::*;
use rig::{BLUEGUM, Rig, SESSION, Sent, WATTLE, expect};
use stand_ins::go1::ADMINISTRATOR;

use super::{returning, trail};

#[tokio::test(start_paused = true)]
async fn a_session_lasts_an_hour_and_only_go1_renews_it() {
    let (rig, ada, back) = returning(15).await;
    ada.browser.open(&back).await;
    let cookie = ada.browser.cookie(SESSION).expect("a session");
    for _ in 0..3 {
        rig.wait(Duration::from_mins(19)).await;
        expect(ada.open("/portal").await, StatusCode::OK, "/portal");
    }
    rig.wait(Duration::from_mins(3)).await;
    for path in ["/portal", "/portal/users", "/preview", "/portal/connect"] {
        let over = ada.open(path).await;
        assert_eq!((over.status, over.url.path()), (StatusCode::UNAUTHORIZED, path));
        assert!(over.words().contains("You’ve been signed out"), "{}", over.words());
        assert!(over.text.contains("href=\"/portal/login"), "{}", over.text);
    }
    // Whoever presses Configure again has pressed enough.
    let login = ada.configure(&rig.domain_of(&WATTLE)).await;
    expect(ada.log_in_as(&login, &rig.administrator_of(&WATTLE)).await, StatusCode::OK, "/portal");
    assert_ne!(ada.browser.cookie(SESSION), Some(cookie.clone()));
    ada.browser.set_cookie(SESSION, &cookie);
    assert_eq!(ada.open("/portal").await.status, StatusCode::UNAUTHORIZED, "the one before is gone");
}

#[tokio::test(start_paused = true)]
async fn a_login_ends_the_session_before_it_and_logging_out_ends_its_own() {
    let (rig, ada, back) = returning(16).await;
    ada.browser.open(&back).await;
    let first = ada.browser.cookie(SESSION).expect("a session");
    let login = ada.open("/portal/login").await;
    let overview = ada.log_in_as(&login, &rig.administrator_of(&WATTLE)).await;
    let second = ada.browser.cookie(SESSION).expect("a session");
    let forged = Sent::post(&overview, "/portal/logout", &[("form_token".to_owned(), "0".to_owned())]);
    assert_eq!(ada.browser.send(&forged).await.status, StatusCode::FORBIDDEN);
    expect(ada.open("/portal").await, StatusCode::OK, "/portal");
    let out = expect(ada.browser.submit(&overview, "/portal/logout", &[]).await, StatusCode::OK, "/portal/logout");
    assert!(out.words().contains("You’re signed out"), "{}", out.words());
    assert_eq!(ada.browser.cookie(SESSION).filter(|value| !value.is_empty()), None);
    for ended in [first, second] {
        ada.browser.set_cookie(SESSION, &ended);
        assert_eq!(ada.open("/portal").await.status, StatusCode::UNAUTHORIZED);
    }
    // The second press of the same button finds nothing to end.
    expect(ada.browser.submit(&overview, "/portal/logout", &[]).await, StatusCode::OK, "/portal/logout");
}

#[tokio::test(start_paused = true)]
async fn another_site_logs_nobody_out() {
    let (_rig, ada, back) = returning(18).await;
    let overview = ada.browser.open(&back).await;
    let mut forged = Sent::post(&overview, "/portal/logout", &[("form_token".to_owned(), "0".to_owned())]);
    forged.from = Some("https://evil.example/".parse().expect("an address"));
    forged.headers.insert(ORIGIN, HeaderValue::from_static("https://evil.example"));
    let answer = ada.browser.send(&forged).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.words());
    assert!(!answer.headers.contains_key(SET_COOKIE), "the browser keeps its session");
    expect(ada.open("/portal").await, StatusCode::OK, "/portal");
}

#[tokio::test(start_paused = true)]
async fn two_logins_at_the_same_time_bring_one_in_and_harm_neither() {
    let (rig, ada, back) = returning(17).await;
    let other_tab = ada.clone();
    let login = other_tab.open("/portal/login").await;
    let second = other_tab.log_in_without_return(&login, &rig.administrator_of(&WATTLE)).await;
    let (one, two) = tokio::join!(ada.browser.open(&back), ada.browser.open(&second));
    assert!([&one, &two].iter().any(|page| page.status == StatusCode::OK), "{} {}", one.words(), two.words());
    expect(ada.open("/portal").await, StatusCode::OK, "/portal");
    // The very same answer, twice at once: it counts once.
    let (_rig, ada, back) = returning(18).await;
    let (one, two) = tokio::join!(ada.browser.open(&back), ada.browser.open(&back));
    assert_eq!([&one, &two].iter().filter(|page| page.url.path() == "/portal").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_door_of_the_portal_leads_everybody_to_go1_s_login_who_is_not_in() {
    let rig = Rig::new(19);
    let olivia = rig.visitor(&WATTLE);
    olivia.import().await;
    // The owner's own session, from Xero: GO1 says who administers the portal, not Xero.
    let login = expect(olivia.open("/portal").await, StatusCode::OK, "/oauth/authorize");
    expect(olivia.open("/portal/users").await, StatusCode::OK, "/oauth/authorize");
    expect(olivia.open("/preview").await, StatusCode::OK, "/preview");
    let before = olivia.browser.cookie(SESSION).expect("a session");
    expect(olivia.log_in_as(&login, &rig.administrator_of(&WATTLE)).await, StatusCode::OK, "/portal");
    olivia.browser.set_cookie(SESSION, &before);
    assert_eq!(olivia.open("/preview").await.status, StatusCode::UNAUTHORIZED, "the session before is gone");
    // A browser without any cookie, a hint that is none, and a door elsewhere.
    let stranger = rig.visitor(&WATTLE);
    for path in ["/portal", "/portal?portal=//evil.example", "/portal?portal=evil.example.com", "/portal?portal="] {
        stranger.browser.forget_cookies();
        expect(stranger.open(path).await, StatusCode::OK, "/oauth/authorize");
    }
}

#[tokio::test(start_paused = true)]
async fn an_administrator_of_two_portals_is_asked_by_go1_again_at_the_second() {
    let (rig, ada, back) = returning(20).await;
    rig.visitor(&BLUEGUM).reach_people().await;
    ada.browser.open(&back).await;
    // The session of the first is no key to another.
    expect(ada.configure("coastal.mygo1.com").await, StatusCode::OK, "/oauth/authorize");
    expect(ada.configure(&rig.domain_of(&WATTLE)).await, StatusCode::OK, "/portal");
}

#[tokio::test(start_paused = true)]
async fn two_administrators_of_a_portal_are_in_at_the_same_time_each_by_their_own_name() {
    let (rig, ada, back) = returning(23).await;
    let bruno = rig.learners(&WATTLE).remove(0);
    rig.world.go1().set_role(&bruno.id, ADMINISTRATOR);
    let other = rig.visitor(&WATTLE);
    let login = other.configure(&rig.domain_of(&WATTLE)).await;
    let (one, two) = tokio::join!(ada.browser.open(&back), other.log_in_as(&login, &bruno.id));
    for page in [one, two] {
        expect(page, StatusCode::OK, "/portal");
    }
    for visitor in [&ada, &other] {
        expect(visitor.open("/portal/settings").await, StatusCode::OK, "/portal/settings");
    }
    let name = format!("{} {}", bruno.given_name, bruno.family_name);
    let entered = trail(&rig).await.into_iter();
    let entered = entered.filter(|(_, action)| matches!(action, AuditAction::AdministratorEntered { .. }));
    let mut names: Vec<_> = entered.filter_map(|(by, _)| by).collect();
    names.sort();
    let mut expected = ["Olivia Hartley".to_owned(), name];
    expected.sort();
    assert_eq!(names, expected);
}

#[tokio::test(start_paused = true)]
async fn an_administrator_finds_nothing_of_another_portal_at_any_address() {
    let (rig, ada, back) = returning(24).await;
    rig.world.xero().set_head_count(BLUEGUM.organisation, 2);
    let (_, theirs) = rig.visitor(&BLUEGUM).import().await;
    ada.browser.open(&back).await;
    for path in
        [format!("/imports/{theirs}"), format!("/imports/{theirs}/report.csv"), format!("/portal/undo/{theirs}")]
    {
        let (foreign, missing) = (ada.open(&path).await, ada.open(&path.replace(theirs.as_str(), "0")).await);
        assert_eq!((foreign.status, missing.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{path}");
        assert_eq!(foreign.words(), missing.words());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_session_of_an_administrator_outlives_an_hour(
        seed in 0_u64..1000,
        visits in prop::collection::vec((0_u64..2400, 0_usize..5), 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.expect("a runtime").block_on(async {
            let (rig, ada, back) = returning(seed).await;
            ada.browser.open(&back).await;
            let minutes = |minutes| Duration::from_mins(minutes);
            let hour = Duration::try_from(ADMINISTRATOR_LIFETIME).expect("an hour");
            let (mut since, mut used) = (Duration::ZERO, Duration::ZERO);
            for (seconds, path) in visits {
                rig.wait(Duration::from_secs(seconds)).await;
                since += Duration::from_secs(seconds);
                let path = ["/portal", "/portal/users", "/portal/settings", "/preview", "/disconnect"][path];
                let status = ada.open(path).await.status;
                let is_in = since < hour && since.saturating_sub(used) < minutes(30);
                let expected = if is_in { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
                assert_eq!(status, expected, "{path} after {since:?}, last used after {used:?}");
                if is_in && since.saturating_sub(used) >= minutes(5) {
                    used = since;
                }
            }
        });
    }
}
