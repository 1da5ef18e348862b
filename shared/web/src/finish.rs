//! What becomes of an answer on its way out: problems get their words, and everything gets the security headers.

use axum::response::Response;
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::frame::Frame;
use crate::problem::Problem;
use crate::problem_page::respond;
use crate::responses::secured;
use crate::site::SiteSettings;

/// The problem that an answer comes to, if it does.
pub fn problem_of(response: &Response) -> Option<Problem> {
    if let Some(problem) = response.extensions().get::<Problem>() {
        return Some(problem.clone());
    }
    // A page of ours has its words already. What axum itself refuses has none.
    if response.headers().contains_key(header::CONTENT_SECURITY_POLICY) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Problem::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Problem::WrongMethod),
        status if status.is_client_error() => Some(Problem::BadRequest),
        _ => None,
    }
}

/// The address that was asked for, on an answer to a request that changes nothing: it can be asked for again.
#[derive(Clone, Debug)]
pub struct AskedFor(pub String);

/// Turns a [`Problem`] into a page or into problem+json, and puts the security headers on whatever leaves without them.
/// `reference` is what support finds the request's lines in the log by.
pub fn finish(site: &SiteSettings, mut response: Response, wants_json: bool, reference: &str) -> Response {
    let Some(problem) = problem_of(&response) else {
        let is_finished = response.headers().contains_key(header::CONTENT_SECURITY_POLICY);
        return if is_finished { response } else { secured(site, response) };
    };
    let kept = [header::SET_COOKIE, header::ALLOW];
    let carried: Vec<(HeaderName, HeaderValue)> = kept
        .into_iter()
        .flat_map(|name| {
            response.headers().get_all(&name).iter().map(|value| (name.clone(), value.clone())).collect::<Vec<_>>()
        })
        .collect();
    let frame = response.extensions_mut().remove::<Frame>().unwrap_or(Frame::SignUp);
    let asked = response.extensions_mut().remove::<AskedFor>();
    let again = asked.as_ref().map(|AskedFor(address)| address.as_str());
    let mut answer = respond(&problem, site, &frame, wants_json, reference, again);
    answer.headers_mut().extend(carried);
    answer
}
