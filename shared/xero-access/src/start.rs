//! The client and its vault, made from the settings once for an execution environment.

use std::sync::Arc;

use domain::clock::random_number;
use platform::function::{FunctionContext, StartError};
use platform::rereading::{credentials_when_used, read_when_used};
use platform::secrets::Secrets;
use platform::settings::names;
use state::Grants;
use transport::{Observed, ReadRetries, Transport};
use vault::{SealingKeys, Vault};
use xero::{XeroClient, XeroSettings};

use crate::access::XeroAccess;

/// What the path of Xero's callback is.
pub const XERO_CALLBACK_PATH: &str = "/oauth/xero/callback";

/// The Xero client, without a token.
pub fn xero_client<S>(
    context: &FunctionContext<S>,
    secrets: &dyn Secrets,
    transport: Arc<dyn Transport>,
) -> Result<Arc<XeroClient>, StartError> {
    let environment = &context.environment;
    let settings = XeroSettings {
        login_url: environment.base_url(names::XERO_LOGIN_URL)?,
        identity_url: environment.base_url(names::XERO_IDENTITY_URL)?,
        issuer: environment.url(names::XERO_ISSUER)?,
        api_url: environment.base_url(names::XERO_API_URL)?,
        accounting_url: environment.base_url(names::XERO_ACCOUNTING_URL)?,
        payroll_url: environment.base_url(names::XERO_PAYROLL_URL)?,
        app: credentials_when_used(secrets, environment, names::XERO_CLIENT_SECRET_ARN)?,
        redirect_uri: environment.own_url(XERO_CALLBACK_PATH)?,
        pkce: environment.switch(names::XERO_PKCE)?,
    };
    let random = context.random.clone();
    let retries = ReadRetries { random: Arc::new(move || random_number(&*random)), ..ReadRetries::default() };
    let transport = Arc::new(Observed::new("Xero", transport));
    Ok(Arc::new(XeroClient::new(settings, transport).with_retries(retries)))
}

impl XeroAccess {
    /// The client over the vault of Xero's tokens. Both read their secrets when they need them.
    pub fn new<S: Grants + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, StartError> {
        let (sealing, expected) = (names::XERO_SEALING_KEY_ARN, SealingKeys::EXPECTED);
        let parse = |text: &_| SealingKeys::from_json(text).ok();
        let keys = read_when_used(secrets, &context.environment, sealing, expected, parse)?;
        let (clock, random) = (context.clock.clone(), context.random.clone());
        Ok(Self {
            client: xero_client(context, secrets, transport)?,
            vault: Vault::reading_keys(context.state.clone(), keys, clock, random),
        })
    }
}
