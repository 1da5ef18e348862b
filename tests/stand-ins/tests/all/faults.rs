use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use stand_ins::go1::endpoint;
use stand_ins::{ConnectionCut, Fault, FaultKind, World, go1 as go1_stand_in, serve};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::support::{Fixture, call, get, go1, person};

async fn create(fixture: &Fixture, token: &str, email: &str) -> StatusCode {
    call(&fixture.go1, Method::POST, "/user-accounts", &go1(token), &person(email)).await.status
}

#[tokio::test]
async fn the_next_calls_fail_as_scripted_and_the_ones_after_them_do_not() {
    let fixture = Fixture::new();
    let (portal, _, token, _) = fixture.portal("shop", "AU").await;
    let faults = fixture.world.go1().faults();
    let too_many = FaultKind::answer(429, &[("retry-after", "7")], "slow down");
    faults.add(Fault::times(endpoint::LIST_USER_ACCOUNTS, 2, too_many).after(1));
    let mut seen = Vec::new();
    for _ in 0..4 {
        let answer = get(&fixture.go1, "/user-accounts", &go1(&token)).await;
        seen.push((answer.status.as_u16(), answer.header("retry-after").to_owned()));
    }
    let good = (200, String::new());
    let bad = (429, "7".to_owned());
    assert_eq!(seen, [good.clone(), bad.clone(), bad, good]);
    assert!(faults.remaining().is_empty());

    faults.add(Fault::always(endpoint::CREATE_USER_ACCOUNT, FaultKind::status(500)).matching("odd@"));
    assert_eq!(create(&fixture, &token, "even@example.com").await, StatusCode::CREATED);
    assert_eq!(create(&fixture, &token, "odd@example.com").await, StatusCode::INTERNAL_SERVER_ERROR);
    faults.clear();
    assert_eq!(create(&fixture, &token, "odd@example.com").await, StatusCode::CREATED);
    assert_eq!(fixture.world.go1().user_accounts(&portal).len(), 3);
    let statuses: Vec<_> = fixture.world.go1().call_log().iter().filter_map(|call| call.status).collect();
    assert_eq!(statuses, [200, 201, 200, 429, 429, 200, 201, 500, 201]);
}

#[tokio::test]
async fn calls_have_an_effect_or_not_as_scripted() {
    let fixture = Fixture::new();
    let (portal, _, token, _) = fixture.portal("shop", "AU").await;
    let people = || fixture.world.go1().user_accounts(&portal).len();
    for (kind, more) in [
        (FaultKind::CutBefore, 0),
        (FaultKind::LoseAnswer, 1),
        (FaultKind::answer_after_effect(500, "UNABLE"), 1),
        (FaultKind::status(503), 0),
    ] {
        let before = people();
        fixture.world.go1().faults().add(Fault::next(endpoint::CREATE_USER_ACCOUNT, kind.clone()));
        let mut request = Request::post("/user-accounts").header("content-type", "application/json");
        for (name, value) in go1(&token) {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(person(&format!("p{before}@example.com")).to_string()));
        let response = fixture.go1.clone().oneshot(request.expect("a request")).await.expect("routers do not fail");
        let cut = matches!(kind, FaultKind::CutBefore | FaultKind::LoseAnswer);
        assert_eq!(response.extensions().get::<ConnectionCut>().is_some(), cut, "{kind:?}");
        assert_eq!(axum::body::to_bytes(response.into_body(), 1000).await.is_err(), cut, "{kind:?}");
        assert_eq!(people() - before, more, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn calls_can_be_slow_and_chances_follow_from_the_seed() {
    let run = async |seed: u64| {
        let fixture = Fixture::with(|settings| settings.seed = seed);
        let delay = FaultKind::Delay { milliseconds: 5_000 };
        fixture.world.go1().faults().add(Fault::next(endpoint::TOKEN, delay));
        let start = tokio::time::Instant::now();
        let partner = fixture.partner_token().await;
        assert_eq!(start.elapsed().as_secs(), 5);
        fixture.world.go1().faults().add(Fault::by_chance(endpoint::LIST_PORTALS, 0.5, FaultKind::status(502)));
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(get(&fixture.go1, "/portals", &go1(&partner)).await.status.as_u16());
        }
        statuses
    };
    let one = run(1).await;
    assert_eq!(one, run(1).await);
    assert_ne!(one, run(2).await);
    assert!(one.contains(&502) && one.contains(&200));
}

#[tokio::test]
async fn the_control_api_adds_faults_and_shows_counts() {
    let fixture = Fixture::new();
    let faults = json!([
        { "endpoint": "employees", "kind": "answer", "status": 503, "headers": { "retry-after": "3" }, "times": 2 },
        { "endpoint": "token", "kind": "lose_answer", "chance": 0.1 },
    ]);
    let answer = call(&fixture.xero, Method::POST, "/_control/faults", &[], &faults).await;
    assert_eq!(answer.json().as_array().map(Vec::len), Some(2), "{}", answer.text);
    let answer = call(&fixture.xero, Method::DELETE, "/_control/faults", &[], &Value::Null).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(fixture.world.xero().faults().remaining().is_empty());

    fixture.portal("shop", "AU").await;
    let summary = get(&fixture.go1, "/_control/summary", &[]).await.json();
    let portal = summary["portals"].as_array().and_then(|all| all.iter().find(|each| each["ours"] == true).cloned());
    let portal = portal.expect("our portal");
    assert_eq!((portal["user_accounts"].as_u64(), portal["enrollments"].as_u64()), (Some(1), Some(0)));
    assert_eq!(summary["calls"]["create-portal"], 1);
    let detail = get(&fixture.go1, "/_control/portals/shop.mygo1.com", &[]).await.json();
    assert_eq!(detail["user_accounts"][0]["email"], "owner@shop.example.com");

    fixture.olivia();
    let summary = get(&fixture.xero, "/_control/summary", &[]).await.json();
    assert_eq!((summary["connection_count"].as_u64(), summary["live_refresh_tokens"].as_u64()), (Some(1), Some(1)));
    let newcomer = json!({ "organisation": "Bluegum Analytics", "first_name": "Io", "last_name": "Su", "email": "io@example.com" });
    let id = call(&fixture.xero, Method::POST, "/_control/employees", &[], &newcomer).await.json();
    let change = json!({ "organisation": "Bluegum Analytics", "employee_id": id["employee_id"], "terminated": true });
    assert_eq!(call(&fixture.xero, Method::POST, "/_control/employees", &[], &change).await.status, StatusCode::OK);
    let body = json!({ "organisation": "Harbour & Hearth Hospitality" });
    let answer = call(&fixture.xero, Method::POST, "/_control/disconnect", &[], &body).await;
    assert_eq!((answer.status, fixture.world.xero().connections().len()), (StatusCode::NO_CONTENT, 0));
    let now = call(&fixture.go1, Method::POST, "/_control/advance", &[], &json!({ "seconds": 60 })).await.json();
    assert_eq!(now["now"], "2026-11-22T10:01:00Z");
    call(&fixture.go1, Method::POST, "/_control/reset", &[], &Value::Null).await;
    assert_eq!(fixture.world.go1().portals().len(), 3);
}

#[tokio::test]
async fn on_a_socket_a_cut_is_a_cut() {
    let world = World::default();
    world.go1().faults().add(Fault::next(endpoint::TOKEN, FaultKind::CutBefore));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(serve(listener, go1_stand_in::router(world), async {
        let _ = stopped.await;
    }));
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = format!("http://{address}/oauth/token");
    assert!(client.post(&url).send().await.is_err());
    assert_eq!(client.post(&url).send().await.expect("an answer").status(), 400);
    drop(client);
    stop.send(()).expect("the server runs");
    server.await.expect("no panic").expect("a clean end");
}
