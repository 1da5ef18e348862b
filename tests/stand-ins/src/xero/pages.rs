//! The templates of the pages.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};

pub(crate) struct LoginRow {
    pub(crate) email: String,
    pub(crate) name: String,
}

pub(crate) struct OrganisationRow {
    pub(crate) tenant_id: String,
    pub(crate) name: String,
    pub(crate) country: String,
    pub(crate) connected: bool,
}

#[derive(Template)]
#[template(path = "xero_front.html")]
pub(crate) struct FrontPage {
    pub(crate) organisations: Vec<(String, String, usize, usize)>,
}

#[derive(Template)]
#[template(path = "xero_login.html")]
pub(crate) struct LoginPage {
    pub(crate) request: String,
    pub(crate) people: Vec<LoginRow>,
}

#[derive(Template)]
#[template(path = "xero_organisations.html")]
pub(crate) struct OrganisationsPage {
    pub(crate) request: String,
    pub(crate) name: String,
    pub(crate) organisations: Vec<OrganisationRow>,
    pub(crate) input: &'static str,
}

#[derive(Template)]
#[template(path = "xero_consent.html")]
pub(crate) struct ConsentPage {
    pub(crate) request: String,
    pub(crate) name: String,
    pub(crate) organisations: Vec<String>,
    pub(crate) scopes: Vec<String>,
}

#[derive(Template)]
#[template(path = "xero_error.html")]
pub(crate) struct ErrorPage {
    pub(crate) title: String,
    pub(crate) text: String,
}

pub(crate) fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// The page of an error. From there the person cannot come back to the app.
pub(crate) fn error_page(text: &str) -> Response {
    let response = page(&ErrorPage { title: "Sorry, something went wrong".to_owned(), text: text.to_owned() });
    (StatusCode::INTERNAL_SERVER_ERROR, response).into_response()
}
