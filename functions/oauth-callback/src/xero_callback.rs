//! The callback function, made from its settings.

use deleting::DeletingState;
use domain::fault::Causes;
use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use platform::settings::names;
use state::{Consents, CountedConnections, Erasures, Grants, PortalReader, Tenants, XeroLogins};
use std::sync::Arc;
use transport::Transport;
use visiting::{PortalUrl, VisitorState, Visitors};
use web::Problem;
use web::problem::ConsentProblem;
use xero::XeroError;
use xero_access::{XeroAccess, XeroAccessError};

/// The parts of the table that the callback uses: sessions, attempts at consent, who signed up as which Xero user,
/// organisations, how many connections there are, portals, to see whose they are, token sets, to keep those of a
/// portal that was connected, and what is removed for whoever wants what they entered deleted.
pub trait CallbackState:
    VisitorState + Consents + XeroLogins + Tenants + CountedConnections + PortalReader + Grants + Erasures
{
}

impl<S: VisitorState + Consents + XeroLogins + Tenants + CountedConnections + PortalReader + Grants + Erasures>
    CallbackState for S
{
}

/// What the handlers work with that complete a consent, confirm an organisation, and disconnect it.
#[derive(Clone)]
pub struct Callback {
    pub(crate) visitors: Visitors,
    pub(crate) state: Arc<dyn CallbackState>,
    /// The same, for whoever wants what they entered deleted.
    pub(crate) deleting: Arc<dyn DeletingState>,
    /// Xero, as the users who let us in.
    pub(crate) xero: XeroAccess,
    pub(crate) portal_url: PortalUrl,
    /// How many connections the application's tier at Xero allows.
    pub(crate) tier: usize,
}

impl Callback {
    pub async fn new<S: CallbackState + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, StartError> {
        let xero = XeroAccess::new(context, secrets, transport)?;
        Ok(Self {
            visitors: Visitors::new(context, secrets).await?,
            state: context.state.clone(),
            deleting: context.state.clone(),
            xero,
            portal_url: PortalUrl::from_environment(&context.environment)?,
            tier: context.environment.parsed(names::XERO_CONNECTIONS, "a whole number of connections")?,
        })
    }

    /// What to answer where Xero did not do what was asked of it.
    pub(crate) fn unavailable(&self, error: &XeroError) -> Problem {
        tracing::warn!(error = %Causes(error), "Xero did not answer about an organisation");
        match error {
            XeroError::Unauthorized { .. } => Problem::Consent(ConsentProblem::AccessEnded),
            error => {
                let now = self.visitors.clock.now();
                Problem::xero_unavailable(error.retry_after(now), now)
            }
        }
    }

    /// What to answer where Xero did not do what was asked of it, or where we had no token to ask it with.
    pub(crate) fn no_access(&self, error: XeroAccessError) -> Problem {
        match error {
            // Nobody is to be woken because a button was pressed many times.
            error if error.is_same_moment() => Problem::SameMoment,
            XeroAccessError::Ended => Problem::Consent(ConsentProblem::AccessEnded),
            XeroAccessError::NoToken => Problem::xero_unavailable(None, self.visitors.clock.now()),
            XeroAccessError::Xero(error) => self.unavailable(&error),
            XeroAccessError::Vault(error) => error.into(),
        }
    }
}
