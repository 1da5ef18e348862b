//! A browser without a window: it keeps cookies by host, fills in forms as they are, and follows redirects.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;

use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Client, Method, StatusCode};
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// More redirects than this in a row are a loop.
const MOST_REDIRECTS: usize = 10;

/// What can go wrong while walking. The words are for whoever reads a failed test.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// Nothing answers there.
    #[error("{url} does not answer: {source}")]
    NoAnswer {
        /// Where.
        url: Url,
        /// Why.
        source: reqwest::Error,
    },
    /// A page is not the one that should be there.
    #[error("{0}")]
    Unexpected(String),
}

/// A page that was loaded.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where it is, after redirects.
    pub url: Url,
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its text.
    pub text: String,
}

/// A browser with one person in front of it.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    cookies: HashMap<String, BTreeMap<String, String>>,
}

impl Browser {
    /// A new one. `hosts` are names that mean this machine, as `*.localhost` does in a browser.
    ///
    /// # Panics
    /// Where no HTTP client can be made.
    pub fn new(hosts: &[&str]) -> Self {
        let mut client = Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        for host in hosts {
            client = client.resolve(host, SocketAddr::from(([127, 0, 0, 1], 0)));
        }
        Self { client: client.build().expect("an HTTP client"), cookies: HashMap::new() }
    }

    /// Opens an address.
    pub async fn open(&mut self, url: &Url) -> Result<Page, WalkError> {
        self.send(Method::GET, url.clone(), None, "text/html").await
    }

    /// Opens an address as a script does that wants JSON.
    pub async fn fetch_json(&mut self, url: &Url) -> Result<serde_json::Value, WalkError> {
        let page = self.send(Method::GET, url.clone(), None, "application/json").await?;
        serde_json::from_str(&page.text).map_err(|_| page.unexpected("JSON"))
    }

    /// Fills in the form of `page` that posts to `action`, leaves its other fields as they are, and sends it.
    pub async fn submit(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Result<Page, WalkError> {
        let mut values = page.form(action)?;
        for (name, _) in fields {
            values.retain(|(field, _)| field != name);
        }
        values.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self.post(page, action, &values).await
    }

    /// Posts just these fields from `page`, whatever its forms have: what a broken or hostile browser does.
    pub async fn post(&mut self, page: &Page, action: &str, fields: &[(String, String)]) -> Result<Page, WalkError> {
        let url = page.url.join(action).map_err(|_| page.unexpected("a form's address"))?;
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, url, Some((body, page.url.origin().ascii_serialization())), "text/html").await
    }

    /// Forgets the cookies of every host.
    pub fn forget_cookies(&mut self) {
        self.cookies.clear();
    }

    async fn send(
        &mut self,
        mut method: Method,
        mut url: Url,
        mut form: Option<(String, String)>,
        accept: &'static str,
    ) -> Result<Page, WalkError> {
        for _ in 0..MOST_REDIRECTS {
            let mut request = self.client.request(method.clone(), url.clone()).header(ACCEPT, accept);
            request = request.headers(self.cookie_header(&url));
            if let Some((body, origin)) = &form {
                let site = if *origin == url.origin().ascii_serialization() { "same-origin" } else { "cross-site" };
                request = request
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header(ORIGIN, origin)
                    .header(HeaderName::from_static("sec-fetch-site"), site)
                    .body(body.clone());
            }
            let no_answer = |source| WalkError::NoAnswer { url: url.clone(), source };
            let answer = request.send().await.map_err(no_answer)?;
            self.keep_cookies(&url, answer.headers())?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            let text = answer.text().await.map_err(no_answer)?;
            let page = Page { url: url.clone(), status, headers, text };
            let location = page.headers.get(LOCATION).and_then(|value| value.to_str().ok());
            match location {
                Some(location) if status.is_redirection() => {
                    url = url.join(location).map_err(|_| page.unexpected("a redirect's address"))?;
                    (method, form) = (Method::GET, None);
                }
                _ => return Ok(page),
            }
        }
        Err(WalkError::Unexpected(format!("{url} redirects without end")))
    }

    fn cookie_header(&self, url: &Url) -> HeaderMap {
        let cookies = self.cookies.get(url.host_str().unwrap_or_default()).into_iter().flatten();
        let text: Vec<String> = cookies.map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers = HeaderMap::new();
        if let (false, Ok(value)) = (text.is_empty(), HeaderValue::try_from(text.join("; "))) {
            headers.insert(COOKIE, value);
        }
        headers
    }

    /// Keeps cookies as a browser does, and is as strict about `__Host-` as a browser is.
    fn keep_cookies(&mut self, url: &Url, headers: &HeaderMap) -> Result<(), WalkError> {
        for cookie in headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let mut parts = cookie.split(';').map(str::trim);
            let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).unwrap_or_default();
            let attributes: Vec<String> = parts.map(str::to_lowercase).collect();
            let has = |attribute: &str| attributes.iter().any(|each| each == attribute);
            let strict = has("secure") && has("path=/") && !attributes.iter().any(|each| each.starts_with("domain"));
            if name.starts_with("__Host-") && !strict {
                return Err(WalkError::Unexpected(format!("{url} sets the cookie {name}, which a browser refuses")));
            }
            let kept = self.cookies.entry(url.host_str().unwrap_or_default().to_owned()).or_default();
            if has("max-age=0") {
                kept.remove(name);
            } else {
                kept.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }
}

impl Page {
    /// The page, if its status and its path are these.
    pub fn expect(self, status: StatusCode, path: &str) -> Result<Self, WalkError> {
        if self.status == status && self.url.path() == path {
            Ok(self)
        } else {
            Err(self.unexpected(&format!("{status} at {path}")))
        }
    }

    /// What a person reads, without the markup.
    pub fn words(&self) -> String {
        let document = Html::parse_document(&self.text);
        let words: Vec<&str> =
            document.select(&selector("main")).flat_map(|main| main.text()).flat_map(str::split_whitespace).collect();
        words.join(" ")
    }

    /// What a person reads in each element that a CSS selector finds.
    ///
    /// # Panics
    /// Where it is no selector.
    pub fn texts(&self, css: &str) -> Vec<String> {
        let document = Html::parse_document(&self.text);
        let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        document.select(&selector(css)).map(|element| words(element.text().collect())).collect()
    }

    /// The ids of the elements that a CSS selector finds, as far as they have one.
    ///
    /// # Panics
    /// Where it is no selector.
    pub fn ids(&self, css: &str) -> Vec<String> {
        let document = Html::parse_document(&self.text);
        document.select(&selector(css)).filter_map(|element| element.value().id().map(str::to_owned)).collect()
    }

    /// The values of everything with that name in the page's forms, ticked or not.
    pub fn values(&self, name: &str) -> Vec<String> {
        let document = Html::parse_document(&self.text);
        let named = selector(&format!("[name='{name}']"));
        document.select(&named).filter_map(|field| field.value().attr("value")).map(str::to_owned).collect()
    }

    /// The value of the field of that name whose label says `words`.
    pub fn value_beside(&self, field: &str, words: &str) -> Result<String, WalkError> {
        let document = Html::parse_document(&self.text);
        let named = selector(&format!("input[name='{field}']"));
        let labels = selector("label");
        let mut labels = document.select(&labels);
        let label = labels.find(|label| label.text().any(|text| text.trim() == words));
        let input = label.and_then(|label| label.select(&named).next());
        let value = input.and_then(|input| input.value().attr("value"));
        value.map(str::to_owned).ok_or_else(|| self.unexpected(words))
    }

    /// The fields of the form that posts to `action`, as a browser would send them untouched.
    pub fn form(&self, action: &str) -> Result<Vec<(String, String)>, WalkError> {
        let document = Html::parse_document(&self.text);
        let form = document.select(&selector(&format!("form[action='{action}']"))).next();
        let form = form.ok_or_else(|| self.unexpected(&format!("a form that posts to {action}")))?;
        Ok(form.select(&selector("input, select")).filter_map(|field| field_value(&field)).collect())
    }

    /// An error that shows where we are instead.
    pub fn unexpected(&self, wanted: &str) -> WalkError {
        let mut words = self.words();
        if let Some((end, _)) = words.char_indices().nth(400) {
            words.truncate(end);
        }
        WalkError::Unexpected(format!("wanted {wanted}, and got {} at {}: {words}", self.status, self.url))
    }
}

/// What one field sends; nothing where it is not ticked, or has no name.
fn field_value(field: &ElementRef<'_>) -> Option<(String, String)> {
    let element = field.value();
    let name = element.attr("name")?.to_owned();
    if element.name() == "select" {
        let chosen = field.select(&selector("option[selected]")).next()?;
        return Some((name, chosen.value().attr("value").unwrap_or_default().to_owned()));
    }
    let tickable = matches!(element.attr("type"), Some("checkbox" | "radio"));
    if tickable && element.attr("checked").is_none() {
        return None;
    }
    Some((name, element.attr("value").unwrap_or(if tickable { "on" } else { "" }).to_owned()))
}

fn selector(text: &str) -> Selector {
    Selector::parse(text).unwrap_or_else(|error| unreachable!("{text} is a selector: {error}"))
}
