//! The client and its vault, made from the settings once for an execution environment.

use std::sync::Arc;

use domain::clock::random_number;
use platform::function::{FunctionContext, StartError};
use platform::rereading::{reads_again, reads_client_secret_again};
use platform::secrets::{ClientCredentials, Secrets, client_credentials, client_credentials_and};
use platform::settings::names;
use state::Grants;
use transport::{Observed, ReadRetries, Transport};
use vault::{SealingKeys, Vault};
use xero::{XeroClient, XeroSettings};

use crate::access::XeroAccess;

/// What the path of Xero's callback is.
pub const XERO_CALLBACK_PATH: &str = "/oauth/xero/callback";

/// The Xero client, without a token.
pub async fn xero_client<S>(
    context: &FunctionContext<S>,
    secrets: &dyn Secrets,
    transport: Arc<dyn Transport>,
) -> Result<Arc<XeroClient>, StartError> {
    let credentials = client_credentials(secrets, &context.environment, names::XERO_CLIENT_SECRET_ARN).await?;
    client_with(context, secrets, credentials, transport)
}

fn client_with<S>(
    context: &FunctionContext<S>,
    secrets: &dyn Secrets,
    credentials: ClientCredentials,
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
        client_id: credentials.client_id,
        client_secret: credentials.client_secret,
        redirect_uri: environment.own_url(XERO_CALLBACK_PATH)?,
        pkce: environment.switch(names::XERO_PKCE)?,
    };
    let random = context.random.clone();
    let retries = ReadRetries { random: Arc::new(move || random_number(&*random)), ..ReadRetries::default() };
    let transport = Arc::new(Observed::new("Xero", transport));
    let secret = reads_client_secret_again(secrets, environment, names::XERO_CLIENT_SECRET_ARN)?;
    Ok(Arc::new(XeroClient::new(settings, transport).with_retries(retries).reading_secret_again(secret)))
}

impl XeroAccess {
    /// The client over the vault of Xero's tokens.
    pub async fn new<S: Grants + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, StartError> {
        let (client, sealing) = (names::XERO_CLIENT_SECRET_ARN, names::XERO_SEALING_KEY_ARN);
        let (credentials, keys) = client_credentials_and(secrets, &context.environment, client, sealing).await?;
        let keys = SealingKeys::from_json(&keys)?;
        let read_keys = reads_again(secrets, &context.environment, sealing, |text| SealingKeys::from_json(text).ok())?;
        let (clock, random) = (context.clock.clone(), context.random.clone());
        Ok(Self {
            client: client_with(context, secrets, credentials, transport)?,
            vault: Vault::new(context.state.clone(), Arc::new(keys), clock, random).reading_keys_again(read_keys),
        })
    }
}
