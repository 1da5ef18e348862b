//! The sign-up function, made from its settings.

use platform::function::{FunctionContext, StartError};
use platform::secrets::Secrets;
use platform::settings::names;
use state::{Consents, XeroLogins};
use std::sync::Arc;
use transport::Transport;
use visiting::{VisitorState, Visitors};
use xero::XeroClient;
use xero_access::xero_client;

/// The parts of the table that signing up uses: sessions, attempts at consent, and who signed up as which Xero user.
pub trait SignUpState: VisitorState + Consents + XeroLogins {}

impl<S: VisitorState + Consents + XeroLogins> SignUpState for S {}

/// What the sign-up's handlers work with. There is no sealing key among it, so they can neither keep a token nor open
/// one.
#[derive(Clone)]
pub struct SignUpFunction {
    pub(crate) visitors: Visitors,
    pub(crate) state: Arc<dyn SignUpState>,
    /// Xero, for the address of its consent page.
    pub(crate) xero: Arc<XeroClient>,
    /// Whether PKCE's challenge is sent.
    pub(crate) pkce: bool,
}

impl SignUpFunction {
    pub async fn new<S: SignUpState + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, StartError> {
        let xero = xero_client(context, secrets, transport)?;
        let visitors = Visitors::new(context, secrets).await?;
        Ok(Self { visitors, state: context.state.clone(), xero, pkce: context.environment.switch(names::XERO_PKCE)? })
    }
}
