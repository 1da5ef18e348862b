//! Tokens: ours as a partner, and those of a portal.

use http::Method;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use transport::Call;

use crate::client::Go1Client;
use crate::error::{ErrorCode, Failure, Go1Error, RefreshError};
use crate::loose;

/// How long an access token lives where the answer does not say: 12 hours
/// (<https://www.go1.com/developers/partners/concepts/client_credentials>).
const ACCESS_TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(12);

/// Our own token: creates portals. There is nothing to refresh it with; another is asked for.
#[derive(Clone, Debug)]
pub struct PartnerToken {
    /// The bearer token for calls (RFC 6750).
    pub access_token: SecretString,
    /// When the access token expires: the time of receipt plus `expires_in`.
    pub expires_at: Timestamp,
}

/// A portal's tokens: for its accounts, enrollments and log-ins.
#[derive(Clone, Debug)]
pub struct Go1Tokens {
    /// The bearer token for calls (RFC 6750).
    pub access_token: SecretString,
    /// The token for the next pair (RFC 6749, section 6). It works once.
    pub refresh_token: SecretString,
    /// When the access token expires: the time of receipt plus `expires_in`.
    pub expires_at: Timestamp,
}

#[derive(Deserialize)]
pub(crate) struct TokenBody {
    access_token: SecretString,
    refresh_token: Option<SecretString>,
    #[serde(default, deserialize_with = "loose::count")]
    expires_in: Option<u64>,
}

impl TokenBody {
    fn expires_at(&self, now: Timestamp) -> Timestamp {
        let lifetime = self.expires_in.and_then(|seconds| i64::try_from(seconds).ok()).map(SignedDuration::from_secs);
        let lifetime = lifetime.unwrap_or(ACCESS_TOKEN_LIFETIME).min(SignedDuration::from_hours(24 * 7));
        now.checked_add(lifetime).unwrap_or(Timestamp::MAX)
    }

    /// The pair; `None` without a refresh token.
    pub(crate) fn pair(self, now: Timestamp) -> Option<Go1Tokens> {
        let expires_at = self.expires_at(now);
        Some(Go1Tokens { access_token: self.access_token, refresh_token: self.refresh_token?, expires_at })
    }
}

impl Go1Client {
    /// Asks for a token of our own. Tried again like a read: another token does no harm.
    pub async fn partner_token(&self, now: Timestamp) -> Result<PartnerToken, Go1Error> {
        let call = self.token_call(&[("grant_type", "client_credentials")]);
        let body: TokenBody = self.read("partner token", call).await?;
        Ok(PartnerToken { expires_at: body.expires_at(now), access_token: body.access_token })
    }

    /// Exchanges a refresh token for the next pair. Sent once.
    pub async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<Go1Tokens, RefreshError> {
        let call = "refresh";
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
        match self.send_once(self.token_call(&fields).build()).await {
            Ok(answer) => serde_json::from_slice::<TokenBody>(answer.body())
                .ok()
                .and_then(|body| body.pair(now))
                .ok_or(RefreshError::OutcomeUnknown),
            Err(Failure::NoAnswer(error)) if error.outcome_unknown() => Err(RefreshError::OutcomeUnknown),
            Err(Failure::Refused { refusal, .. } | Failure::Unauthorized(refusal))
                if refusal.code == Some(ErrorCode::InvalidGrant) =>
            {
                Err(RefreshError::InvalidGrant)
            }
            Err(failure) => Err(RefreshError::Upstream(failure.read(call))),
        }
    }

    pub(crate) fn token_call(&self, fields: &[(&str, &str)]) -> Call {
        let settings = &self.settings;
        let mut form =
            vec![("client_id", settings.client_id.as_str()), ("client_secret", settings.client_secret.expose_secret())];
        form.extend_from_slice(fields);
        Call::new(Method::POST, &settings.auth_url, &["oauth", "token"]).form(&form)
    }
}
