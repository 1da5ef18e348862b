//! Where the servers are, and as whom they are spoken to.

use std::sync::Arc;

use secrecy::SecretString;
use transport::{ClientCredentials, Reread};
use url::Url;

/// The addresses of both upstreams, and our credentials there. The names of the options are those of the functions'
/// variables.
#[derive(Clone, Debug, clap::Args)]
pub struct Addresses {
    /// Where the browser goes at Xero.
    #[arg(long, env = "XERO_LOGIN_URL", default_value = "https://login.xero.com")]
    pub xero_login_url: Url,
    /// Xero's token endpoint's base.
    #[arg(long, env = "XERO_IDENTITY_URL", default_value = "https://identity.xero.com")]
    pub xero_identity_url: Url,
    /// The issuer of Xero's id tokens, compared as text.
    #[arg(long, env = "XERO_ISSUER", default_value = "https://identity.xero.com")]
    pub xero_issuer: String,
    /// The base of Xero's connections.
    #[arg(long, env = "XERO_API_URL", default_value = "https://api.xero.com")]
    pub xero_api_url: Url,
    /// The base of Xero's accounting API.
    #[arg(long, env = "XERO_ACCOUNTING_URL", default_value = "https://api.xero.com/api.xro/2.0")]
    pub xero_accounting_url: Url,
    /// The base of Xero's Australian payroll API.
    #[arg(long, env = "XERO_PAYROLL_URL", default_value = "https://api.xero.com/payroll.xro/1.0")]
    pub xero_payroll_url: Url,
    /// Our application's id at Xero.
    #[arg(long, env = "XERO_CLIENT_ID", default_value = "")]
    pub xero_client_id: String,
    /// Its secret. Better from the environment than on a command line.
    #[arg(long, env = "XERO_CLIENT_SECRET", default_value = "", hide_env_values = true)]
    pub xero_client_secret: SecretString,
    /// The base of GO1's token endpoint.
    #[arg(long, env = "GO1_AUTH_URL", default_value = "https://auth.go1.com")]
    pub go1_auth_url: Url,
    /// Where the browser goes at GO1.
    #[arg(long, env = "GO1_LOGIN_URL", default_value = "https://auth.go1.com")]
    pub go1_login_url: Url,
    /// The base of GO1's API.
    #[arg(long, env = "GO1_API_URL", default_value = "https://gateway.go1.com")]
    pub go1_api_url: Url,
    /// The base of GO1's second API.
    #[arg(long, env = "GO1_V2_API_URL", default_value = "https://api.go1.com/v2")]
    pub go1_v2_api_url: Url,
    /// The version of GO1's API.
    #[arg(long, env = "GO1_API_VERSION", default_value = "2025-01-01")]
    pub go1_api_version: String,
    /// Our application's id at GO1.
    #[arg(long, env = "GO1_CLIENT_ID", default_value = "")]
    pub go1_client_id: String,
    /// Its secret.
    #[arg(long, env = "GO1_CLIENT_SECRET", default_value = "", hide_env_values = true)]
    pub go1_client_secret: SecretString,
}

impl Addresses {
    /// The settings of the Xero client, with our address for consents.
    pub fn xero(&self, redirect_uri: Url) -> xero::XeroSettings {
        xero::XeroSettings {
            login_url: self.xero_login_url.clone(),
            identity_url: self.xero_identity_url.clone(),
            issuer: self.xero_issuer.clone(),
            api_url: self.xero_api_url.clone(),
            accounting_url: self.xero_accounting_url.clone(),
            payroll_url: self.xero_payroll_url.clone(),
            app: app(&self.xero_client_id, &self.xero_client_secret),
            redirect_uri,
            pkce: false,
        }
    }

    /// The settings of the GO1 client.
    pub fn go1(&self) -> go1::Go1Settings {
        go1::Go1Settings {
            auth_url: self.go1_auth_url.clone(),
            api_url: self.go1_api_url.clone(),
            api_version: self.go1_api_version.clone(),
            app: app(&self.go1_client_id, &self.go1_client_secret),
        }
    }
}

fn app(id: &str, secret: &SecretString) -> Arc<Reread<ClientCredentials>> {
    Arc::new(Reread::fixed(ClientCredentials { client_id: id.to_owned(), client_secret: secret.clone() }))
}
