//! What becomes of an answer on its way out: problems get their words, and everything gets the security headers.

use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::frame::Frame;
use crate::problem::Problem;
use crate::problem_page::respond;
use crate::responses::secured;
use crate::site::SiteSettings;

/// Turns a [`Problem`] into a page or into problem+json, and puts the security headers on whatever leaves without them.
/// `reference` is what support finds the request's lines in the log by.
pub fn finish(site: &SiteSettings, mut response: Response, wants_json: bool, reference: &str) -> Response {
    let problem = match response.extensions_mut().remove::<Problem>() {
        Some(problem) => problem,
        // What axum itself refuses has no words for people.
        None if response.headers().contains_key(header::CONTENT_SECURITY_POLICY) => return response,
        None => match response.status() {
            StatusCode::NOT_FOUND => Problem::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Problem::WrongMethod,
            status if status.is_client_error() => Problem::BadRequest,
            _ => return secured(site, response),
        },
    };
    let kept = [header::SET_COOKIE, header::ALLOW];
    let carried: Vec<(HeaderName, HeaderValue)> = kept
        .into_iter()
        .flat_map(|name| {
            response.headers().get_all(&name).iter().map(|value| (name.clone(), value.clone())).collect::<Vec<_>>()
        })
        .collect();
    let frame = response.extensions_mut().remove::<Frame>().unwrap_or(Frame::SignUp);
    let mut answer = respond(&problem, site, &frame, wants_json, reference);
    answer.headers_mut().extend(carried);
    answer
}
