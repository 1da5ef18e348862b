#![doc = include_str!("../README.md")]

mod consent;
mod form;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;
use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use platform::settings::names;
use state::{Consents, XeroLogins};
use transport::Transport;
use visiting::{LiveSession, VisitorState, Visitors, layered};
use web::pages::{HelpPage, LandingPage};
use web::{Problem, assets, page};
use xero::XeroClient;
use xero_access::xero_client;

/// All of the table that signing up touches: who visits, attempts at consent, and who signed up as which Xero user.
pub trait SignUpState: VisitorState + Consents + XeroLogins {}

impl<S: VisitorState + Consents + XeroLogins> SignUpState for S {}

/// All that signing up works with. It has no sealing key: it can keep no token and open none.
#[derive(Clone)]
pub struct SignUpFunction {
    visitors: Visitors,
    state: Arc<dyn SignUpState>,
    /// Xero, for the address of its consent page.
    xero: Arc<XeroClient>,
    /// Whether PKCE's challenge is sent.
    pkce: bool,
}

impl SignUpFunction {
    pub async fn new<S: SignUpState + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, StartError> {
        Ok(Self {
            visitors: Visitors::new(context)?,
            state: context.state.clone(),
            xero: xero_client(context, secrets, transport).await?,
            pkce: context.environment.switch(names::XERO_PKCE)?,
        })
    }
}

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
    let resume = function.visitors.live_session(&headers).await?.map(|live| match live {
        LiveSession::Visitor(visitor) => visitor.next_path(),
        LiveSession::XeroArrival { .. } | LiveSession::PortalArrival { .. } => "/signup".to_owned(),
    });
    Ok(page(&function.visitors.site, &LandingPage { resume }))
}

async fn help(State(function): State<SignUpFunction>) -> Response {
    page(&function.visitors.site, &HelpPage)
}

async fn asset(Path(name): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    assets::response(&name, query.as_deref(), &headers)
}
