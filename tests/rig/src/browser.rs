//! A browser in process: cookies by host, forms as they are, redirects followed, and a gateway that knows the routes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::BodyExt as _;
use journeys::browser::Page;
use tower::ServiceExt as _;
use url::Url;

/// More redirects than this in a row are a loop.
const MOST_REDIRECTS: usize = 10;

/// What one press or one address sends. Its headers can be changed, as a hostile page would.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers besides the cookies.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

/// Which router answers for which host.
#[derive(Clone)]
pub(crate) struct Hosts {
    pub(crate) app: Gateway,
    pub(crate) xero: Router,
    pub(crate) go1: Router,
}

/// The routes of the HTTP API: each function has those that `infra/template.yaml` gives it.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) signup: Router,
    pub(crate) oauth_callback: Router,
    pub(crate) preview: Router,
    pub(crate) import: Router,
    pub(crate) addon: Router,
}

impl Gateway {
    fn function(&self, path: &str) -> &Router {
        let mut segments = path.split('/').skip(1);
        match segments.next().unwrap_or_default() {
            "oauth" if segments.next() == Some("go1") => &self.addon,
            "portal" => &self.addon,
            "oauth" | "organisations" | "disconnect" => &self.oauth_callback,
            "preview" => &self.preview,
            "imports" | "get-started" | "portal-address" => &self.import,
            _ => &self.signup,
        }
    }
}

/// A browser with its cookies. Clones are tabs of the same browser.
#[derive(Clone)]
pub struct Browser {
    hosts: Hosts,
    cookies: Arc<Mutex<HashMap<String, BTreeMap<String, String>>>>,
    seen: Arc<Mutex<Vec<Page>>>,
}

impl Browser {
    pub(crate) fn new(hosts: Hosts) -> Self {
        Self { hosts, cookies: Arc::default(), seen: Arc::default() }
    }

    /// Opens an address, as a person does.
    pub async fn open(&self, url: &Url) -> Page {
        self.follow(Sent::get(url, "text/html")).await
    }

    /// Fills in the form of `page` that posts to `action`, leaves its other fields as they are, and sends it.
    ///
    /// # Panics
    /// Where the page has no such form.
    pub async fn submit(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        self.follow(Sent::form(page, action, fields)).await
    }

    /// Sends a request and follows where it leads.
    ///
    /// # Panics
    /// Where it leads nowhere, or round in circles.
    pub async fn follow(&self, mut sent: Sent) -> Page {
        for _ in 0..MOST_REDIRECTS {
            let page = self.send(&sent).await;
            match page.headers.get(LOCATION).and_then(|location| location.to_str().ok()) {
                Some(location) if page.status.is_redirection() => {
                    let url = page.url.join(location).expect("a redirect has an address");
                    sent = Sent::get(&url, "text/html");
                }
                _ => return page,
            }
        }
        panic!("{} redirects without end", sent.url);
    }

    /// Sends one request, with the cookies, and keeps those that come back.
    ///
    /// # Panics
    /// Where an answer cannot be read, or sets a cookie that a browser refuses.
    pub async fn send(&self, sent: &Sent) -> Page {
        let host = sent.url.host_str().unwrap_or_default().to_owned();
        let router = match host.as_str() {
            "xero.localhost" => self.hosts.xero.clone(),
            "go1.localhost" => self.hosts.go1.clone(),
            _ => self.hosts.app.function(sent.url.path()).clone(),
        };
        let mut request = Request::new(Body::from(sent.body.clone()));
        *request.method_mut() = sent.method.clone();
        let target = &sent.url[url::Position::BeforePath..url::Position::AfterQuery];
        *request.uri_mut() = target.parse().expect("an address without its host is one");
        *request.headers_mut() = sent.headers.clone();
        if let Some(cookies) = self.cookie_header(&host) {
            request.headers_mut().insert(COOKIE, cookies);
        }
        let answer = match router.oneshot(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.expect("a page arrives whole").to_bytes();
        self.keep_cookies(&host, &parts.headers);
        let text = String::from_utf8_lossy(&body).into_owned();
        let page = Page { url: sent.url.clone(), status: parts.status, headers: parts.headers, text };
        if host == "app.localhost" {
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(page.clone());
        }
        page
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
        let mut locations =
            seen.iter().rev().filter_map(|page| Some((page, page.headers.get(LOCATION)?.to_str().ok()?)));
        let (page, location) = locations.next().expect("a redirect");
        page.url.join(location).expect("a redirect has an address")
    }

    /// The value of a cookie of the app's host.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies().get("app.localhost")?.get(name).cloned()
    }

    /// Puts a cookie of the app's host there, as somebody would who stole or planted it.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies().entry("app.localhost".to_owned()).or_default().insert(name.to_owned(), value.to_owned());
    }

    /// Forgets the cookies of every host.
    pub fn forget_cookies(&self) {
        self.cookies().clear();
    }

    fn cookies(&self) -> MutexGuard<'_, HashMap<String, BTreeMap<String, String>>> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cookie_header(&self, host: &str) -> Option<HeaderValue> {
        let cookies = self.cookies();
        let pairs: Vec<String> = cookies.get(host)?.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| HeaderValue::try_from(pairs.join("; ")).expect("cookies are text"))
    }

    fn keep_cookies(&self, host: &str, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').expect("a cookie has a name and a value");
            let strict =
                attributes.contains("Secure") && attributes.contains("Path=/") && !attributes.contains("Domain");
            assert!(!name.starts_with("__Host-") || strict, "a browser refuses this cookie: {name};{attributes}");
            self.cookies().entry(host.to_owned()).or_default().insert(name.to_owned(), value.to_owned());
        }
    }
}

impl Sent {
    /// An address, opened.
    pub fn get(url: &Url, accept: &'static str) -> Self {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        Self { method: Method::GET, url: url.clone(), headers, body: String::new() }
    }

    /// The press of a form's button on `page`, its fields as they are but for `fields`.
    ///
    /// # Panics
    /// Where the page has no form that posts to `action`.
    pub fn form(page: &Page, action: &str, fields: &[(&str, &str)]) -> Self {
        let mut values = page.form(action).expect("the page has the form");
        values.retain(|(name, _)| fields.iter().all(|(changed, _)| changed != name));
        values.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self::post(page, action, &values)
    }

    /// A post from `page` with just these fields.
    ///
    /// # Panics
    /// Where `action` is no address.
    pub fn post(page: &Page, action: &str, fields: &[(String, String)]) -> Self {
        let url = page.url.join(action).expect("an action is an address");
        let origin = page.url.origin().ascii_serialization();
        let site = if origin == url.origin().ascii_serialization() { "same-origin" } else { "cross-site" };
        let mut sent = Self::get(&url, "text/html");
        sent.method = Method::POST;
        sent.body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        sent.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        sent.headers.insert(ORIGIN, HeaderValue::try_from(origin).expect("an origin is text"));
        sent.headers.insert(HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static(site));
        sent
    }

    /// The same with another header.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        self
    }
}
