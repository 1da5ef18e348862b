//! Putting a request together.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method, Request};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use url::form_urlencoded::Serializer;

use crate::TransportError;

/// A request in the making. What is malformed shows when it is built, and is never sent.
#[derive(Debug)]
pub struct Call {
    method: Method,
    url: Url,
    headers: Vec<(HeaderName, Option<HeaderValue>)>,
    body: Bytes,
}

impl Call {
    /// A request to `base`, which can have a path of its own, and these path segments below it. JSON is asked for.
    pub fn new(method: Method, base: &Url, segments: &[&str]) -> Self {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        let accept = Some(HeaderValue::from_static("application/json"));
        Self { method, url, headers: vec![(ACCEPT, accept)], body: Bytes::new() }
    }

    /// Adds a query parameter, encoded.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Adds a header. A value that no header can have fails when the call is sent.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.push((name, HeaderValue::from_str(value).ok()));
        self
    }

    /// Adds the header `Authorization: Bearer` (RFC 6750, section 2.1).
    #[must_use]
    pub fn bearer(self, token: &SecretString) -> Self {
        self.authorization(&format!("Bearer {}", token.expose_secret()))
    }

    /// Adds an `Authorization` header, marked so that it does not print.
    #[must_use]
    pub fn authorization(mut self, value: &str) -> Self {
        let mut value = HeaderValue::from_str(value).ok();
        if let Some(value) = &mut value {
            value.set_sensitive(true);
        }
        self.headers.push((AUTHORIZATION, value));
        self
    }

    /// Gives it a form as its body.
    #[must_use]
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        self.body = Serializer::new(String::new()).extend_pairs(fields).finish().into();
        self.header(CONTENT_TYPE, "application/x-www-form-urlencoded")
    }

    /// Gives it JSON as its body.
    #[must_use]
    pub fn json(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(CONTENT_TYPE, "application/json")
    }

    /// The request; [`TransportError::Refused`] where a header or the address cannot be one.
    pub fn build(self) -> Result<Request<Bytes>, TransportError> {
        let mut request = Request::builder().method(self.method).uri(self.url.as_str());
        for (name, value) in self.headers {
            request = request.header(name, value.ok_or(TransportError::Refused)?);
        }
        if self.body.is_empty() && request.method_ref().is_some_and(has_length) {
            request = request.header(CONTENT_LENGTH, 0);
        }
        request.body(self.body).map_err(|_| TransportError::Refused)
    }
}

/// Whether a request says that it has no body, where it has none (RFC 9110, section 8.6). The client beneath leaves the header
/// out, and some servers answer 411 then.
fn has_length(method: &Method) -> bool {
    [Method::POST, Method::PUT, Method::PATCH].contains(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(url: &str) -> Url {
        Url::parse(url).expect("an address")
    }

    #[test]
    fn segments_go_below_the_base_and_are_encoded() {
        for url in ["http://127.0.0.1:8401/xero", "http://127.0.0.1:8401/xero/"] {
            let request = Call::new(Method::GET, &base(url), &["connections", "a/b?c"])
                .query("email", "a+b@example.com")
                .build()
                .expect("a request");
            assert_eq!(request.uri(), "http://127.0.0.1:8401/xero/connections/a%2Fb%3Fc?email=a%2Bb%40example.com");
        }
    }

    #[test]
    fn a_token_does_not_print_and_cannot_break_a_header() {
        let call = |token: &str| {
            Call::new(Method::GET, &base("http://x.test"), &[]).bearer(&SecretString::from(token.to_owned())).build()
        };
        let request = call("hunter2").expect("a request");
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer hunter2");
        assert!(!format!("{request:?}").contains("hunter2"));
        assert_eq!(call("a\r\nb: c").err(), Some(TransportError::Refused));
    }

    #[test]
    fn a_form_is_encoded() {
        let call = Call::new(Method::POST, &base("http://x.test"), &["t"]).form(&[("a", "1 2"), ("b", "x&y")]);
        assert_eq!(call.build().expect("a request").body(), "a=1+2&b=x%26y");
    }
}
