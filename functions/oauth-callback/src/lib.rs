#![doc = include_str!("../README.md")]

mod callback;
mod candidates;
mod disconnect;
mod organisations;
mod readiness;
mod sign_in;
mod turning_away;

use std::sync::Arc;

use application::framing::frame_problems;
use application::site::PortalUrl;
use application::visitor::Visitors;
use application::xero_access::{XeroAccess, XeroAccessError};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use platform::telemetry::Causes;
use state::{Consents, Grants, PortalReader, Tenants, XeroLogins};
use web::problem::ConsentProblem;
use web::{Problem, responses};
use xero::XeroError;

/// All that ends a consent, and all that takes one back.
#[derive(Clone)]
pub struct Callback {
    /// Who visits.
    pub visitors: Visitors,
    /// Attempts at consent.
    pub consents: Arc<dyn Consents>,
    /// Who signed up as which Xero user.
    pub logins: Arc<dyn XeroLogins>,
    /// Organisations.
    pub tenants: Arc<dyn Tenants>,
    /// Portals, to see whose they are.
    pub portals: Arc<dyn PortalReader>,
    /// Token sets, to keep those of a portal that was connected. Nothing is opened.
    pub grants: Arc<dyn Grants>,
    /// Xero, as the users who let us in.
    pub xero: XeroAccess,
    /// How a portal is opened.
    pub portal_url: PortalUrl,
}

/// The routes.
pub fn router(callback: Callback) -> Router {
    let (site, visitors) = (callback.visitors.site.clone(), callback.visitors.clone());
    Router::new()
        .route("/oauth/xero/callback", get(callback::arrive))
        .route("/organisations", get(organisations::show).post(organisations::confirm))
        .route("/organisations/permission", get(readiness::permission))
        .route("/organisations/payroll", get(readiness::payroll_role))
        .route("/disconnect", get(disconnect::ask).post(disconnect::disconnect))
        .with_state(callback)
        .layer(from_fn_with_state(visitors, frame_problems))
        .layer(from_fn_with_state(site, responses::finish))
}

impl Callback {
    /// What to answer where Xero did not do what was asked of it.
    fn unavailable(&self, error: &XeroError) -> Problem {
        tracing::warn!(error = %Causes(error), "Xero did not answer about an organisation");
        match error {
            XeroError::Unauthorized { .. } => Problem::Consent(ConsentProblem::AccessEnded),
            error => {
                let now = self.visitors.clock.now();
                Problem::xero_unavailable(error.retry_after(now), now)
            }
        }
    }

    /// The same, where there may not even have been a token to ask with.
    fn no_access(&self, error: &XeroAccessError) -> Problem {
        match error {
            XeroAccessError::Ended => Problem::Consent(ConsentProblem::AccessEnded),
            XeroAccessError::NoToken => Problem::xero_unavailable(None, self.visitors.clock.now()),
            XeroAccessError::Xero(error) => self.unavailable(error),
            XeroAccessError::Vault(_) => self.visitors.failed(error),
        }
    }
}
