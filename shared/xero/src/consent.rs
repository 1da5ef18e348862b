//! Consent: the way to Xero, and what is brought back from it.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::country::Country;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthUrl, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse as _, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use transport::{Call, ClientCredentials, Unread, named};
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::access_token::AccessClaims;
use crate::client::XeroClient;
use crate::consent_error::{ConsentError, IdTokenRejection};
use crate::error::{Trace, XeroError};
use crate::id_token::Identity;
use crate::scopes::{reads_contacts, reads_payroll, scopes};

/// How long an access token lives where the answer does not say (<https://developer.xero.com/faq/oauth2>).
const ACCESS_TOKEN_LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// What the authorize URL of one consent depends on.
#[derive(Clone, Debug)]
pub struct ConsentRequest {
    /// Where the company says it is; decides whether payroll is asked for. `None` where we do not know.
    pub country: Option<Country>,
    /// Whether the contacts are asked for, which needs a country that is known.
    pub contacts: bool,
    /// The `state` that Xero sends back unchanged (RFC 6749, section 4.1.1).
    pub state: String,
    /// The `nonce` that comes back in the id_token (OpenID Connect Core, section 3.1.2.1).
    pub nonce: String,
    /// PKCE's code challenge with method S256 (RFC 7636), where PKCE is on.
    pub code_challenge: Option<String>,
}

/// A user's grant. Both tokens are the user's, for every organisation that they connected.
#[derive(Clone, Debug)]
pub struct XeroTokens {
    /// The bearer token for calls (RFC 6750).
    pub access_token: SecretString,
    /// The token for the next pair (RFC 6749, section 6).
    pub refresh_token: SecretString,
    /// When the access token expires: the time of receipt plus `expires_in`.
    pub expires_at: Timestamp,
}

/// What a consent brings.
#[derive(Clone, Debug)]
pub struct Consent {
    /// The user's tokens.
    pub tokens: XeroTokens,
    /// The user who consented, from the id_token.
    pub identity: Identity,
    /// Which consent it was: the connections made by it carry the same.
    pub authentication_event: Option<String>,
    /// What was granted, where Xero says; see [`Consent::may_read_payroll`].
    pub scopes: Option<Vec<String>>,
}

impl Consent {
    /// Whether payroll's employees may be read. Where Xero does not say what it granted, that is what was asked for
    /// (RFC 6749, section 5.1).
    pub fn may_read_payroll(&self, asked: bool) -> bool {
        self.scopes.as_ref().map_or(asked, |granted| granted.iter().any(|scope| reads_payroll(scope)))
    }

    /// Whether the contacts may be read, in the same way.
    pub fn may_read_contacts(&self, asked: bool) -> bool {
        self.scopes.as_ref().map_or(asked, |granted| granted.iter().any(|scope| reads_contacts(scope)))
    }
}

/// Why there is no next pair of tokens.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefreshError {
    /// The refresh token was used before, is too old, or was revoked.
    #[error("Xero refused the refresh token")]
    InvalidGrant,
    /// Xero may have renewed the token, and its answer did not arrive. Xero takes the old one for 30 minutes more.
    #[error("Xero's answer to a refresh was lost")]
    OutcomeUnknown,
    /// Xero did not do it; the token can be tried again.
    #[error(transparent)]
    Upstream(XeroError),
}

#[derive(Clone, Deserialize, Serialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl std::fmt::Debug for IdTokenField {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[id_token]")
    }
}

impl ExtraTokenFields for IdTokenField {}

type Tokens = StandardTokenResponse<IdTokenField, BasicTokenType>;

type OAuthClient = Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

type TokenError = RequestTokenError<XeroError, BasicErrorResponse>;

/// Sends the OAuth library's requests through our transport. This is a type and no closure, so that its future can move
/// between threads.
struct TokenRequests<'call> {
    client: &'call XeroClient,
    app: &'call ClientCredentials,
    trace: &'call Mutex<Trace>,
}

impl<'call> AsyncHttpClient<'call> for TokenRequests<'_> {
    type Error = XeroError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, XeroError>> + Send + 'call>>;

    fn call(&'call self, request: HttpRequest) -> Self::Future {
        Box::pin(self.client.send_token_request(request, self.app, self.trace))
    }
}

impl XeroClient {
    /// Where to send the owner's browser.
    pub async fn authorize_url(&self, request: &ConsentRequest) -> Result<Url, Unread> {
        let client = self.oauth(&*self.app().await?);
        let scopes = scopes(request.country, request.contacts).iter().map(|scope| Scope::new((*scope).to_owned()));
        let state = request.state.clone();
        let mut url = client
            .authorize_url(move || CsrfToken::new(state))
            .add_scopes(scopes)
            .add_extra_param("nonce", request.nonce.as_str());
        if let Some(challenge) = &request.code_challenge {
            url = url
                .add_extra_param("code_challenge", challenge.as_str())
                .add_extra_param("code_challenge_method", "S256");
        }
        Ok(url.url().0)
    }

    /// Exchanges the code that the owner brought back, and checks who they are.
    pub async fn exchange_code(
        &self,
        code: &str,
        code_verifier: Option<&str>,
        nonce: &str,
        now: Timestamp,
    ) -> Result<Consent, ConsentError> {
        let call = "code exchange";
        let trace = Mutex::new(Trace { call, correlation_id: None });
        let app =
            self.app().await.map_err(|unread| ConsentError::Upstream(XeroError::transport(call)(unread.into())))?;
        let client = self.oauth(&app);
        let mut request = client.exchange_code(AuthorizationCode::new(code.to_owned()));
        if let Some(verifier) = code_verifier {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()));
        }
        let send = TokenRequests { client: self, app: &app, trace: &trace };
        let tokens = match request.request_async(&send).await {
            Ok(tokens) => tokens,
            Err(RequestTokenError::ServerResponse(answer))
                if *answer.error() == BasicErrorResponseType::InvalidGrant =>
            {
                return Err(ConsentError::CodeRejected);
            }
            Err(error) => return Err(ConsentError::Upstream(upstream(error, &trace))),
        };
        let id_token = tokens
            .extra_fields()
            .id_token
            .as_deref()
            .ok_or(ConsentError::IdTokenRejected(IdTokenRejection::Missing))?;
        let identity = self.verify_id_token(id_token, &app.client_id, nonce, now).await?;
        let claims = AccessClaims::of(tokens.access_token().secret());
        let told = || tokens.scopes().map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect());
        let scopes = claims.scopes().or_else(told);
        let authentication_event = claims.authentication_event();
        let Some(tokens) = token_pair(&tokens, None, now) else {
            return Err(ConsentError::Upstream(last(&trace).unreadable("there is no refresh token in it")));
        };
        Ok(Consent { tokens, identity, authentication_event, scopes })
    }

    /// Exchanges a refresh token for the next pair. Sent once.
    pub async fn refresh(&self, refresh_token: &SecretString, now: Timestamp) -> Result<XeroTokens, RefreshError> {
        let call = "refresh";
        let trace = Mutex::new(Trace { call, correlation_id: None });
        let app =
            self.app().await.map_err(|unread| RefreshError::Upstream(XeroError::transport(call)(unread.into())))?;
        let client = self.oauth(&app);
        let previous = RefreshToken::new(refresh_token.expose_secret().to_owned());
        let send = TokenRequests { client: self, app: &app, trace: &trace };
        match client.exchange_refresh_token(&previous).request_async(&send).await {
            Ok(tokens) => token_pair(&tokens, Some(refresh_token), now).ok_or(RefreshError::OutcomeUnknown),
            Err(RequestTokenError::ServerResponse(answer))
                if *answer.error() == BasicErrorResponseType::InvalidGrant =>
            {
                Err(RefreshError::InvalidGrant)
            }
            Err(error) => match upstream(error, &trace) {
                XeroError::Unreadable { .. } => Err(RefreshError::OutcomeUnknown),
                XeroError::Transport { error, .. } if error.outcome_unknown() => Err(RefreshError::OutcomeUnknown),
                error => Err(RefreshError::Upstream(error)),
            },
        }
    }

    /// Ends a grant: Xero forgets the token and removes every connection of its user to our app. A token that Xero does
    /// not know any more is no error. Xero has to be told which kind of token it is (RFC 7009, section 2.1): without, it was
    /// seen to answer 500 (dcblogdev/laravel-xero, issue 103; XeroAPI/xero-ruby, pull request 390).
    pub async fn revoke(&self, refresh_token: &SecretString) -> Result<(), XeroError> {
        let name = "revoke";
        let settings = &self.settings;
        // Not through the OAuth library, which refuses to revoke over anything but TLS, a stand-in on loopback
        // included.
        let call = |app: &ClientCredentials| {
            Call::new(Method::POST, &settings.identity_url, &["connect", "revocation"])
                .authorization(&basic(app))
                .form(&[("token", refresh_token.expose_secret()), ("token_type_hint", "refresh_token")])
        };
        let app = self.app().await.map_err(|unread| XeroError::transport(name)(unread.into()))?;
        // Revoking twice leaves what revoking once does, so it is tried again like a read.
        let mut answer = self.send_read(name, call(&app).build()).await?;
        if refuses_client(&answer)
            && let Some(newer) = self.app_after(&app).await
        {
            answer = self.send_read(name, call(&newer).build()).await?;
        }
        if answer.status().is_success() || answer.status() == StatusCode::NOT_FOUND {
            return Ok(());
        }
        if answer.status().is_client_error()
            && let Ok(error) = serde_json::from_slice::<BasicErrorResponse>(answer.body())
        {
            return match error.error().as_ref() {
                "invalid_grant" | "invalid_token" => Ok(()),
                code => Err(refused(answer.status(), code, Trace::of(name, answer.headers()))),
            };
        }
        Err(XeroError::of(name, false, &answer))
    }

    fn oauth(&self, app: &ClientCredentials) -> OAuthClient {
        let settings = &self.settings;
        let below = |base: &Url, path: &[&str]| {
            let mut url = base.clone();
            if let Ok(mut segments) = url.path_segments_mut() {
                segments.pop_if_empty().extend(path);
            }
            url
        };
        Client::new(ClientId::new(app.client_id.clone()))
            .set_client_secret(ClientSecret::new(app.client_secret.expose_secret().to_owned()))
            .set_auth_uri(AuthUrl::from_url(below(&settings.login_url, &["identity", "connect", "authorize"])))
            .set_token_uri(TokenUrl::from_url(below(&settings.identity_url, &["connect", "token"])))
            .set_redirect_uri(RedirectUrl::from_url(settings.redirect_uri.clone()))
    }

    /// Sends the OAuth library's request, once: a code and a refresh token work once. Where Xero refuses our secret it is
    /// read again, and the request is repeated with another one. The answers that its protocol knows go back to it.
    async fn send_token_request(
        &self,
        request: HttpRequest,
        app: &ClientCredentials,
        trace: &Mutex<Trace>,
    ) -> Result<HttpResponse, XeroError> {
        let call = last(trace).call;
        let request: Request<Bytes> = named(call, request.map(Into::into));
        let mut answer = self.transport.send(request.clone()).await.map_err(XeroError::transport(call))?;
        // Whoever is refused as a client has exchanged nothing (RFC 6749, section 3.2.1): the code, or the refresh token, is
        // as good as before.
        if refuses_client(&answer)
            && let Some(newer) = self.app_after(app).await
            && let Ok(mut basic) = HeaderValue::from_str(&basic(&newer))
        {
            basic.set_sensitive(true);
            let mut request = request;
            request.headers_mut().insert(AUTHORIZATION, basic);
            answer = self.transport.send(request).await.map_err(XeroError::transport(call))?;
        }
        *trace.lock().unwrap_or_else(PoisonError::into_inner) = Trace::of(call, answer.headers());
        match answer.status() {
            StatusCode::OK => Ok(answer.map(Vec::from)),
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED
                if serde_json::from_slice::<BasicErrorResponse>(answer.body()).is_ok() =>
            {
                Ok(answer.map(Vec::from))
            }
            _ => Err(XeroError::of(call, false, &answer)),
        }
    }
}

/// Who we are as an app (RFC 6749, section 2.3.1).
fn basic(app: &ClientCredentials) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let credentials = format!("{}:{}", encoded(&app.client_id), encoded(app.client_secret.expose_secret()));
    format!("Basic {}", STANDARD.encode(credentials))
}

/// Whether Xero refuses this product as a client.
fn refuses_client(answer: &Response<Bytes>) -> bool {
    let refused = || serde_json::from_slice::<BasicErrorResponse>(answer.body());
    answer.status().is_client_error()
        && refused().is_ok_and(|refused| *refused.error() == BasicErrorResponseType::InvalidClient)
}

fn last(trace: &Mutex<Trace>) -> Trace {
    trace.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn refused(status: StatusCode, code: &str, trace: Trace) -> XeroError {
    // What Xero calls an error goes to the log; whatever else stands there does not.
    let known = code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    XeroError::Refused { status, code: known.then(|| code.to_owned()), trace }
}

fn upstream(error: TokenError, trace: &Mutex<Trace>) -> XeroError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(answer) => {
            refused(StatusCode::BAD_REQUEST, answer.error().as_ref(), last(trace))
        }
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => last(trace).unreadable("it holds no tokens"),
    }
}

/// The pair in an answer; with the previous refresh token where it has none, as RFC 6749, section 6 says.
fn token_pair(tokens: &Tokens, previous: Option<&SecretString>, now: Timestamp) -> Option<XeroTokens> {
    let refresh_token = tokens.refresh_token().map(|token| SecretString::from(token.secret().clone()));
    let lifetime = tokens.expires_in().map_or(ACCESS_TOKEN_LIFETIME, |lifetime| {
        SignedDuration::try_from(lifetime)
            .map_or(ACCESS_TOKEN_LIFETIME, |lifetime| lifetime.min(SignedDuration::from_hours(24)))
    });
    Some(XeroTokens {
        access_token: SecretString::from(tokens.access_token().secret().clone()),
        refresh_token: refresh_token.or_else(|| previous.cloned())?,
        expires_at: now.checked_add(lifetime).unwrap_or(Timestamp::MAX),
    })
}
