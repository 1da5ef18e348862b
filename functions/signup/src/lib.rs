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
use web::{Frame, LoginWanted, Problem, assets, page_in};

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
        .with_state(function);
    layered(routes, &visitors)
}

async fn landing(State(function): State<SignUpFunction>, headers: HeaderMap) -> Result<Response, Problem> {
    let live = function.visitors.live_session(&headers).await?;
    let login_wanted = live.as_ref().and_then(login_wanted);
    let resume = live.map(|live| match live {
        LiveSession::Visitor(visitor) => visitor.next_path(),
        LiveSession::XeroArrival { .. } | LiveSession::PortalArrival { .. } => "/signup".to_owned(),
    });
    Ok(page_in(&function.visitors.site, &Frame::SignUp.wanting(login_wanted), &LandingPage { resume }))
}

async fn help(State(function): State<SignUpFunction>, headers: HeaderMap) -> Response {
    // The help is there for everybody, also where the table does not answer.
    let live = function.visitors.live_session(&headers).await.ok().flatten();
    let login_wanted = live.as_ref().and_then(login_wanted);
    page_in(&function.visitors.site, &Frame::SignUp.wanting(login_wanted), &HelpPage)
}

/// What an import of the visitor waits for, if that is a login.
fn login_wanted(live: &LiveSession) -> Option<LoginWanted> {
    match live {
        LiveSession::Visitor(visitor) => visitor.login_wanted.clone(),
        LiveSession::XeroArrival { .. } | LiveSession::PortalArrival { .. } => None,
    }
}

async fn asset(Path(name): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    assets::response(&name, query.as_deref(), &headers)
}
