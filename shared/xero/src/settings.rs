//! Where Xero is, and as whom we speak to it.

use std::fmt;
use std::sync::Arc;

use transport::{ClientCredentials, Reread};
use url::Url;

/// Where Xero is, and as whom we speak to it. Xero's own addresses are those of
/// <https://developer.xero.com/documentation/guides/oauth2/auth-flow/> and the `servers` of its specifications.
#[derive(Clone)]
pub struct XeroSettings {
    /// Where the owner's browser is sent to log in: `https://login.xero.com`.
    pub login_url: Url,
    /// Token, revocation and key endpoints: `https://identity.xero.com`.
    pub identity_url: Url,
    /// What `iss` must be in an id_token: `https://identity.xero.com`, without a slash at the end.
    pub issuer: String,
    /// Below it are the connections: `https://api.xero.com`.
    pub api_url: Url,
    /// Below it are the organisation and its users: `https://api.xero.com/api.xro/2.0`.
    pub accounting_url: Url,
    /// Below it are the employees: `https://api.xero.com/payroll.xro/1.0`.
    pub payroll_url: Url,
    /// Our app's credentials. They are read when a token is asked for, and again where Xero refuses us as an app.
    pub app: Arc<Reread<ClientCredentials>>,
    /// Where Xero sends the owner back; registered at Xero, compared there byte by byte.
    pub redirect_uri: Url,
    /// Whether PKCE's challenge is sent. Xero documents it for apps without a secret only.
    pub pkce: bool,
}

impl fmt::Debug for XeroSettings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("XeroSettings")
            .field("login_url", &self.login_url.as_str())
            .field("identity_url", &self.identity_url.as_str())
            .field("api_url", &self.api_url.as_str())
            .field("accounting_url", &self.accounting_url.as_str())
            .field("payroll_url", &self.payroll_url.as_str())
            .field("pkce", &self.pkce)
            .finish_non_exhaustive()
    }
}
