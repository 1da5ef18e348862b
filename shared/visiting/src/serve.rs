//! The pages on Lambda: each event of the HTTP API goes to the router as a request.

use std::convert::Infallible;

use axum::Router;
use lambda_http::request::LambdaRequest;
use lambda_http::tower::ServiceBuilder;
use lambda_http::{Adapter, Error, LambdaEvent, Service, lambda_runtime};
use serde::Serialize;
use url::Url;

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

/// The event with an address that is one: marks that no address may have are encoded, and a host that is none is left out.
fn legible(event: LambdaEvent<LambdaRequest>) -> LambdaEvent<LambdaRequest> {
    let LambdaEvent { payload, context } = event;
    let payload = match payload {
        LambdaRequest::ApiGatewayV2(mut request) => {
            request.raw_query_string = request.raw_query_string.map(|query| encoded(&query));
            let is_host = |host: &str| Url::parse(&format!("https://{host}/")).is_ok();
            let host = request.headers.get(http::header::HOST);
            if host.is_some_and(|host| !host.to_str().is_ok_and(is_host)) {
                request.headers.remove(http::header::HOST);
            }
            LambdaRequest::ApiGatewayV2(request)
        }
        other => other,
    };
    LambdaEvent { payload, context }
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
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use axum::extract::RawQuery;
    use axum::routing::get;
    use lambda_http::{Context, Request};

    use super::*;

    /// A request of the HTTP API with this query and this host.
    fn event(query: &str, host: &str) -> LambdaRequest {
        let text = include_str!("../../../events/http-landing.json");
        let mut event: serde_json::Value = serde_json::from_str(text).expect("JSON");
        event["rawQueryString"] = query.into();
        event["headers"]["host"] = host.into();
        serde_json::from_value(event).expect("an event")
    }

    #[tokio::test]
    async fn no_query_and_no_host_that_anybody_may_send_is_a_fault_of_ours() {
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
        let refused = |query, host| catch_unwind(AssertUnwindSafe(|| Request::from(event(query, host)))).is_err();
        assert!(refused("a=<script>", host), "lambda_http bears it by now: `legible` may go");
    }
}
