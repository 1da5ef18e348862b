#![doc = include_str!("../README.md")]

mod consent;
mod form;
mod sign_up;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};
use http::HeaderMap;
use visiting::{LiveSession, layered};
use web::form_token::{check_origin, check_post};
use web::forms::{ButtonForm, parse};
use web::pages::{HelpPage, LandingPage, PrivacyPage, SignedOutPage};
use web::responses::{forgetting, public_page, with_cookie};
use web::session::expired_cookie;
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
        .route("/privacy", get(privacy))
        .route("/signout", post(sign_out))
        .route("/assets/{name}", get(asset))
        .route("/robots.txt", get(robots))
        .route("/.well-known/security.txt", get(security_txt))
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

async fn privacy(State(function): State<SignUpFunction>, headers: HeaderMap) -> Response {
    page_in(&function.visitors.site, &function.visitors.frame_by(&headers).await, &PrivacyPage)
}

/// `POST /signout`. It also succeeds where the session has ended already.
async fn sign_out(
    State(function): State<SignUpFunction>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &function.visitors;
    let form: ButtonForm = parse(&body)?;
    // Another site's post comes without the cookie, so it looks like one after the session; it must not take the cookie.
    check_origin(&headers, &visitors.site)?;
    if let Some(live) = visitors.live_session(&headers).await? {
        check_post(&headers, &visitors.site, live.session(), &form.form_token)?;
        visitors.state.remove_session(&live.session().hash()).await?;
    }
    Ok(with_cookie(
        forgetting(page_in(&visitors.site, &Frame::SignUp, &SignedOutPage { everywhere: false })),
        expired_cookie(),
    ))
}

async fn robots() -> Response {
    assets::robots()
}

async fn security_txt(State(function): State<SignUpFunction>) -> Response {
    assets::security_txt(&function.visitors.site, function.visitors.clock.now())
}

async fn asset(Path(name): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    assets::response(&name, query.as_deref(), &headers)
}
