//! A browser without a window: it keeps cookies, fills in forms as they are, and follows redirects. What carries its
//! requests is a transport, the network's or one in process, so that both are walked in the same way.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use transport::Transport;
use url::Url;

use crate::cookies::Cookies;
use crate::page::{Page, WalkError};

/// More redirects than this in a row are a loop.
const MOST_REDIRECTS: usize = 10;

/// What one press or one address sends. Its headers can be changed, as a hostile page would.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// The page on which it was pressed; none where an address was typed. By this a browser knows which cookies go along.
    pub from: Option<Url>,
    /// Headers besides the cookies.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

/// A browser with its cookies. Clones are tabs of the same browser.
#[derive(Clone)]
pub struct Browser {
    transport: Arc<dyn Transport>,
    cookies: Arc<Mutex<Cookies>>,
}

impl Browser {
    /// A new one, whose requests go this way.
    pub fn over(transport: impl Transport + 'static) -> Self {
        Self { transport: Arc::new(transport), cookies: Arc::default() }
    }

    /// Opens an address, as a person does.
    pub async fn open(&self, url: &Url) -> Result<Page, WalkError> {
        self.follow(Sent::get(url, "text/html")).await
    }

    /// Fills in the form of `page` that posts to `action`, leaves its other fields as they are, and sends it.
    pub async fn submit(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Result<Page, WalkError> {
        self.follow(Sent::post(page, action, &page.filled_in(action, fields)?)).await
    }

    /// Sends a request and follows where it leads.
    pub async fn follow(&self, mut sent: Sent) -> Result<Page, WalkError> {
        for _ in 0..MOST_REDIRECTS {
            let page = self.send(&sent).await?;
            let Some(url) = page.location()? else { return Ok(page) };
            let accept = sent.headers.remove(ACCEPT).map(|kind| (ACCEPT, kind));
            sent =
                Sent { method: Method::GET, url, headers: accept.into_iter().collect(), body: String::new(), ..sent };
        }
        Err(WalkError::Unexpected(format!("{} redirects without end", sent.url)))
    }

    /// Sends one request, with the cookies that belong to it, and keeps those that come back.
    pub async fn send(&self, sent: &Sent) -> Result<Page, WalkError> {
        let mut request = Request::new(Bytes::from(sent.body.clone()));
        *request.method_mut() = sent.method.clone();
        *request.uri_mut() = sent.url.as_str().parse().map_err(WalkError::no_answer(&sent.url))?;
        *request.headers_mut() = sent.headers.clone();
        let cookies = self.cookies().sent_to(&sent.url, &sent.method, sent.from.as_ref());
        request.headers_mut().extend(cookies.map(|cookies| (COOKIE, cookies)));
        let answer = self.transport.send(request).await.map_err(WalkError::no_answer(&sent.url))?;
        let (parts, body) = answer.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let refused =
                |why| WalkError::Unexpected(format!("{} sets a cookie that a browser drops: {why}", sent.url));
            self.cookies().keep(cookie, &sent.url).map_err(refused)?;
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        Ok(Page { url: sent.url.clone(), status: parts.status, headers: parts.headers, text })
    }

    /// The value of a cookie that goes to `url`.
    pub fn cookie(&self, url: &Url, name: &str) -> Option<String> {
        self.cookies().value(url, name)
    }

    /// Puts a cookie of the host of `url` there, as somebody would who stole or planted it.
    ///
    /// # Panics
    /// Where a browser would not keep it.
    pub fn set_cookie(&self, url: &Url, name: &str, value: &str) {
        let cookie = HeaderValue::try_from(format!("{name}={value}; Path=/; Secure")).expect("a cookie is text");
        self.cookies().keep(&cookie, url).expect("a cookie that a browser keeps");
    }

    /// Forgets the cookies of every host.
    pub fn forget_cookies(&self) {
        *self.cookies() = Cookies::default();
    }

    fn cookies(&self) -> MutexGuard<'_, Cookies> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sent {
    /// An address, opened.
    pub fn get(url: &Url, accept: &'static str) -> Self {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        Self { method: Method::GET, url: url.clone(), from: None, headers, body: String::new() }
    }

    /// The press of a form's button on `page`, its fields as they are but for `fields`.
    ///
    /// # Panics
    /// Where the page has no form that posts to `action`.
    pub fn form(page: &Page, action: &str, fields: &[(&str, &str)]) -> Self {
        let fields = page.filled_in(action, fields).unwrap_or_else(|error| panic!("{error}"));
        Self::post(page, action, &fields)
    }

    /// A post from `page` with just these fields, whatever its forms have: what a broken or hostile browser does as well.
    ///
    /// # Panics
    /// Where `action` is no address.
    pub fn post(page: &Page, action: &str, fields: &[(String, String)]) -> Self {
        let url = page.url.join(action).expect("an action is an address");
        let origin = page.url.origin().ascii_serialization();
        let site = if origin == url.origin().ascii_serialization() { "same-origin" } else { "cross-site" };
        let mut sent = Self { method: Method::POST, from: Some(page.url.clone()), ..Self::get(&url, "text/html") };
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

#[cfg(test)]
mod tests {
    use async_trait::async_trait;
    use http::{Response, StatusCode};
    use transport::TransportError;

    use super::*;

    /// Tells in its answer what it was sent, and answers some paths in its own way.
    struct Echo;

    #[async_trait]
    impl Transport for Echo {
        async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
            let (parts, body) = request.into_parts();
            let cookie = parts.headers.get(COOKIE).and_then(|cookie| cookie.to_str().ok()).unwrap_or("no cookie");
            let body = String::from_utf8_lossy(&body);
            let answer = Response::builder();
            let answer = match parts.uri.path() {
                "/login" => answer.header(SET_COOKIE, "__Host-session=1; Path=/; Secure; SameSite=Lax"),
                "/logout" => answer.header(SET_COOKIE, "__Host-session=; Max-Age=0; Path=/; Secure"),
                "/careless" => answer.header(SET_COOKIE, "__Host-session=2; Path=/"),
                "/round" => answer.status(StatusCode::SEE_OTHER).header("location", "/round"),
                "/away" => answer.status(StatusCode::SEE_OTHER).header("location", "http://go1.localhost:8402/"),
                _ => answer,
            };
            let text = format!("{} {} {cookie} {body}", parts.method, parts.uri);
            answer.body(Bytes::from(text)).map_err(|_| TransportError::Cut)
        }
    }

    fn url(path: &str) -> Url {
        Url::parse("http://app.localhost:8400").and_then(|app| app.join(path)).expect("a path")
    }

    async fn text(browser: &Browser, path: &str) -> String {
        browser.open(&url(path)).await.expect("a page").text
    }

    #[tokio::test]
    async fn tabs_share_their_cookies_until_these_are_taken_away_or_forgotten() {
        let browser = Browser::over(Echo);
        text(&browser, "/login").await;
        assert!(text(&browser.clone(), "/").await.contains("__Host-session=1"));
        text(&browser.clone(), "/logout").await;
        assert!(text(&browser, "/").await.contains("no cookie"));
        browser.set_cookie(&url("/"), "__Host-session", "3");
        assert_eq!(browser.cookie(&url("/imports"), "__Host-session").as_deref(), Some("3"));
        browser.forget_cookies();
        assert!(text(&browser, "/").await.contains("no cookie"));
    }

    #[tokio::test]
    async fn a_cookie_that_a_browser_drops_is_an_error_and_leaves_the_one_that_was_there() {
        let browser = Browser::over(Echo);
        text(&browser, "/login").await;
        let error = browser.open(&url("/careless")).await.expect_err("it is dropped");
        assert!(error.to_string().contains("/careless sets a cookie that a browser drops"), "{error}");
        assert_eq!(browser.cookie(&url("/"), "__Host-session").as_deref(), Some("1"));
    }

    #[tokio::test]
    async fn a_redirect_is_followed_without_the_form_to_another_host_without_the_cookie_and_not_for_ever() {
        let browser = Browser::over(Echo);
        text(&browser, "/login").await;
        let page = browser.open(&url("/")).await.expect("a page");
        let sent = Sent::post(&page, "/away", &[("secret".to_owned(), "form".to_owned())]);
        let answer = browser.send(&sent).await.expect("an answer");
        assert_eq!(answer.text, "POST http://app.localhost:8400/away __Host-session=1 secret=form");
        let away = browser.follow(sent).await.expect("a page");
        assert_eq!(away.text, "GET http://go1.localhost:8402/ no cookie ");
        let error = browser.open(&url("/round")).await.expect_err("it goes round");
        assert!(error.to_string().contains("redirects without end"), "{error}");
    }

    #[tokio::test]
    async fn a_form_of_another_site_is_sent_without_the_session_and_a_link_of_it_with_it() {
        let browser = Browser::over(Echo);
        text(&browser, "/login").await;
        let evil = Url::parse("https://evil.example/").expect("an address");
        let evil = Page { url: evil, ..browser.open(&url("/")).await.expect("a page") };
        let action = url("/imports");
        let posted = browser.send(&Sent::post(&evil, action.as_str(), &[])).await.expect("a page");
        assert!(posted.text.contains("no cookie"), "{}", posted.text);
        let link = Sent { from: Some(evil.url), ..Sent::get(&action, "text/html") };
        assert!(browser.send(&link).await.expect("a page").text.contains("__Host-session=1"));
    }
}
