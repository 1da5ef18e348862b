//! The client, and how each of its calls is sent.

use std::fmt;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::ids::TenantId;
use http::{HeaderName, Method, Request, Response};
use jsonwebtoken::jwk::Jwk;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use transport::{Call, ClientCredentials, ReadRetries, Transport, TransportError, Unread, answer, named, send_read};
use url::Url;

use crate::error::{Trace, XeroError, place};
use crate::settings::XeroSettings;

/// Speaks to Xero. Tokens are given with each call; the client keeps nothing but Xero's public keys.
pub struct XeroClient {
    pub(crate) settings: XeroSettings,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) retries: ReadRetries,
    pub(crate) keys: Mutex<Vec<Jwk>>,
}

impl fmt::Debug for XeroClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("XeroClient").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// One read: what it is called in errors, and whether it concerns payroll.
pub(crate) struct Read {
    pub(crate) call: &'static str,
    pub(crate) payroll: bool,
}

impl XeroClient {
    /// A client over `transport`. Sends nothing yet.
    pub fn new(settings: XeroSettings, transport: Arc<dyn Transport>) -> Self {
        Self { settings, transport, retries: ReadRetries::default(), keys: Mutex::default() }
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

    /// The same, where the secret is another by now than the one that Xero has refused.
    pub(crate) async fn app_after(&self, refused: &ClientCredentials) -> Option<Arc<ClientCredentials>> {
        self.settings.app.after(refused).await
    }

    /// Sends what changes nothing, or can be repeated without harm.
    pub(crate) async fn send_read(
        &self,
        call: &'static str,
        request: Result<Request<Bytes>, TransportError>,
    ) -> Result<Response<Bytes>, XeroError> {
        let request = named(call, request.map_err(XeroError::transport(call))?);
        send_read(&*self.transport, &request, &self.retries).await.map_err(XeroError::transport(call))
    }

    /// Sends a read and reads its JSON.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        Read { call, payroll }: Read,
        request: Result<Request<Bytes>, TransportError>,
    ) -> Result<(T, Trace), XeroError> {
        let answer = self.send_read(call, request).await?;
        if !answer.status().is_success() {
            return Err(XeroError::of(call, payroll, &answer));
        }
        let trace = Trace::of(call, answer.headers());
        match document(answer.body()) {
            Ok(value) => Ok((value, trace)),
            Err(error) => Err(trace.unreadable(place(&error))),
        }
    }
}

/// Reads JSON, or a JSON text that holds it: the examples in Xero's published specifications are texts, and a mock that
/// serves them answers with the text.
fn document<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    answer::json(body).or_else(|error| match answer::json::<String>(body) {
        Ok(text) => answer::json(text.as_bytes()),
        Err(_) => Err(error),
    })
}

/// A call below `base` about one organisation.
pub(crate) fn about(base: &Url, token: &SecretString, tenant: &TenantId, segments: &[&str]) -> Call {
    Call::new(Method::GET, base, segments)
        .bearer(token)
        .header(HeaderName::from_static("xero-tenant-id"), tenant.as_str())
}
