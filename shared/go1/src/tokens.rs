//! Tokens: ours as a partner, and those of a portal.

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use transport::{Call, ClientCredentials, TransportError, answer};

use crate::client::{Go1Client, document, refuses_us, tell_if_about_us};
use crate::error::{Failure, Go1Error, RefreshError};
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

/// What the token endpoint is named by where operations are told of it.
const TOKENS: &str = "POST /oauth/token";

/// Why the token endpoint gave no tokens. GO1's login server answers as `league/oauth2-server` does, whose version 8 says
/// 401 `invalid_request` of a refresh token that is used or over, and 400 `invalid_request` of a code; its version 9 says
/// `invalid_grant` of both, as RFC 6749 does.
#[derive(Debug)]
pub(crate) enum NoTokens {
    /// What was sent in exchange, the code or the refresh token, is refused.
    Refused,
    /// GO1 refuses this product as a client.
    OurFault(Failure),
    /// 400 `invalid_request`: a parameter is missing, or a code is used or over.
    BadRequest(Failure),
    /// Everything else, also what something in front of GO1 says: it may pass.
    Later(Failure),
}

/// The error of an answer in the form of the token endpoint: a JSON object with `error` (RFC 6749, section 5.2). Only what
/// has this form is GO1's word about a token.
fn oauth_error(body: &[u8]) -> Option<String> {
    let object: Map<String, Value> = answer::json(body).ok()?;
    Some(object.get("error")?.as_str()?.to_owned())
}

impl NoTokens {
    fn of(answer: &Response<Bytes>) -> Self {
        let failure = Failure::of(answer);
        let Some(error) = oauth_error(answer.body()) else { return Self::Later(failure) };
        match (answer.status(), error.as_str()) {
            (status, _) if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => Self::Later(failure),
            (_, "invalid_client" | "invalid_scope" | "unauthorized_client") => Self::OurFault(failure),
            (StatusCode::UNAUTHORIZED, _) | (StatusCode::BAD_REQUEST, "invalid_grant") => Self::Refused,
            (StatusCode::BAD_REQUEST, "invalid_request") => Self::BadRequest(failure),
            _ => Self::Later(failure),
        }
    }
}

impl Go1Client {
    /// Asks for a token of our own. Tried again like a read: another token does no harm.
    pub async fn partner_token(&self, now: Timestamp) -> Result<PartnerToken, Go1Error> {
        let (call, fields) = ("partner token", [("grant_type", "client_credentials")]);
        let failed = |failure: Failure| failure.read(call);
        let app = self.app().await.map_err(|unread| failed(TransportError::from(unread).into()))?;
        let request = self.token_call(&app, &fields).build().map_err(|error| failed(error.into()))?;
        let mut answer = self.send_read_untold(call, request).await;
        if answer.as_ref().is_err_and(Failure::is_about_us)
            && let Some(newer) = self.app_after(&app).await
        {
            let request = self.token_call(&newer, &fields).build().map_err(|error| failed(error.into()))?;
            answer = self.send_read_untold(call, request).await;
        }
        let answer = answer.inspect_err(|failure| tell_if_about_us(TOKENS, failure)).map_err(failed)?;
        let body: TokenBody = document(answer.body()).map_err(|error| Go1Error::unreadable(call, &error))?;
        Ok(PartnerToken { expires_at: body.expires_at(now), access_token: body.access_token })
    }

    /// Exchanges a refresh token for the next pair. Sent once.
    pub async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<Go1Tokens, RefreshError> {
        let call = "refresh";
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose_secret())];
        match self.ask_for_tokens(call, &fields).await {
            Ok(answer) => document::<TokenBody>(answer.body())
                .ok()
                .and_then(|body| body.pair(now))
                .ok_or(RefreshError::OutcomeUnknown),
            Err(NoTokens::Later(Failure::NoAnswer(error))) if error.outcome_unknown() => {
                Err(RefreshError::OutcomeUnknown)
            }
            // 400 `invalid_request` says that a parameter is missing, which none is: nothing about the token.
            Err(NoTokens::Refused) => Err(RefreshError::InvalidGrant),
            Err(NoTokens::OurFault(_)) => Err(RefreshError::OurFault),
            Err(NoTokens::BadRequest(failure) | NoTokens::Later(failure)) => {
                Err(RefreshError::Upstream(failure.read(call)))
            }
        }
    }

    /// Sends one request for tokens, once, and says what a refusal is about. Where GO1 refuses our secret it is read again, and
    /// the request is repeated with another one.
    pub(crate) async fn ask_for_tokens(
        &self,
        call: &'static str,
        fields: &[(&str, &str)],
    ) -> Result<Response<Bytes>, NoTokens> {
        let app = self.app().await.map_err(|unread| NoTokens::Later(TransportError::from(unread).into()))?;
        let mut answer = self.ask_as(&app, call, fields).await;
        // Whoever is refused as a client has exchanged nothing (RFC 6749, section 3.2.1): the code, or the refresh token, is
        // as good as before.
        if matches!(answer, Err(NoTokens::OurFault(_)))
            && let Some(newer) = self.app_after(&app).await
        {
            answer = self.ask_as(&newer, call, fields).await;
        }
        if let Err(NoTokens::OurFault(failure)) = &answer {
            refuses_us(TOKENS, failure);
        }
        answer
    }

    async fn ask_as(
        &self,
        app: &ClientCredentials,
        call: &'static str,
        fields: &[(&str, &str)],
    ) -> Result<Response<Bytes>, NoTokens> {
        let answer = self.answer_of(call, self.token_call(app, fields).build()).await;
        let answer = answer.map_err(|error| NoTokens::Later(error.into()))?;
        if answer.status().is_success() { Ok(answer) } else { Err(NoTokens::of(&answer)) }
    }

    fn token_call(&self, app: &ClientCredentials, fields: &[(&str, &str)]) -> Call {
        let (id, secret) = (app.client_id.as_str(), app.client_secret.expose_secret());
        let mut form = vec![("client_id", id), ("client_secret", secret)];
        form.extend_from_slice(fields);
        Call::new(Method::POST, &self.settings.auth_url, &["oauth", "token"]).form(&form)
    }
}
