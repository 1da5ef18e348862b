#![doc = include_str!("../README.md")]

mod callback;
mod candidates;
mod organisations;

use std::sync::Arc;

use application::site::PortalUrl;
use application::visitor::Visitors;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use state::{Consents, Tenants};
use vault::Vault;
use web::responses;
use xero::XeroClient;

/// All that ends a consent.
#[derive(Clone)]
pub struct Callback {
    /// Who visits.
    pub visitors: Visitors,
    /// Attempts at consent.
    pub consents: Arc<dyn Consents>,
    /// Organisations.
    pub tenants: Arc<dyn Tenants>,
    /// Xero's tokens.
    pub vault: Vault,
    /// Xero.
    pub xero: Arc<XeroClient>,
    /// How a portal is opened.
    pub portal_url: PortalUrl,
}

/// The routes.
pub fn router(callback: Callback) -> Router {
    let site = callback.visitors.site.clone();
    Router::new()
        .route("/oauth/xero/callback", get(callback::arrive))
        .route("/organisations", get(organisations::show).post(organisations::confirm))
        .with_state(callback)
        .layer(from_fn_with_state(site, responses::finish))
}
