//! The network, as a browser sees it: `localhost` and every name below it is this machine.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::uri::{Authority, Uri};
use http::{Request, Response};
use reqwest::redirect::Policy;
use transport::{Transport, TransportError};

/// Longer than the first request of a function takes that has to start, and longer than any page.
const PATIENCE: Duration = Duration::from_mins(2);

/// Carries requests over the network.
#[derive(Clone, Debug)]
pub(crate) struct Network(reqwest::Client);

impl Network {
    /// Connects nothing yet. `office`: of which of this machine's networks the browser is, which are 127.0.0.0/24,
    /// 127.0.1.0/24 and so on. Only Linux knows others than the first.
    ///
    /// # Panics
    /// Where no HTTP client can be made.
    pub(crate) fn new(office: u8) -> Self {
        let own = (office > 0).then_some(IpAddr::V4(Ipv4Addr::new(127, 0, office, 1)));
        let client =
            reqwest::Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE).local_address(own);
        Self(client.build().expect("an HTTP client"))
    }
}

#[async_trait]
impl Transport for Network {
    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        if let Some(here) = on_this_machine(request.uri()) {
            let named = request.uri().authority().and_then(|named| HeaderValue::try_from(named.as_str()).ok());
            request.headers_mut().extend(named.map(|named| (HOST, named)));
            *request.uri_mut() = here;
        }
        let request = reqwest::Request::try_from(request).map_err(|error| failed(&error))?;
        let answer = self.0.execute(request).await.map_err(|error| failed(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut whole = Response::new(answer.bytes().await.map_err(|error| failed(&error))?);
        (*whole.status_mut(), *whole.headers_mut()) = (status, headers);
        Ok(whole)
    }
}

fn failed(error: &reqwest::Error) -> TransportError {
    if error.is_timeout() {
        TransportError::Timeout
    } else if error.is_connect() || error.is_builder() {
        TransportError::Refused
    } else {
        TransportError::Cut
    }
}

/// The same address by the number of this machine, where its name is one below `localhost`: not every system knows those.
fn on_this_machine(address: &Uri) -> Option<Uri> {
    address.host()?.strip_suffix(".localhost")?;
    let port = address.port().map(|port| format!(":{port}")).unwrap_or_default();
    let mut parts = address.clone().into_parts();
    parts.authority = Some(Authority::try_from(format!("127.0.0.1{port}")).ok()?);
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[tokio::test]
    async fn a_name_below_localhost_is_this_machine_which_is_told_by_which_name_it_was_called() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let served = thread::spawn(move || {
            let (mut caller, _) = listener.accept().expect("somebody calls");
            let lines = BufReader::new(&caller).lines().map(|line| line.expect("text").to_lowercase());
            let lines: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            caller.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").expect("an answer");
            lines
        });
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = format!("http://app.localhost:{port}/help?a=b").parse().expect("an address");
        let answer = Network::new(0).send(request).await.expect("an answer");
        assert_eq!(answer.status(), http::StatusCode::NO_CONTENT);
        let lines = served.join().expect("no panic");
        assert_eq!(lines[0], "get /help?a=b http/1.1");
        assert!(lines.contains(&format!("host: app.localhost:{port}")), "{lines:?}");
    }

    #[test]
    fn every_other_name_is_looked_up() {
        for name in ["http://localhost:8400/", "https://xero.example.com/", "http://notlocalhost/"] {
            assert_eq!(on_this_machine(&name.parse().expect("an address")), None, "{name}");
        }
    }
}
