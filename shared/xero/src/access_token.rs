//! What an access token says of the consent that it came from.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The claims that we read. The token came from Xero itself over TLS a moment ago, and what they decide Xero checks
/// again at each call, so its signature is not checked.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct AccessClaims {
    authentication_event_id: Option<String>,
    scope: Option<Scope>,
}

/// Xero writes an array; RFC 9068, section 2.2.3 has a text with blanks.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Scope {
    List(Vec<String>),
    Text(String),
    Else(serde::de::IgnoredAny),
}

impl AccessClaims {
    /// Reads a token. One that is no JWT claims nothing.
    pub(crate) fn of(access_token: &str) -> Self {
        let payload = access_token.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload).ok());
        payload.and_then(|payload| serde_json::from_slice(&payload).ok()).unwrap_or_default()
    }

    /// The granted scopes, where they are told.
    pub(crate) fn scopes(&self) -> Option<Vec<String>> {
        match self.scope.as_ref()? {
            Scope::List(scopes) => Some(scopes.clone()),
            Scope::Text(scopes) => Some(scopes.split_whitespace().map(str::to_owned).collect()),
            Scope::Else(_) => None,
        }
    }

    /// Which consent it was, where that is told.
    pub(crate) fn authentication_event(self) -> Option<String> {
        self.authentication_event_id.filter(|event| !event.is_empty())
    }
}
