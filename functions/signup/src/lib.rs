#![doc = include_str!("../README.md")]

mod consent;
mod form;
mod sign_up;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;
use visiting::{LiveSession, layered};
use web::pages::{HelpPage, LandingPage};
use web::responses::public_page;
use web::{Frame, Problem, SessionId, assets, page_in};

pub use crate::sign_up::{SignUpFunction, SignUpState};

/// The routes. Whatever no other function has ends here, as a page that says so.
pub fn router(function: SignUpFunction) -> Router {
    let visitors = function.visitors.clone();
    let routes = Router::new()
        .route("/", get(landing))
        .route("/signup", get(form::show).post(form::submit))
        .route("/connect", get(consent::connect))
        .route("/help", get(help))
        .route("/assets/{name}", get(asset))
        .route("/robots.txt", get(robots))
        .with_state(function);
    layered(routes, &visitors)
}

async fn landing(State(function): State<SignUpFunction>, headers: HeaderMap) -> Result<Response, Problem> {
    if SessionId::from_headers(&headers).is_none() {
        return Ok(public_page(&function.visitors.site, &LandingPage { resume: None }));
    }
    let live = function.visitors.live_session(&headers).await?;
    let frame = live.as_ref().map_or(Frame::SignUp, LiveSession::sign_up_frame);
    let resume = live.map(|live| match live {
        LiveSession::Visitor(visitor) => visitor.next_path(),
        LiveSession::XeroArrival { .. } | LiveSession::PortalArrival { .. } => "/signup".to_owned(),
    });
    Ok(page_in(&function.visitors.site, &frame, &LandingPage { resume }))
}

async fn help(State(function): State<SignUpFunction>, headers: HeaderMap) -> Response {
    if SessionId::from_headers(&headers).is_none() {
        return public_page(&function.visitors.site, &HelpPage);
    }
    page_in(&function.visitors.site, &function.visitors.frame_by(&headers).await, &HelpPage)
}

async fn robots() -> Response {
    assets::robots()
}

async fn asset(Path(name): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    assets::response(&name, query.as_deref(), &headers)
}
