#![doc = include_str!("../README.md")]

mod consent;
mod form;

use std::sync::Arc;

use application::visitor::{Guest, Visitors};
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::get;
use http::HeaderMap;
use state::{Consents, XeroLogins};
use web::pages::{HelpPage, LandingPage};
use web::{Problem, assets, page, responses};
use xero::XeroClient;

/// All that the door works with. It has no sealing key: it can keep no token and open none.
#[derive(Clone)]
pub struct Door {
    /// Who visits.
    pub visitors: Visitors,
    /// Attempts at consent.
    pub consents: Arc<dyn Consents>,
    /// Who signed up as which Xero user.
    pub logins: Arc<dyn XeroLogins>,
    /// Xero, for the address of its consent page.
    pub xero: Arc<XeroClient>,
    /// Whether PKCE's challenge is sent.
    pub pkce: bool,
}

/// The routes. Whatever no other function has ends here, as a page that says so.
pub fn router(door: Door) -> Router {
    let site = door.visitors.site.clone();
    Router::new()
        .route("/", get(landing))
        .route("/signup", get(form::show).post(form::submit))
        .route("/connect", get(consent::connect))
        .route("/help", get(help))
        .route("/assets/{name}", get(asset))
        .with_state(door)
        .layer(from_fn_with_state(site, responses::finish))
}

async fn landing(State(door): State<Door>, headers: HeaderMap) -> Result<Response, Problem> {
    let resume = door.visitors.guest(&headers).await?.map(|guest| match guest {
        Guest::Visitor(visitor) => visitor.next_path(),
        Guest::Arrival { .. } | Guest::PortalArrival { .. } => "/signup".to_owned(),
    });
    Ok(page(&door.visitors.site, &LandingPage { resume }))
}

async fn help(State(door): State<Door>) -> Response {
    page(&door.visitors.site, &HelpPage)
}

async fn asset(Path(name): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Result<Response, Problem> {
    assets::response(&name, query.as_deref(), &headers)
}
