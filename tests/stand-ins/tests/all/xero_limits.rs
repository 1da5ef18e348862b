use std::time::Duration;

use axum::http::StatusCode;
use jiff::SignedDuration;
use stand_ins::{WorldSettings, XeroLimit, XeroTier};

use crate::support::{Answer, Fixture, HARBOUR, OLIVIA, SCOPES, get, xero};
use crate::xero_api::ORGANISATION;

const WATTLE: &str = "Wattle Grove Books";

fn refusal(answer: &Answer) -> (u16, &str, &str) {
    (answer.status.as_u16(), answer.header("x-rate-limit-problem"), answer.header("retry-after"))
}

#[tokio::test]
async fn sixty_calls_a_minute_and_a_number_a_day_for_each_organisation() {
    let fixture = Fixture::with(|settings| settings.xero_limits.day = 70);
    let (token, tenant) = fixture.olivia();
    let ask = async || get(&fixture.xero, ORGANISATION, &xero(&token, &tenant)).await;
    for _ in 0..60 {
        assert_eq!(ask().await.status, StatusCode::OK);
    }
    let answer = ask().await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!((answer.header("x-rate-limit-problem"), answer.header("retry-after")), ("minute", "60"));
    assert_eq!(answer.header("x-minlimit-remaining"), "0");
    fixture.clock.advance(SignedDuration::from_secs(60));
    for _ in 0..10 {
        assert_eq!(ask().await.status, StatusCode::OK);
    }
    let answer = ask().await;
    assert_eq!((answer.header("x-rate-limit-problem"), answer.header("retry-after")), ("day", "86340"));
}

#[tokio::test(start_paused = true)]
async fn five_calls_at_the_same_time_for_each_organisation() {
    let fixture = Fixture::with(|settings| settings.xero_latency = Duration::from_millis(200));
    let (token, tenant) = fixture.olivia();
    let headers = xero(&token, &tenant);
    let calls = (0..6).map(|_| get(&fixture.xero, ORGANISATION, &headers));
    let answers = futures::future::join_all(calls).await;
    let refused: Vec<&Answer> =
        answers.iter().filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS).collect();
    assert_eq!(refused.len(), 1);
    assert_eq!((refused[0].header("x-rate-limit-problem"), refused[0].header("retry-after")), ("concurrent", ""));
    assert_eq!(get(&fixture.xero, ORGANISATION, &headers).await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_calls_of_all_organisations_count_for_the_app() {
    let fixture = Fixture::with(|settings| settings.xero_limits.app_minute = 3);
    let tokens = fixture.world.xero().sign_in(OLIVIA, &[HARBOUR, WATTLE], SCOPES).expect("tokens").access_token;
    let tenant = |name: &str| fixture.world.xero().organisation(name).expect("an organisation").tenant_id;
    for name in [HARBOUR, WATTLE] {
        assert_eq!(get(&fixture.xero, ORGANISATION, &xero(&tokens, &tenant(name))).await.status, StatusCode::OK);
    }
    let bearer = [("authorization", format!("Bearer {tokens}"))];
    assert_eq!(get(&fixture.xero, "/connections", &bearer).await.status, StatusCode::OK);
    let answer = get(&fixture.xero, "/connections", &bearer).await;
    assert_eq!(refusal(&answer), (429, "appminute", ""));
    assert_eq!(answer.header("x-appminlimit-remaining"), "0");
    fixture.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(get(&fixture.xero, "/connections", &bearer).await.status, StatusCode::OK);
}

#[tokio::test]
async fn each_limit_can_be_used_up_for_as_long_as_a_test_wants() {
    for (limit, seconds, problem, retry_after) in [
        (XeroLimit::Minute, 20, "minute", "20"),
        (XeroLimit::Day, 66_975, "day", "66975"),
        (XeroLimit::Day, 200_000, "day", "200000"),
        (XeroLimit::Concurrent, 5, "concurrent", ""),
        (XeroLimit::AppMinute, 40, "appminute", ""),
    ] {
        let fixture = Fixture::new();
        let ask = async |name: &str| {
            let (token, tenant) = fixture.signed_in(OLIVIA, name);
            get(&fixture.xero, ORGANISATION, &xero(&token, &tenant)).await
        };
        assert_eq!(ask(HARBOUR).await.status, StatusCode::OK);
        assert!(fixture.world.xero().exhaust(limit, HARBOUR, SignedDuration::from_secs(seconds)));
        assert_eq!(refusal(&ask(HARBOUR).await), (429, problem, retry_after));
        let other = ask(WATTLE).await.status;
        assert_eq!(other == StatusCode::OK, limit != XeroLimit::AppMinute, "each organisation has its own");
        fixture.clock.advance(SignedDuration::from_secs(seconds - 1));
        assert_eq!(ask(HARBOUR).await.status, StatusCode::TOO_MANY_REQUESTS, "{limit:?}");
        fixture.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(ask(HARBOUR).await.status, StatusCode::OK, "{limit:?}");
    }
    assert!(!Fixture::new().world.xero().exhaust(XeroLimit::Day, "Nobody", SignedDuration::ZERO));
}

#[tokio::test]
async fn what_a_tier_allows_is_enforced() {
    let fixture = Fixture::with(|settings| *settings = settings.clone().on_tier(XeroTier::Starter));
    let tokens = fixture.world.xero().sign_in(OLIVIA, &[HARBOUR], SCOPES).expect("tokens").access_token;
    let tenant = fixture.world.xero().organisation(HARBOUR).expect("Harbour & Hearth").tenant_id;
    let answer = get(&fixture.xero, ORGANISATION, &xero(&tokens, &tenant)).await;
    assert_eq!(answer.header("x-daylimit-remaining"), "999");
    let of = |tier| WorldSettings::default().on_tier(tier);
    assert_eq!(of(XeroTier::Starter).xero_connection_limit, Some(5));
    assert_eq!(
        (of(XeroTier::Plus).xero_connection_limit, of(XeroTier::Plus).xero_bulk_connections),
        (Some(1_000), false)
    );
    assert!(of(XeroTier::Enterprise).xero_connection_limit.is_none() && of(XeroTier::Enterprise).xero_bulk_connections);
}
