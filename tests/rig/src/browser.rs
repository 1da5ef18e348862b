//! A browser in process: its requests go to the routers of the app, of Xero and of GO1.

use std::io::Read as _;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{Request, Response, Uri, header};
use http_body_util::BodyExt as _;
use journeys::browser::{self, Sent};
use journeys::page::{Page, WalkError};
use tower::ServiceExt as _;
use transport::{Transport, TransportError};
use url::Url;

use crate::addresses::address;
use crate::gateway::Gateway;

/// The name of the app's session cookie.
pub const SESSION: &str = "__Host-session";

/// Which router answers for which host.
#[derive(Clone)]
pub(crate) struct Hosts {
    pub(crate) app: Gateway,
    pub(crate) xero: Router,
    pub(crate) go1: Router,
}

/// Hands requests to the router of their host, as a gateway does, and remembers what the app answered. Where its caller is
/// killed, so is what was asked for.
struct InProcess {
    hosts: Hosts,
    seen: Arc<Mutex<Vec<Page>>>,
}

#[async_trait]
impl Transport for InProcess {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let url = Url::parse(&request.uri().to_string()).expect("an absolute address");
        let router = match url.host_str() {
            Some("xero.localhost") => &self.hosts.xero,
            Some("go1.localhost") => &self.hosts.go1,
            _ => self.hosts.app.function(request.method(), url.path()),
        };
        let mut request = request.map(Body::from);
        *request.uri_mut() = request.uri().path_and_query().cloned().map(Uri::from).unwrap_or_default();
        let answer = match router.clone().oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let mut body = body.collect().await.map_err(|_| TransportError::Cut)?.to_bytes();
        if parts.headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip") {
            let mut whole = Vec::new();
            GzDecoder::new(&*body).read_to_end(&mut whole).map_err(|_| TransportError::Cut)?;
            body = whole.into();
        }
        if url.host_str() == Some("app.localhost") {
            let (status, headers) = (parts.status, parts.headers.clone());
            let text = String::from_utf8_lossy(&body).into_owned();
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(Page { url, status, headers, text });
        }
        Ok(Response::from_parts(parts, body))
    }
}

/// A browser with its cookies, where whatever goes wrong on the way is a panic. Clones are tabs of the same browser.
#[derive(Clone)]
pub struct Browser {
    browser: browser::Browser,
    seen: Arc<Mutex<Vec<Page>>>,
}

impl Browser {
    pub(crate) fn new(hosts: Hosts) -> Self {
        let seen = Arc::default();
        Self { browser: browser::Browser::over(InProcess { hosts, seen: Arc::clone(&seen) }), seen }
    }

    /// Opens an address, as a person does.
    pub async fn open(&self, url: &Url) -> Page {
        arrived(self.browser.open(url).await)
    }

    /// Fills in the form of `page` that posts to `action`, leaves its other fields as they are, and sends it.
    ///
    /// # Panics
    /// Where the page has no such form.
    pub async fn submit(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        arrived(self.browser.submit(page, action, fields).await)
    }

    /// Sends a request and follows where it leads.
    ///
    /// # Panics
    /// Where it leads nowhere, or round in circles.
    pub async fn follow(&self, sent: Sent) -> Page {
        arrived(self.browser.follow(sent).await)
    }

    /// Sends one request, with the cookies, and keeps those that come back.
    ///
    /// # Panics
    /// Where an answer cannot be read, or sets a cookie that a browser drops.
    pub async fn send(&self, sent: &Sent) -> Page {
        arrived(self.browser.send(sent).await)
    }

    /// Every answer of the app so far, redirects too.
    pub fn seen(&self) -> Vec<Page> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where the app's last redirect led.
    ///
    /// # Panics
    /// Where there was none.
    pub fn last_redirect(&self) -> Url {
        let seen = self.seen();
        seen.iter().rev().find_map(|page| page.location().expect("a redirect has an address")).expect("a redirect")
    }

    /// The value of a cookie of the app's host.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.browser.cookie(&address("/"), name)
    }

    /// Puts a cookie of the app's host there, as somebody would who stole or planted it.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.browser.set_cookie(&address("/"), name, value);
    }

    /// Forgets the cookies of every host.
    pub fn forget_cookies(&self) {
        self.browser.forget_cookies();
    }
}

fn arrived(page: Result<Page, WalkError>) -> Page {
    page.unwrap_or_else(|error| panic!("{error}"))
}
