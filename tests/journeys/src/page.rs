//! Pages, as a person reads and fills them in.

use std::error::Error;

use http::StatusCode;
use http::header::{HeaderMap, LOCATION};
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// What can go wrong while walking. The words are for whoever reads a failed test.
#[derive(Debug, thiserror::Error)]
pub enum WalkError {
    /// Nothing answers there.
    #[error("{url} does not answer: {source}")]
    NoAnswer {
        /// Where.
        url: Url,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A page is not the one that should be there.
    #[error("{0}")]
    Unexpected(String),
}

impl WalkError {
    pub(crate) fn no_answer<E: Into<Box<dyn Error + Send + Sync>>>(url: &Url) -> impl Fn(E) -> Self {
        move |source| Self::NoAnswer { url: url.clone(), source: source.into() }
    }
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

    /// The fields of the form that posts to `action`, by itself or by one of its buttons, as a browser would send them
    /// untouched.
    pub fn form(&self, action: &str) -> Result<Vec<(String, String)>, WalkError> {
        let document = Html::parse_document(&self.text);
        let form = document.select(&selector(&format!("form[action='{action}']"))).next();
        let form = form.or_else(|| form_of_button(&document, action));
        let form = form.ok_or_else(|| self.unexpected(&format!("a form that posts to {action}")))?;
        Ok(form.select(&selector("input, select")).filter_map(|field| field_value(&field)).collect())
    }

    /// The same with `fields` filled in, each in place of what was there under its name.
    pub fn filled_in(&self, action: &str, fields: &[(&str, &str)]) -> Result<Vec<(String, String)>, WalkError> {
        let mut values = self.form(action)?;
        values.retain(|(name, _)| fields.iter().all(|(changed, _)| changed != name));
        values.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Ok(values)
    }

    /// What a field of the form that posts to `action` would send; nothing where the form has no such field.
    pub fn field(&self, action: &str, name: &str) -> Result<Option<String>, WalkError> {
        Ok(self.form(action)?.into_iter().find(|(field, _)| field == name).map(|(_, value)| value))
    }

    /// Where it leads, if it is no page but a redirect.
    pub fn location(&self) -> Result<Option<Url>, WalkError> {
        let location = self.headers.get(LOCATION).filter(|_| self.status.is_redirection());
        let url = location.map(|location| location.to_str().ok().and_then(|text| self.url.join(text).ok()));
        url.map(|url| url.ok_or_else(|| self.unexpected("a redirect's address"))).transpose()
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

/// The form of a button that posts to `action` in place of where its form does.
fn form_of_button<'page>(document: &'page Html, action: &str) -> Option<ElementRef<'page>> {
    let button = document.select(&selector(&format!("button[formaction='{action}']"))).next()?;
    match button.value().attr("form") {
        Some(id) => document.select(&selector(&format!("form[id='{id}']"))).next(),
        None => button.ancestors().filter_map(ElementRef::wrap).find(|outer| outer.value().name() == "form"),
    }
}

/// What one field sends; nothing where it is not ticked, or has no name.
fn field_value(field: &ElementRef<'_>) -> Option<(String, String)> {
    let element = field.value();
    let name = element.attr("name")?.to_owned();
    if element.name() == "select" {
        let chosen = field.select(&selector("option[selected]")).next()?;
        // An option without a value stands for its words.
        let words = || chosen.text().collect::<String>().trim().to_owned();
        return Some((name, chosen.value().attr("value").map_or_else(words, str::to_owned)));
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
