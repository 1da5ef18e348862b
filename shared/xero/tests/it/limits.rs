//! Xero's limits: seconds are waited, hours are an error that says when.

use std::sync::Arc;
use std::time::Duration;

use crate::support::{client, now, scripted, secret, tenant, token};
use domain::country::PeopleSource;
use domain::ids::TenantId;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use stand_ins::xero::endpoint;
use stand_ins::{TokioClock, World, WorldSettings, XeroLimit};
use tokio::time::Instant;
use transport::{Answer, RouterTransport, Script};
use xero::{RateLimit, XeroClient, XeroError};

const OLIVIA: &str = "olivia.hartley@example.com";
const HARBOUR: &str = "Harbour & Hearth Hospitality";

/// A world whose time passes while the client waits.
fn passing_world(latency: Duration) -> (World, XeroClient) {
    let clock = Arc::new(TokioClock::starting_at(now()));
    let settings = WorldSettings { clock, xero_latency: latency, ..WorldSettings::default() };
    let issuer = settings.xero_public_url.clone();
    let world = World::new(settings);
    let transport = RouterTransport::new(stand_ins::xero::router(world.clone()));
    (world, client(&issuer, Arc::new(transport)))
}

/// Uses up a limit and looks: what came of it, after how long, and in how many reads.
async fn look(limit: XeroLimit, lasting: i64) -> (Result<usize, XeroError>, Duration, usize) {
    let (world, client) = passing_world(Duration::ZERO);
    assert!(world.xero().set_head_count(HARBOUR, 5));
    let (token, tenant) = (token(&world, OLIVIA, HARBOUR), tenant(&world, HARBOUR));
    assert!(world.xero().exhaust(limit, HARBOUR, SignedDuration::from_secs(lasting)));
    let start = Instant::now();
    let people = client.people(&token, &tenant, PeopleSource::PayrollEmployees).await;
    (people.map(|people| people.len()), start.elapsed(), world.xero().calls(endpoint::EMPLOYEES))
}

#[tokio::test(start_paused = true)]
async fn a_wait_of_seconds_is_waited_whatever_the_limit() {
    for limit in [XeroLimit::Minute, XeroLimit::Day] {
        for lasting in [1, 3, 5] {
            let (people, waited, reads) = look(limit, lasting).await;
            assert_eq!((people, reads), (Ok(5), 3), "{limit:?}");
            assert_eq!(waited.as_secs(), lasting.unsigned_abs(), "{limit:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_longer_wait_is_an_error_at_once_that_says_when_it_ends() {
    for (limit, lasting, expected) in [
        (XeroLimit::Minute, 6, RateLimit::Minute),
        (XeroLimit::Minute, 60, RateLimit::Minute),
        (XeroLimit::Day, 66_975, RateLimit::Day),
    ] {
        let (people, waited, reads) = look(limit, lasting).await;
        let failure = people.expect_err("limited");
        assert!(matches!(failure, XeroError::RateLimited { limit, .. } if limit == expected), "{failure:?}");
        assert_eq!((waited, reads), (Duration::ZERO, 1), "{limit:?}");
        assert_eq!(failure.retry_after(now()), Some(SignedDuration::from_secs(lasting)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_limit_that_says_no_time_is_tried_three_times() {
    for (limit, expected) in
        [(XeroLimit::Concurrent, RateLimit::Concurrent), (XeroLimit::AppMinute, RateLimit::AppMinute)]
    {
        let (people, waited, reads) = look(limit, 30).await;
        let failure = people.expect_err("limited");
        assert!(matches!(failure, XeroError::RateLimited { limit, retry_after: None, .. } if limit == expected));
        assert!(waited > Duration::ZERO && waited < Duration::from_secs(2), "{waited:?}");
        assert_eq!(reads, 3, "{limit:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_sixth_call_at_the_same_time_waits_for_its_turn() {
    let (world, client) = passing_world(Duration::from_millis(90));
    let (token, tenant) = (token(&world, OLIVIA, HARBOUR), tenant(&world, HARBOUR));
    let answers = join_all((0..6).map(|_| client.organisation(&token, &tenant))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(world.xero().calls(endpoint::ORGANISATION), 7);
}

async fn users(script: &Script) -> Result<usize, XeroError> {
    let people = scripted(script).people(&secret("t"), &TenantId::new("t"), PeopleSource::XeroUsers).await;
    people.map(|people| people.len())
}

#[tokio::test(start_paused = true)]
async fn a_limits_kind_is_read_in_any_case() {
    for (problem, expected) in [
        ("minute", RateLimit::Minute),
        ("Day", RateLimit::Day),
        ("CONCURRENT", RateLimit::Concurrent),
        ("AppMinute", RateLimit::AppMinute),
        ("appminute", RateLimit::AppMinute),
        ("else", RateLimit::Unknown),
        ("", RateLimit::Unknown),
    ] {
        let answer =
            Answer::new(429, "Rate limit").header("x-rate-limit-problem", problem).header("retry-after", 66_975);
        let script = Script::new([answer]);
        let failure = users(&script).await.expect_err("limited");
        assert!(matches!(failure, XeroError::RateLimited { limit, .. } if limit == expected), "{problem}");
        assert_eq!(script.requests().len(), 1);
    }
    let failure = users(&Script::new([Answer::new(429, "")])).await.expect_err("limited");
    assert!(matches!(failure, XeroError::RateLimited { limit: RateLimit::Unknown, .. }), "{failure:?}");
    // How it was told before OAuth 2.
    let failure = users(&Script::new([Answer::new(503, "Rate Limit Exceeded")])).await.expect_err("limited");
    assert!(matches!(failure, XeroError::RateLimited { limit: RateLimit::Unknown, .. }), "{failure:?}");
}

fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[tokio::test(start_paused = true)]
async fn a_wait_can_be_a_date() {
    let limited = |seconds: i64| {
        let until = http_date(now() + SignedDuration::from_secs(seconds));
        Answer::new(429, "").header("x-rate-limit-problem", "day").header("retry-after", until)
    };
    // The server's clock is an hour ahead of ours: its own `Date` counts.
    let dated = |seconds: i64| limited(seconds + 3600).header("date", http_date(now() + SignedDuration::from_hours(1)));

    let start = Instant::now();
    let script = Script::new([dated(4), Answer::new(200, json!({ "Users": [] }))]);
    assert_eq!(users(&script).await, Ok(0));
    assert_eq!(start.elapsed(), Duration::from_secs(4));

    for answer in [limited(40_000), dated(40_000)] {
        let script = Script::new([answer]);
        let failure = users(&script).await.expect_err("limited");
        assert_eq!(failure.retry_after(now()), Some(SignedDuration::from_secs(40_000)));
        assert_eq!(script.requests().len(), 1);
    }
}
