use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{AppendHeaders, IntoResponse as _};
use stand_ins::reverse_proxy::{ReverseProxySettings, router};
use tokio::net::TcpListener;

use crate::support::{get, send};

async fn app() -> Router {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let upstream = format!("http://{}", listener.local_addr().expect("an address"));
    let echo = Router::new().fallback(async |request: Request| {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 1000).await.unwrap_or_default();
        let text = |headers: &HeaderMap, name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("-").to_owned()
        };
        let seen = format!(
            "{} {} host={} forwarded={} proto={} for={} cookie={} body={}",
            parts.method,
            parts.uri,
            text(&parts.headers, "host"),
            text(&parts.headers, "x-forwarded-host"),
            text(&parts.headers, "x-forwarded-proto"),
            text(&parts.headers, "x-forwarded-for"),
            text(&parts.headers, "cookie"),
            String::from_utf8_lossy(&body)
        );
        let headers = AppendHeaders([("set-cookie", "a=1"), ("set-cookie", "b=2"), ("location", "/elsewhere")]);
        (StatusCode::SEE_OTHER, headers, seen).into_response()
    });
    tokio::spawn(async move { axum::serve(listener, echo).await });
    let settings = ReverseProxySettings { upstream, upstream_host: Some("abc.execute-api.localhost".to_owned()) };
    router(settings).expect("a client")
}

#[tokio::test]
async fn requests_and_answers_are_forwarded_whole() {
    let claimed = ("x-forwarded-for", "203.0.113.7".to_owned());
    let headers = [("host", "app.localhost:8400".to_owned()), claimed, ("cookie", "c=3".to_owned())];
    let answer = send(&app().await, Method::POST, "/signup?a=%20b&c", &headers, "name=Jo".to_owned()).await;
    assert_eq!(
        answer.text,
        "POST /signup?a=%20b&c host=abc.execute-api.localhost forwarded=app.localhost:8400 proto=http for=127.0.0.1 \
         cookie=c=3 body=name=Jo"
    );
    assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/elsewhere"));
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1", "b=2"]);
}

/// Linux has the whole of 127.0.0.0/8 on this machine, so a caller can be of another network.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_app_is_told_the_address_of_the_caller() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let served = tokio::spawn(stand_ins::serve(listener, app().await, std::future::pending()));
    for caller in ["127.0.0.1", "127.0.7.1"] {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let client = client.local_address(Some(caller.parse().expect("an address"))).build().expect("a client");
        let answer = client.get(&url).header("x-forwarded-for", "203.0.113.7").send().await.expect("an answer");
        let text = answer.text().await.expect("text");
        assert!(text.contains(&format!("for={caller} ")), "{text}");
    }
    served.abort();
}

#[tokio::test]
async fn where_the_app_does_not_answer_the_page_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let upstream = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let proxy = router(ReverseProxySettings { upstream, upstream_host: None }).expect("a client");
    let answer = get(&proxy, "/", &[]).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY);
    assert!(answer.text.contains("The app does not answer"));
}

#[tokio::test]
async fn answers_are_compressed_as_at_the_edge_for_whoever_takes_that() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let upstream = format!("http://{}", listener.local_addr().expect("an address"));
    let app = Router::new().fallback(async |request: Request| {
        let size = if request.uri().path() == "/short" { 10 } else { 20_000 };
        let kind = if request.uri().path() == "/picture" { "image/png" } else { "text/html; charset=utf-8" };
        ([("content-type", kind)], "a".repeat(size)).into_response()
    });
    tokio::spawn(async move { axum::serve(listener, app).await });
    let proxy = router(ReverseProxySettings { upstream, upstream_host: None }).expect("a client");
    for (path, accepts, is_compressed) in [
        ("/page", "gzip, deflate, br", true),
        ("/page", "br;q=1.0, gzip;q=0.8", true),
        ("/page", "identity", false),
        ("/short", "gzip", false),
        ("/picture", "gzip", false),
    ] {
        let answer = get(&proxy, path, &[("accept-encoding", accepts.to_owned())]).await;
        let coding = answer.headers.get("content-encoding").and_then(|value| value.to_str().ok());
        assert_eq!(coding, is_compressed.then_some("gzip"), "{path} for {accepts}");
    }
}
