//! The pages on Lambda: each event of the HTTP API goes to the router as a request.

use std::convert::Infallible;

use axum::Router;
use http::Uri;
use http::header::{HOST, HeaderName};
use lambda_http::request::LambdaRequest;
use lambda_http::tower::ServiceBuilder;
use lambda_http::{Adapter, Error, LambdaEvent, Service, lambda_runtime};
use serde::Serialize;
use url::Url;

/// The header in which a proxy tells by which protocol it was asked. `lambda_http` writes it before the host.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Serves a router on Lambda, for as long as the process lives.
pub async fn serve(router: Router) -> Result<(), Error> {
    lambda_runtime::run(handler(router)).await
}

/// The shipped handler: what Lambda is given. `lambda_http` makes a request of an event and panics where that cannot be one,
/// which would count as a fault of ours; so what anybody may write into an address is made legible before.
pub fn handler(
    router: Router,
) -> impl Service<LambdaEvent<LambdaRequest>, Response: Serialize, Error = Infallible, Future: Send> {
    ServiceBuilder::new().map_request(legible).service(Adapter::from(router))
}

/// The event with an address that is one: marks that no address may have are encoded, and a host and a protocol that are none
/// are left out.
fn legible(event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    let LambdaEvent { payload, context } = event;
    let payload = match payload {
        LambdaRequest::ApiGatewayV2(mut request) => {
            request.raw_query_string = request.raw_query_string.map(|query| encoded(&query));
            for (name, is_one) in [(HOST, is_host as fn(&str) -> bool), (FORWARDED_PROTO, is_protocol)] {
                if request.headers.get(&name).is_some_and(|value| !value.to_str().is_ok_and(is_one)) {
                    request.headers.remove(name);
                }
            }
            LambdaRequest::ApiGatewayV2(request)
        }
        other => other,
    };
    LambdaEvent { payload, context }
}

/// Whether an address can have this host: for whoever parses it first, and for whoever makes the request of it, who is
/// stricter.
fn is_host(host: &str) -> bool {
    Url::parse(&format!("https://{host}/")).is_ok_and(|url| url.as_str().parse::<Uri>().is_ok())
}

/// Whether it is a protocol by which pages are asked for.
fn is_protocol(protocol: &str) -> bool {
    protocol == "https" || protocol == "http"
}

/// A query with every byte encoded that may not stand in one (RFC 3986, section 3.4).
fn encoded(query: &str) -> String {
    use std::fmt::Write as _;
    query.bytes().fold(String::with_capacity(query.len()), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?%[]".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use axum::extract::RawQuery;
    use axum::response::Html;
    use axum::routing::get;
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    use flate2::read::GzDecoder;
    use lambda_http::{Context, Request};

    use super::*;
    use crate::request::compression;

    /// A request of the HTTP API with this query and this host.
    fn event(query: &str, host: &str) -> LambdaRequest {
        event_with(query, "host", host)
    }

    /// The same with this value of a header.
    fn event_with(query: &str, header: &str, value: &str) -> LambdaRequest {
        let text = include_str!("../../../events/http-landing.json");
        let mut event: serde_json::Value = serde_json::from_str(text).expect("JSON");
        event["rawQueryString"] = query.into();
        event["headers"][header] = value.into();
        serde_json::from_value(event).expect("an event")
    }

    #[tokio::test]
    async fn no_query_no_host_and_no_protocol_that_anybody_may_send_is_a_fault_of_ours() {
        let router = || Router::new().route("/", get(|RawQuery(query): RawQuery| async { query.unwrap_or_default() }));
        let host = "app.example.com";
        for (query, host, is_odd) in [
            ("", host, false),
            ("a=1&b=%20c", host, false),
            ("a=<script>", host, true),
            ("a=b c", host, true),
            ("{}|^`\\\"", host, true),
            ("a=\u{e9}\u{4e00}", host, true),
            ("%", host, false),
            ("a=1", "a b", true),
            ("a=1", "[", true),
            ("a=1", "a{b", true),
            ("a=1", "a\"b", true),
            ("a=1", "`", true),
            ("a=1", "\u{e9}", true),
        ] {
            let is_request = catch_unwind(AssertUnwindSafe(|| Request::from(event(query, host)))).is_ok();
            assert!(is_request || is_odd, "{query:?} at {host:?}");
            let event = LambdaEvent::new(event(query, host), Context::default());
            let Ok(answer) = handler(router()).call(event).await;
            let answer = serde_json::to_value(answer).expect("JSON");
            assert_eq!(answer["statusCode"], 200, "{query:?} at {host:?}: {answer}");
            if !is_odd {
                assert_eq!(answer["body"].as_str().unwrap_or_default(), query, "as it came");
            }
        }
        for protocol in [
            "1",
            "ht tp",
            "\"",
            "",
            "https,http",
            "https, http",
            ":",
            "://",
            "\u{e9}",
            "https",
            "http",
            "HTTPS",
            "file",
        ] {
            let event = event_with("a=1", "x-forwarded-proto", protocol);
            let Ok(answer) = handler(router()).call(LambdaEvent::new(event, Context::default())).await;
            let answer = serde_json::to_value(answer).expect("JSON");
            assert_eq!(answer["statusCode"], 200, "{protocol:?}: {answer}");
        }
        let refused = |query, host| catch_unwind(AssertUnwindSafe(|| Request::from(event(query, host)))).is_err();
        assert!(refused("a=<script>", host), "lambda_http bears it by now: `legible` may go");
    }

    /// Lambda's answer is JSON, and JSON holds no bytes: a compressed body must go as base64, or the browser gets rubbish.
    #[tokio::test]
    async fn a_compressed_page_leaves_as_base64_and_a_small_one_as_text() {
        let page = |rows: usize| "<tr><td>somebody</td></tr>".repeat(rows);
        for (rows, takes, is_compressed) in
            [(4_000, "gzip, br", true), (4_000, "identity", false), (10, "gzip, br", false)]
        {
            let page = page(rows);
            let router = Router::new().route(
                "/",
                get({
                    let page = page.clone();
                    || async { Html(page) }
                }),
            );
            let event = LambdaEvent::new(event_with("", "accept-encoding", takes), Context::default());
            let Ok(answer) = handler(router.layer(compression())).call(event).await;
            let answer = serde_json::to_value(answer).expect("JSON");
            assert_eq!(answer["statusCode"], 200, "{answer}");
            assert_eq!(answer["isBase64Encoded"], is_compressed, "{rows} rows for {takes}");
            let body = answer["body"].as_str().expect("a body");
            let encoding = answer["headers"].get("content-encoding").and_then(serde_json::Value::as_str);
            if is_compressed {
                assert_eq!(encoding, Some("gzip"));
                let (sent, mut read) = (BASE64_STANDARD.decode(body).expect("base64"), String::new());
                GzDecoder::new(sent.as_slice()).read_to_string(&mut read).expect("gzip");
                assert!(read == page, "what was compressed is the page");
            } else {
                assert!(encoding.is_none() && body == page, "as it is, {encoding:?}");
            }
        }
    }

    #[tokio::test]
    async fn no_path_that_anybody_may_send_is_a_fault_of_ours() {
        for path in [
            "/{",
            "/a b",
            "/\u{e9}\u{4e00}",
            "//",
            "/..",
            "/\\",
            "/%",
            "/%zz",
            "/a|b^`\"",
            "/?a=<",
            "/#a",
            "/\u{0}",
            "/\t",
            "",
        ] {
            let text = include_str!("../../../events/http-landing.json");
            let mut event: serde_json::Value = serde_json::from_str(text).expect("JSON");
            event["rawPath"] = path.into();
            let event = LambdaEvent::new(serde_json::from_value(event).expect("an event"), Context::default());
            let Ok(answer) = handler(Router::new()).call(event).await;
            let answer = serde_json::to_value(answer).expect("JSON");
            assert_eq!(answer["statusCode"], 404, "{path:?}: {answer}");
        }
    }
}
