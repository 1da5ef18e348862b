#![doc = include_str!("../README.md")]

mod callback;
mod consented_organisations;
mod disconnect;
mod organisations;
mod readiness;
mod refusals;
mod sign_in;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use domain::fault::Causes;
use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use state::{Consents, Grants, PortalReader, Tenants, XeroLogins};
use transport::Transport;
use visiting::{PortalUrl, VisitorState, Visitors, layered};
use web::Problem;
use web::problem::ConsentProblem;
use xero::XeroError;
use xero_access::{XeroAccess, XeroAccessError};

/// All of the table that ending a consent touches: who visits, attempts at consent, who signed up as which Xero user,
/// organisations, portals, to see whose they are, and token sets, to keep those of a portal that was connected.
pub trait CallbackState: VisitorState + Consents + XeroLogins + Tenants + PortalReader + Grants {}

impl<S: VisitorState + Consents + XeroLogins + Tenants + PortalReader + Grants> CallbackState for S {}

/// All that ends a consent, and all that takes one back.
#[derive(Clone)]
pub struct Callback {
    visitors: Visitors,
    state: Arc<dyn CallbackState>,
    /// Xero, as the users who let us in.
    xero: XeroAccess,
    portal_url: PortalUrl,
}

pub fn router(callback: Callback) -> Router {
    let visitors = callback.visitors.clone();
    let routes = Router::new()
        .route("/oauth/xero/callback", get(callback::arrive))
        .route("/organisations", get(organisations::show).post(organisations::confirm))
        .route("/organisations/permission", get(readiness::permission))
        .route("/organisations/payroll", get(readiness::payroll_role))
        .route("/disconnect", get(disconnect::ask).post(disconnect::disconnect))
        .with_state(callback);
    layered(routes, &visitors)
}

impl Callback {
    pub async fn new<S: CallbackState + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, StartError> {
        Ok(Self {
            visitors: Visitors::new(context)?,
            state: context.state.clone(),
            xero: XeroAccess::new(context, secrets, transport).await?,
            portal_url: PortalUrl::from_environment(&context.environment)?,
        })
    }

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
    fn no_access(&self, error: XeroAccessError) -> Problem {
        match error {
            XeroAccessError::Ended => Problem::Consent(ConsentProblem::AccessEnded),
            XeroAccessError::NoToken => Problem::xero_unavailable(None, self.visitors.clock.now()),
            XeroAccessError::Xero(error) => self.unavailable(&error),
            XeroAccessError::Vault(error) => error.into(),
        }
    }
}
