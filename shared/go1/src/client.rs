//! The client, and how each of its calls is sent.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderName, Method, Request, Response};
use secrecy::SecretString;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use transport::{
    Call, ClientCredentials, ReadRetries, Reread, Transport, TransportError, Unread, answer, named, send_read,
};
use url::Url;

use crate::error::{Failure, Go1Error};

/// Where GO1 is, and as whom we speak to it.
#[derive(Clone)]
pub struct Go1Settings {
    /// The token endpoint's base: `https://auth.go1.com`.
    pub auth_url: Url,
    /// The API's base: `https://gateway.go1.com`.
    pub api_url: Url,
    /// The date that names the API's version: `2025-01-01`.
    pub api_version: String,
    /// Our partner app's credentials. They are read when a token is asked for, and again where GO1 refuses us as an app.
    pub app: Arc<Reread<ClientCredentials>>,
}

impl fmt::Debug for Go1Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Go1Settings")
            .field("auth_url", &self.auth_url.as_str())
            .field("api_url", &self.api_url.as_str())
            .field("api_version", &self.api_version)
            .finish_non_exhaustive()
    }
}

/// Speaks to GO1. Tokens are given with each call; the client keeps nothing.
#[derive(Clone)]
pub struct Go1Client {
    pub(crate) settings: Go1Settings,
    transport: Arc<dyn Transport>,
    retries: ReadRetries,
}

impl fmt::Debug for Go1Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Go1Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Go1Client {
    /// A client over `transport`. Sends nothing yet.
    pub fn new(settings: Go1Settings, transport: Arc<dyn Transport>) -> Self {
        Self { settings, transport, retries: ReadRetries::default() }
    }

    /// The same client with other retries of reads. Tests fix their randomness or switch them off.
    #[must_use]
    pub fn with_retries(self, retries: ReadRetries) -> Self {
        Self { retries, ..self }
    }

    /// Who we are as an app, as it was read last.
    pub async fn app(&self) -> Result<Arc<ClientCredentials>, Unread> {
        self.settings.app.get().await
    }

    /// The same, where the secret is another by now than the one that GO1 has refused.
    pub(crate) async fn app_after(&self, refused: &ClientCredentials) -> Option<Arc<ClientCredentials>> {
        self.settings.app.after(refused).await
    }

    /// A call to the API.
    pub(crate) fn api(&self, method: Method, token: &SecretString, segments: &[&str]) -> Call {
        Call::new(method, &self.settings.api_url, segments)
            .bearer(token)
            .header(HeaderName::from_static("api-version"), &self.settings.api_version)
    }

    /// A call to the API that posts JSON.
    pub(crate) fn post<T: Serialize>(&self, token: &SecretString, segments: &[&str], body: &T) -> Call {
        self.with_json(Method::POST, token, segments, body)
    }

    /// A call to the API with a JSON body.
    pub(crate) fn with_json<T: Serialize>(
        &self,
        method: Method,
        token: &SecretString,
        segments: &[&str],
        body: &T,
    ) -> Call {
        let call = self.api(method, token, segments);
        match serde_json::to_vec(body) {
            Ok(body) => call.json(body),
            // Texts, numbers and lists cannot fail to serialise.
            Err(error) => unreachable!("a request serialises: {error}"),
        }
    }

    /// Sends once.
    pub(crate) async fn send_once(
        &self,
        call: &'static str,
        request: Result<Request<Bytes>, TransportError>,
    ) -> Result<Response<Bytes>, Failure> {
        let request = named(call, request?);
        let line = line(&request);
        outcome(self.transport.send(request).await?).inspect_err(|failure| tell_if_about_us(&line, failure))
    }

    /// Sends once, and returns the answer whatever its status.
    pub(crate) async fn answer_of(
        &self,
        call: &'static str,
        request: Result<Request<Bytes>, TransportError>,
    ) -> Result<Response<Bytes>, TransportError> {
        self.transport.send(named(call, request?)).await
    }

    /// Sends what changes nothing, or can be repeated without harm.
    pub(crate) async fn send_read(
        &self,
        call: &'static str,
        request: Result<Request<Bytes>, TransportError>,
    ) -> Result<Response<Bytes>, Failure> {
        let request = request?;
        let line = line(&request);
        self.send_read_untold(call, request).await.inspect_err(|failure| tell_if_about_us(&line, failure))
    }

    /// The same, for whoever knows what to do where GO1 refuses this product.
    pub(crate) async fn send_read_untold(
        &self,
        call: &'static str,
        request: Request<Bytes>,
    ) -> Result<Response<Bytes>, Failure> {
        outcome(send_read(&*self.transport, &named(call, request), &self.retries).await?)
    }

    /// Sends a read and reads its JSON.
    pub(crate) async fn read<T: DeserializeOwned>(&self, call: &'static str, request: Call) -> Result<T, Go1Error> {
        let answer = self.send_read(call, request.build()).await.map_err(|failure| failure.read(call))?;
        document(answer.body()).map_err(|error| Go1Error::unreadable(call, &error))
    }
}

/// Reads the JSON object that every answer of GO1's is. A list is none, although its values could be taken for the fields
/// in their order: `["x"]` is no login token.
pub(crate) fn document<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    let document = answer::json(body)?;
    let is_list = answer::json::<Vec<IgnoredAny>>(body).is_ok();
    if is_list { Err(serde::de::Error::custom("it is a list and no object")) } else { Ok(document) }
}

/// What a call is named by where operations are told of it: no query, since one can hold an email.
fn line(request: &Request<Bytes>) -> String {
    format!("{} {}", request.method(), request.uri().path())
}

fn outcome(answer: Response<Bytes>) -> Result<Response<Bytes>, Failure> {
    if answer.status().is_success() { Ok(answer) } else { Err(Failure::of(&answer)) }
}

pub(crate) fn tell_if_about_us(call: &str, failure: &Failure) {
    if failure.is_about_us() {
        refuses_us(call, failure);
    }
}

/// Tells operations that GO1 refuses this product and nobody's token. No login helps, and no other try.
pub(crate) fn refuses_us(call: &str, why: &dyn fmt::Debug) {
    // The alarm `Go1RefusesUs` looks for this event.
    tracing::error!(
        event = "go1_refuses_us",
        call,
        ?why,
        "GO1 refuses this product, which only its operators can mend"
    );
}
