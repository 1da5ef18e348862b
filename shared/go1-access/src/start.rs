//! The client and its vault, made from the settings once for an execution environment.

use std::sync::Arc;

use domain::clock::random_number;
use go1::{Go1Client, Go1Settings, LoginClient, LoginSettings};
use platform::function::{FunctionContext, StartError};
use platform::rereading::{reads_again, reads_client_secret_again};
use platform::secrets::{Secrets, client_credentials_and};
use platform::settings::{Environment, SettingError, names};
use state::Grants;
use transport::{Observed, ReadRetries, Transport};
use vault::{SealingKeys, Vault};

use crate::access::Go1Access;
use crate::partner::Partner;

/// What the path of GO1's callback is.
pub const GO1_CALLBACK_PATH: &str = "/oauth/go1/callback";

/// How often a read is sent at most where a person waits for it.
pub const READ_TRIES: u32 = 3;

impl Go1Access {
    /// The client over the vault of GO1's tokens. `read_tries`: how often a read is sent at most.
    pub async fn new<S: Grants + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
        read_tries: u32,
    ) -> Result<Self, StartError> {
        let environment = &context.environment;
        let (client, sealing) = (names::GO1_CLIENT_SECRET_ARN, names::GO1_SEALING_KEY_ARN);
        let (credentials, keys) = client_credentials_and(secrets, environment, client, sealing).await?;
        let keys = SealingKeys::from_json(&keys)?;
        let settings = Go1Settings {
            auth_url: environment.base_url(names::GO1_AUTH_URL)?,
            api_url: environment.base_url(names::GO1_API_URL)?,
            api_version: environment.text(names::GO1_API_VERSION)?,
            client_id: credentials.client_id,
            client_secret: credentials.client_secret,
        };
        let (clock, random) = (context.clock.clone(), context.random.clone());
        let spread = Arc::new(move || random_number(&*random));
        let retries = ReadRetries { tries: read_tries, random: spread, ..ReadRetries::default() };
        let transport = Arc::new(Observed::new("GO1", transport));
        let secret = reads_client_secret_again(secrets, environment, names::GO1_CLIENT_SECRET_ARN)?;
        let client = Go1Client::new(settings, transport).with_retries(retries).reading_secret_again(secret);
        let client = Arc::new(client);
        let read_keys = reads_again(secrets, environment, sealing, |text| SealingKeys::from_json(text).ok())?;
        Ok(Self {
            partner: Arc::new(Partner::new(client.clone(), clock.clone())),
            vault: Vault::new(context.state.clone(), Arc::new(keys), clock, context.random.clone())
                .reading_keys_again(read_keys),
            client,
        })
    }
}

/// What logs people in with GO1, over its client.
pub fn go1_login(environment: &Environment, client: Arc<Go1Client>) -> Result<LoginClient, SettingError> {
    let settings = LoginSettings {
        login_url: environment.base_url(names::GO1_LOGIN_URL)?,
        v2_api_url: environment.base_url(names::GO1_V2_API_URL)?,
        redirect_uri: environment.own_url(GO1_CALLBACK_PATH)?,
        scopes: environment.list(names::GO1_SCOPES)?,
        v2_account: environment.switch(names::GO1_V2_ACCOUNT)?,
    };
    Ok(LoginClient::new(client, settings))
}
