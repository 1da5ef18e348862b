//! The clients and the vaults, made from the environment once for an execution environment.

use std::sync::Arc;

use go1::{Go1Client, Go1Settings, LoginClient, LoginSettings};
use platform::entropy::{SystemClock, SystemRandom};
use platform::secrets::{SecretError, Secrets};
use platform::settings::{Environment, SettingError, names};
use state::Grants;
use transport::{HttpSettings, HttpTransport, HttpTransportError, Transport};
use url::Url;
use vault::{SealError, SealingKeys, Vault};
use xero::{XeroClient, XeroSettings};

use crate::xero_access::XeroAccess;

/// What the path of Xero's callback is.
pub const XERO_CALLBACK_PATH: &str = "/oauth/xero/callback";

/// What the path of GO1's callback is.
pub const GO1_CALLBACK_PATH: &str = "/oauth/go1/callback";

/// Makes clients and vaults.
#[derive(Clone)]
pub struct Upstreams {
    secrets: Secrets,
    transport: Arc<dyn Transport>,
}

/// Why a function cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A variable of the environment.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The sealing keys.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The HTTP client.
    #[error(transparent)]
    Transport(#[from] HttpTransportError),
}

impl Upstreams {
    /// Over one HTTP client for both upstreams.
    pub fn new(secrets: Secrets) -> Result<Self, StartError> {
        Ok(Self { secrets, transport: Arc::new(HttpTransport::new(&HttpSettings::default())?) })
    }

    /// The Xero client. Reads `XERO_LOGIN_URL`, `XERO_IDENTITY_URL`, `XERO_ISSUER`, `XERO_API_URL`,
    /// `XERO_ACCOUNTING_URL`, `XERO_PAYROLL_URL`, `XERO_CLIENT_SECRET_ARN`, `XERO_PKCE` and `PUBLIC_URL`.
    pub async fn xero(&self, environment: &Environment) -> Result<XeroClient, StartError> {
        let variable = names::XERO_CLIENT_SECRET_ARN;
        let credentials = self.secrets.client_credentials(variable, &environment.text(variable)?).await?;
        let settings = XeroSettings {
            login_url: address(environment, names::XERO_LOGIN_URL)?,
            identity_url: address(environment, names::XERO_IDENTITY_URL)?,
            issuer: environment.url(names::XERO_ISSUER)?,
            api_url: address(environment, names::XERO_API_URL)?,
            accounting_url: address(environment, names::XERO_ACCOUNTING_URL)?,
            payroll_url: address(environment, names::XERO_PAYROLL_URL)?,
            client_id: credentials.client_id,
            client_secret: credentials.client_secret,
            redirect_uri: callback(environment, XERO_CALLBACK_PATH)?,
            pkce: environment.switch(names::XERO_PKCE)?,
        };
        Ok(XeroClient::new(settings, self.transport.clone()))
    }

    /// The GO1 client. Reads `GO1_AUTH_URL`, `GO1_API_URL`, `GO1_API_VERSION` and `GO1_CLIENT_SECRET_ARN`.
    pub async fn go1(&self, environment: &Environment) -> Result<Go1Client, StartError> {
        let variable = names::GO1_CLIENT_SECRET_ARN;
        let credentials = self.secrets.client_credentials(variable, &environment.text(variable)?).await?;
        let settings = Go1Settings {
            auth_url: address(environment, names::GO1_AUTH_URL)?,
            api_url: address(environment, names::GO1_API_URL)?,
            api_version: environment.text(names::GO1_API_VERSION)?,
            client_id: credentials.client_id,
            client_secret: credentials.client_secret,
        };
        Ok(Go1Client::new(settings, self.transport.clone()))
    }

    /// What logs people in with GO1, over its client. Reads `GO1_LOGIN_URL`, `GO1_V2_API_URL` and `PUBLIC_URL`.
    pub fn go1_login(environment: &Environment, client: Arc<Go1Client>) -> Result<LoginClient, SettingError> {
        let settings = LoginSettings {
            login_url: address(environment, names::GO1_LOGIN_URL)?,
            v2_api_url: address(environment, names::GO1_V2_API_URL)?,
            redirect_uri: callback(environment, GO1_CALLBACK_PATH)?,
        };
        Ok(LoginClient::new(client, settings))
    }

    /// The Xero client over the vault of Xero's tokens. Reads what [`Self::xero`] reads, and `XERO_SEALING_KEY_ARN`.
    pub async fn xero_access(
        &self,
        environment: &Environment,
        grants: Arc<dyn Grants>,
    ) -> Result<XeroAccess, StartError> {
        Ok(XeroAccess {
            client: Arc::new(self.xero(environment).await?),
            vault: self.vault(names::XERO_SEALING_KEY_ARN, environment, grants).await?,
        })
    }

    /// The vault of GO1's tokens. Reads `GO1_SEALING_KEY_ARN`.
    pub async fn go1_vault(&self, environment: &Environment, grants: Arc<dyn Grants>) -> Result<Vault, StartError> {
        self.vault(names::GO1_SEALING_KEY_ARN, environment, grants).await
    }

    async fn vault(
        &self,
        variable: &'static str,
        environment: &Environment,
        grants: Arc<dyn Grants>,
    ) -> Result<Vault, StartError> {
        let secret = self.secrets.text(variable, &environment.text(variable)?).await?;
        let keys = Arc::new(SealingKeys::from_json(&secret)?);
        Ok(Vault::new(grants, keys, Arc::new(SystemClock), Arc::new(SystemRandom)))
    }
}

fn address(environment: &Environment, name: &'static str) -> Result<Url, SettingError> {
    Url::parse(&environment.url(name)?).map_err(|_| malformed(name))
}

/// Our own address of a callback: from the setting, never from what a request says.
fn callback(environment: &Environment, path: &str) -> Result<Url, SettingError> {
    address(environment, names::PUBLIC_URL)?.join(path).map_err(|_| malformed(names::PUBLIC_URL))
}

fn malformed(name: &'static str) -> SettingError {
    SettingError::Malformed { name, expected: "an address that begins with https:// or http://" }
}
