//! Behind CloudFront: who asks the HTTP API's own address is answered nothing, and who comes by the edge is the visitor
//! whom it saw.

use axum::body::Body;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use rig::{EDGE_SECRET, Page, Rig, RigSettings, Route, Sent, WATTLE, address};
use tower::ServiceExt as _;

const SECRET: HeaderName = HeaderName::from_static("x-edge-secret");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

fn behind_an_edge() -> Rig {
    Rig::with(RigSettings { behind_an_edge: true, ..RigSettings::of(1) })
}

#[tokio::test(start_paused = true)]
async fn no_route_answers_whoever_does_not_come_by_the_edge() {
    let rig = behind_an_edge();
    let before = rig.state.items();
    let all = Route::all().iter().map(|route| (route.function, route.method_and_path().unwrap_or(("GET", "/nowhere"))));
    for (function, (method, path)) in all {
        let (_, router) = rig.routers().iter().find(|(name, _)| *name == function).expect("a function with pages");
        for secret in [None, Some(""), Some("edge-secret-of-before")] {
            let mut request = Request::builder()
                .method(Method::from_bytes(method.as_bytes()).expect("a method"))
                .uri(path.replace(['{', '}'], "x"))
                .body(Body::empty())
                .expect("a request");
            if let Some(secret) = secret {
                request.headers_mut().insert(SECRET, HeaderValue::from_static(secret));
            }
            let answer = router.clone().oneshot(request).await.expect("an answer");
            assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{method} {path} with {secret:?}");
            let body = answer.into_body().collect().await.expect("whole").to_bytes();
            assert!(body.is_empty(), "{method} {path}");
        }
    }
    assert_eq!(rig.state.items(), before, "nothing is done");
}

/// Sends a request as CloudFront hands it on: its own address stands behind the visitor's.
async fn by_the_edge(browser: &rig::Browser, mut sent: Sent, addresses: &'static str) -> Page {
    sent.headers.insert(SECRET, HeaderValue::from_static(EDGE_SECRET));
    sent.headers.insert(FORWARDED_FOR, HeaderValue::from_static(addresses));
    browser.send(&sent).await
}

#[tokio::test(start_paused = true)]
async fn the_limits_know_the_visitor_behind_the_edge_and_not_the_edge() {
    let rig = behind_an_edge();
    let sign_up = async |addresses: &'static str| {
        let browser = rig.browser();
        let form = by_the_edge(&browser, Sent::get(&address("/signup"), "text/html"), addresses).await;
        assert_eq!(form.status, StatusCode::OK, "{}", form.words());
        let fields = form.filled_in("/signup", &WATTLE.details()).expect("a form");
        by_the_edge(&browser, Sent::post(&form, "/signup", &fields), addresses).await.status
    };
    for number in 0..20 {
        assert_eq!(sign_up("203.0.113.7, 198.51.100.1").await, StatusCode::SEE_OTHER, "{number}");
    }
    let forged = "192.0.2.1, 203.0.113.7, 198.51.100.1";
    assert_eq!(sign_up(forged).await, StatusCode::TOO_MANY_REQUESTS, "the browser can add what it wants before");
    assert_eq!(sign_up("203.0.114.7, 198.51.100.1").await, StatusCode::SEE_OTHER, "another visitor of the same edge");
}
