//! CloudFront before the HTTP API, where a stage has an edge (`infra/edge.yaml`). It names itself by a secret in a header:
//! whoever asks the API's own address would pass by the firewall, and is answered nothing.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use http::{HeaderMap, HeaderValue};
use platform::function::StartError;
use platform::secrets::{SecretError, Secrets};
use platform::settings::{Environment, names};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::network::{FORWARDED_FOR, UNKNOWN, forwarded_for};

/// The header that CloudFront adds to every request.
const EDGE_SECRET: &str = "x-edge-secret";

/// The secrets by which the edge is known: two while one is being exchanged for the other.
#[derive(Debug)]
pub(crate) struct Edge(Vec<SecretString>);

/// As it is stored.
#[derive(Deserialize)]
struct Stored {
    current: SecretString,
    previous: Option<SecretString>,
}

impl Edge {
    /// Reads the secret that `EDGE_SECRET_ARN` names: `{"current": "...", "previous": "..."}`. Where it names none, there
    /// is no edge.
    pub(crate) async fn read(environment: &Environment, secrets: &dyn Secrets) -> Result<Option<Self>, StartError> {
        let variable = names::EDGE_SECRET_ARN;
        let Ok(arn) = environment.text(variable) else { return Ok(None) };
        let text = secrets.text(variable, &arn).await?;
        let malformed = SecretError::Malformed { variable, expected: r#"{"current": "..."}, with a secret in it"# };
        match serde_json::from_str::<Stored>(text.expose_secret()) {
            Ok(stored) if !stored.current.expose_secret().is_empty() => Ok(Some(Self::of(stored))),
            Ok(_) | Err(_) => Err(malformed.into()),
        }
    }

    fn of(Stored { current, previous }: Stored) -> Self {
        // An empty one would let everybody in who sends an empty header.
        let previous = previous.filter(|previous| !previous.expose_secret().is_empty());
        Self([Some(current), previous].into_iter().flatten().collect())
    }

    /// Whether a request came by the edge. From then on it looks as one does that came without: the secret is gone, and
    /// the last address is the visitor's, because CloudFront's own, which the gateway adds, is taken away.
    pub(crate) fn admit(&self, headers: &mut HeaderMap) -> bool {
        let Some(given) = headers.remove(EDGE_SECRET) else { return false };
        if !self.0.iter().any(|secret| is_same(secret, given.as_bytes())) {
            return false;
        }
        // Where nothing is left the visitor's address is unknown, and is counted as such: without the header nobody would be.
        let by_the_edge = forwarded_for(headers).and_then(|(before, _)| HeaderValue::try_from(before?).ok());
        headers.insert(FORWARDED_FOR, by_the_edge.unwrap_or(UNKNOWN));
        true
    }
}

/// Compares in constant time.
fn is_same(secret: &SecretString, given: &[u8]) -> bool {
    verify_slices_are_equal(secret.expose_secret().as_bytes(), given).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::BrowserAddress;

    fn edge(previous: Option<&str>) -> Edge {
        Edge::of(Stored { current: "now".into(), previous: previous.map(SecretString::from) })
    }

    fn headers(secret: Option<&'static str>, addresses: &[u8]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(FORWARDED_FOR, HeaderValue::from_bytes(addresses).expect("a header"));
        if let Some(secret) = secret {
            headers.insert(EDGE_SECRET, HeaderValue::from_static(secret));
        }
        headers
    }

    #[test]
    fn only_who_knows_a_secret_of_now_comes_by_the_edge() {
        let is_admitted = |edge: &Edge, secret| edge.admit(&mut headers(secret, b"203.0.113.7, 198.51.100.1"));
        assert!(is_admitted(&edge(None), Some("now")));
        assert!(is_admitted(&edge(Some("before")), Some("before")));
        assert!(!is_admitted(&edge(None), Some("before")));
        for other in [None, Some(""), Some("no"), Some("nowhere"), Some("NOW")] {
            assert!(!is_admitted(&edge(Some("")), other), "{other:?}");
        }
    }

    #[test]
    fn the_visitor_s_address_is_the_one_that_cloudfront_saw() {
        let address = |addresses: &[u8]| {
            let mut headers = headers(Some("now"), addresses);
            assert!(edge(None).admit(&mut headers));
            assert!(headers.get(EDGE_SECRET).is_none(), "nobody further in needs it");
            BrowserAddress::of(&headers)
        };
        let seen = BrowserAddress::Known("203.0.113.7".parse().expect("an address"));
        assert_eq!(address(b"203.0.113.7, 198.51.100.1"), seen);
        assert_eq!(address(b"192.0.2.1, 203.0.113.7,198.51.100.1"), seen, "the browser can forge those before it");
        assert_eq!(address(b"\xC3\xA9 , 203.0.113.7,198.51.100.1"), seen, "and write what is no text");
        assert_eq!(address(b"198.51.100.1"), BrowserAddress::Unreadable, "never CloudFront's own");
        let mut without = headers(Some("now"), b"");
        without.remove(FORWARDED_FOR);
        assert!(edge(None).admit(&mut without));
        assert_eq!(BrowserAddress::of(&without), BrowserAddress::Unreadable, "and nobody is left out of the limits");
    }
}
