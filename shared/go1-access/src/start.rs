//! The client and its vault, made from the settings once for an execution environment.

use std::sync::Arc;

use domain::clock::random_number;
use go1::{Go1Client, Go1Settings, LoginClient, LoginSettings};
use platform::function::{FunctionContext, StartError};
use platform::rereading::{credentials_when_used, read_when_used};
use platform::secrets::Secrets;
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
    /// The client over the vault of GO1's tokens. Both read their secrets when they need them. `read_tries`: how often a read
    /// of GO1 is sent at most.
    pub fn new<S: Grants + 'static>(
        context: &FunctionContext<S>,
        secrets: &dyn Secrets,
        transport: Arc<dyn Transport>,
        read_tries: u32,
    ) -> Result<Self, StartError> {
        let environment = &context.environment;
        let settings = Go1Settings {
            auth_url: environment.base_url(names::GO1_AUTH_URL)?,
            api_url: environment.base_url(names::GO1_API_URL)?,
            api_version: environment.text(names::GO1_API_VERSION)?,
            app: credentials_when_used(secrets, environment, names::GO1_CLIENT_SECRET_ARN)?,
        };
        let (clock, random) = (context.clock.clone(), context.random.clone());
        let spread = Arc::new(move || random_number(&*random));
        let retries = ReadRetries { tries: read_tries, random: spread, ..ReadRetries::default() };
        let transport = Arc::new(Observed::new("GO1", transport));
        let client = Arc::new(Go1Client::new(settings, transport).with_retries(retries));
        let (sealing, expected) = (names::GO1_SEALING_KEY_ARN, SealingKeys::EXPECTED);
        let parse = |text: &_| SealingKeys::from_json(text).ok();
        let keys = read_when_used(secrets, environment, sealing, expected, parse)?;
        Ok(Self {
            partner: Arc::new(Partner::new(client.clone(), clock.clone())),
            vault: Vault::reading_keys(context.state.clone(), keys, clock, context.random.clone()),
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
