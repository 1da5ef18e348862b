//! The HTTP API: a request becomes an event of format 2.0 for the function that the path leads to, and its answer a
//! response. The paths are those of the watch router in `Cargo.toml`, which a test of rig compares with the template.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use stand_ins::{Clock as _, SystemClock};

use super::function::Function;
use super::runtime_api::Answer;

const MANIFEST: &str = include_str!("../../../../Cargo.toml");

/// Each path with the name of the function's crate.
pub(crate) fn paths() -> Vec<(&'static str, &'static str)> {
    let lines = MANIFEST.split_once("[workspace.metadata.lambda.watch.router]").map_or("", |(_, rest)| rest).lines();
    let pairs = lines.skip(1).take_while(|line| !line.starts_with('['));
    pairs
        .filter_map(|line| line.split_once(" = "))
        .map(|(path, name)| (path.trim_matches('"'), name.trim_matches('"')))
        .collect()
}

/// The door to these functions.
pub(crate) fn router(functions: &BTreeMap<&'static str, Arc<Function>>) -> Router {
    let networks = Arc::new(AtomicU32::default());
    let known = paths().into_iter().filter_map(|(path, name)| Some((path, functions.get(name)?.clone())));
    let router = known.fold(Router::new(), |router, (path, function)| {
        let networks = networks.clone();
        router.route(
            path,
            any(async move |request: Request| {
                let network = networks.fetch_add(1, Ordering::Relaxed);
                respond(&function, network, request).await
            }),
        )
    });
    router.layer(DefaultBodyLimit::disable())
}

async fn respond(function: &Function, network: u32, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else { return failed(StatusCode::BAD_REQUEST) };
    let event = event(&parts, &body, network).to_string();
    match function.invoke(&format!("{} {path}", parts.method), event.into()).await {
        Answer::Response(answer) => serde_json::from_slice(&answer)
            .ok()
            .and_then(response)
            .unwrap_or_else(|| failed(StatusCode::INTERNAL_SERVER_ERROR)),
        Answer::Error(_) => failed(StatusCode::SERVICE_UNAVAILABLE),
    }
}

/// Every request comes from a network of its own: how often one network may sign up is not what is measured.
pub(crate) fn event(parts: &axum::http::request::Parts, body: &Bytes, network: u32) -> Value {
    let [_, second, third, fourth] = network.to_be_bytes();
    let address = format!("10.{second}.{third}.{fourth}");
    let address = if fourth == 0 { address } else { format!("10.{third}.{fourth}.1") };
    let mut headers = BTreeMap::from([("x-forwarded-for".to_owned(), address.clone())]);
    for (name, value) in parts.headers.iter().filter(|(name, _)| *name != header::COOKIE) {
        headers.insert(name.to_string(), value.to_str().unwrap_or_default().to_owned());
    }
    let cookies = parts.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies: Vec<&str> = cookies.flat_map(|cookies| cookies.split("; ")).collect();
    let domain = headers.get("host").cloned().unwrap_or_default();
    let now = SystemClock.now();
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": parts.uri.path(),
        "rawQueryString": parts.uri.query().unwrap_or_default(),
        "cookies": cookies,
        "headers": headers,
        "requestContext": {
            "accountId": "000000000000", "apiId": "bench", "domainName": domain, "domainPrefix": "app",
            "http": {
                "method": parts.method.as_str(), "path": parts.uri.path(), "protocol": "HTTP/1.1",
                "sourceIp": address, "userAgent": "bench",
            },
            "requestId": format!("request-{network}"), "routeKey": "$default", "stage": "$default",
            "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(), "timeEpoch": now.as_millisecond(),
        },
        "body": String::from_utf8_lossy(body),
        "isBase64Encoded": false,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionAnswer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    multi_value_headers: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// `None` where the answer is not of format 2.0.
fn response(answer: Value) -> Option<Response<Body>> {
    let answer: FunctionAnswer = serde_json::from_value(answer).ok()?;
    let body = answer.body.unwrap_or_default();
    let body = if answer.is_base64_encoded { STANDARD.decode(body).ok()? } else { body.into_bytes() };
    let mut headers = HeaderMap::new();
    let several = answer
        .multi_value_headers
        .into_iter()
        .flat_map(|(name, values)| values.into_iter().map(move |value| (name.clone(), value)));
    let cookies = answer.cookies.into_iter().map(|cookie| ("set-cookie".to_owned(), cookie));
    for (name, value) in answer.headers.into_iter().chain(several).chain(cookies) {
        let (name, value) = (HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
        if headers.get_all(&name).iter().all(|there| there != value) {
            headers.append(name, value);
        }
    }
    headers.remove(header::CONTENT_LENGTH);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(answer.status_code).ok()?;
    *response.headers_mut() = headers;
    Some(response)
}

fn failed(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_are_those_of_the_functions() {
        let paths = paths();
        assert!(paths.contains(&("/imports/{import_id}", "import")) && paths.contains(&("/{*path}", "signup")));
        for (path, name) in paths {
            assert!(super::super::template::FUNCTIONS.iter().any(|(function, _)| *function == name), "{path}: {name}");
        }
    }

    #[test]
    fn a_request_becomes_an_event_and_an_answer_a_response() {
        let request = axum::http::Request::post("/imports?a=b").header("cookie", "one=1; two=2").header("host", "app");
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        let event = event(&parts, &Bytes::from_static(b"people=1"), 7);
        assert_eq!(event["rawPath"], "/imports");
        assert_eq!(event["rawQueryString"], "a=b");
        assert_eq!(event["cookies"], json!(["one=1", "two=2"]));
        assert_eq!(event["body"], "people=1");
        assert_eq!(event["headers"].get("cookie"), None);
        let answer = json!({
            "statusCode": 303, "headers": { "location": "/" }, "cookies": ["a=1", "b=2"],
            "body": "aGVsbG8=", "isBase64Encoded": true,
        });
        let response = response(answer).expect("a response");
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
        assert!(super::response(json!({ "body": "" })).is_none(), "no status");
    }
}
