//! How a problem is told: a page with words and a next step for people, problem+json (RFC 9457) for programs.

mod consent_words;
mod message_of;
mod portal_words;
mod words;

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use crate::frame::Frame;
use crate::locale::Locale;
use crate::pages::message::Message;
use crate::problem::Problem;
use crate::responses::{answer, page_with_status_in, secured};
use crate::site::SiteSettings;

/// The whole answer. `reference` is what support finds the request's lines in the log by; it is shown where it helps.
/// `again`: the address that was asked for, where asking once more is safe.
pub fn respond(
    problem: &Problem,
    site: &SiteSettings,
    frame: &Frame,
    as_json: bool,
    reference: &str,
    again: Option<&str>,
) -> Response {
    let (status, mut message) = (problem.status(), words::of(problem, reference, again));
    if frame.is_portal() {
        message = message.for_administrator();
    }
    message.offers_support |= message.reference.is_some() || status.is_server_error();
    let mut response = if as_json {
        as_problem_json(site, status, &message, &frame.locale())
    } else {
        page_with_status_in(site, frame, status, &message)
    };
    if let Some(seconds) = problem.retry_after() {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn as_problem_json(site: &SiteSettings, status: StatusCode, message: &Message, locale: &Locale) -> Response {
    let mut body = serde_json::json!({
        "type": "about:blank",
        "title": locale.spell(message.heading),
        "status": status.as_u16(),
        "detail": message.told(locale).join(" "),
    });
    if let Some(reference) = &message.reference {
        body["reference"] = reference.clone().into();
    }
    secured(site, answer(status, "application/problem+json", body.to_string()))
}
