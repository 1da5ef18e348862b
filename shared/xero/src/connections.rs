//! Which organisations a user connected to our app (<https://developer.xero.com/documentation/guides/oauth2/tenants/>).

use domain::ids::{ConnectionId, TenantId};
use domain::text::line;
use http::{Method, StatusCode};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::Deserialize;
use transport::Call;

use crate::client::{Read, XeroClient};
use crate::error::XeroError;

/// The path, as Xero's published specification and most of its own clients write it. Its documentation writes it small;
/// Xero takes both.
const CONNECTIONS: &str = "Connections";

/// An organisation that a user connected to our app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The id of the connection, which is deleted to disconnect the organisation.
    pub id: ConnectionId,
    /// The organisation's tenant id, which every call to its APIs names.
    pub tenant: TenantId,
    /// The organisation's name in Xero.
    pub name: String,
    /// When it was connected, where Xero says.
    pub created: Option<Timestamp>,
    /// The consent that it came from. Does not change when the same organisation is connected again.
    pub authentication_event: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionBody {
    id: String,
    tenant_id: String,
    tenant_type: String,
    tenant_name: Option<String>,
    auth_event_id: Option<String>,
    created_date_utc: Option<String>,
}

/// A time as the connections have it: in UTC, without saying so.
fn utc(text: &str) -> Option<Timestamp> {
    let time: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

impl XeroClient {
    /// The organisations that the token's user connected: in the consent `authentication_event`, or ever. Connections
    /// of other kinds (an accountant's practice) are left out. The order means nothing.
    pub async fn connections(
        &self,
        token: &SecretString,
        authentication_event: Option<&str>,
    ) -> Result<Vec<Connection>, XeroError> {
        let connections = self.all_connections(token, authentication_event).await?.into_iter();
        Ok(connections
            .filter(|connection| connection.tenant_type == "ORGANISATION")
            .map(|connection| Connection {
                id: ConnectionId::new(connection.id),
                tenant: TenantId::new(connection.tenant_id),
                name: connection.tenant_name.as_deref().map(line).unwrap_or_default(),
                created: connection.created_date_utc.as_deref().and_then(utc),
                authentication_event: connection.auth_event_id,
            })
            .collect())
    }

    /// Whether the token's user has any connection to our app left, of whatever kind.
    pub async fn has_connections(&self, token: &SecretString) -> Result<bool, XeroError> {
        Ok(!self.all_connections(token, None).await?.is_empty())
    }

    async fn all_connections(
        &self,
        token: &SecretString,
        authentication_event: Option<&str>,
    ) -> Result<Vec<ConnectionBody>, XeroError> {
        let mut call = Call::new(Method::GET, &self.settings.api_url, &[CONNECTIONS]).bearer(token);
        if let Some(event) = authentication_event {
            call = call.query("authEventId", event);
        }
        let read = Read { call: "connections", payroll: false };
        Ok(self.read(read, call.build()).await?.0)
    }

    /// Disconnects one organisation of one user. One that is not connected is no error.
    pub async fn delete_connection(&self, token: &SecretString, connection: &ConnectionId) -> Result<(), XeroError> {
        let name = "delete connection";
        let segments = [CONNECTIONS, connection.as_str()];
        let call = Call::new(Method::DELETE, &self.settings.api_url, &segments).bearer(token);
        // Deleting twice leaves what deleting once does, so it is tried again like a read.
        let answer = self.send_read(name, call.build()).await?;
        if answer.status().is_success() || answer.status() == StatusCode::NOT_FOUND {
            Ok(())
        } else {
            Err(XeroError::of(name, false, &answer))
        }
    }
}
