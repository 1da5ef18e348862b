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
use transport::answer::{Rows, Text};

use crate::client::{Read, XeroClient};
use crate::error::XeroError;

/// The path, as Xero's published specification and most of its own clients write it. Its documentation writes it small;
/// Xero takes both.
const CONNECTIONS: &str = "Connections";

/// What the list of them is called in errors and in the log.
const CONNECTIONS_CALL: &str = "connections";

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
    /// When the user most recently connected it, where Xero says: that changes where it is connected again.
    pub updated: Option<Timestamp>,
    /// The consent that it came from. Does not change when the same organisation is connected again.
    pub authentication_event: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ConnectionBody {
    id: Text,
    tenant_id: Text,
    tenant_type: Text,
    tenant_name: Text,
    auth_event_id: Text,
    created_date_utc: Text,
    updated_date_utc: Text,
}

impl ConnectionBody {
    fn connection(self) -> Option<Connection> {
        Some(Connection {
            id: ConnectionId::new(self.id.id()?),
            tenant: TenantId::new(self.tenant_id.id()?),
            name: self.tenant_name.text().map(line).unwrap_or_default(),
            created: self.created_date_utc.text().and_then(utc),
            updated: self.updated_date_utc.text().and_then(utc),
            authentication_event: self.auth_event_id.text().map(str::to_owned),
        })
    }
}

/// A time as the connections have it: in UTC, without saying so.
fn utc(text: &str) -> Option<Timestamp> {
    let time: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(time).ok()
}

impl XeroClient {
    /// The organisations that the token's user connected: in the consent `authentication_event`, or ever. Connections
    /// of other kinds (an accountant's practice) are left out, and rows that cannot be read. The order means nothing.
    pub async fn connections(
        &self,
        token: &SecretString,
        authentication_event: Option<&str>,
    ) -> Result<Vec<Connection>, XeroError> {
        let mut rows = self.all_connections(token, authentication_event).await?;
        rows.read.retain(|row| row.tenant_type.text() == Some("ORGANISATION"));
        let listed = rows.read.len();
        let read: Vec<_> = rows.read.into_iter().filter_map(ConnectionBody::connection).collect();
        Ok(Rows { unread: rows.unread + listed - read.len(), read }.read_or_log(CONNECTIONS_CALL))
    }

    /// Whether the token's user connected this organisation; `None` where it is not listed and a row cannot be read that
    /// may be it.
    pub async fn is_connected(&self, token: &SecretString, tenant: &TenantId) -> Result<Option<bool>, XeroError> {
        let rows = self.all_connections(token, None).await?;
        if rows.read.iter().any(|row| row.tenant_id.id() == Some(tenant.as_str())) {
            return Ok(Some(true));
        }
        let may_be_it = rows.unread > 0 || rows.read.iter().any(|row| row.tenant_id.id().is_none());
        Ok((!may_be_it).then_some(false))
    }

    /// Whether the token's user has any connection to our app left, of whatever kind, also one that cannot be read.
    pub async fn has_connections(&self, token: &SecretString) -> Result<bool, XeroError> {
        Ok(self.all_connections(token, None).await?.count() > 0)
    }

    async fn all_connections(
        &self,
        token: &SecretString,
        authentication_event: Option<&str>,
    ) -> Result<Rows<ConnectionBody>, XeroError> {
        let mut call = Call::new(Method::GET, &self.settings.api_url, &[CONNECTIONS]).bearer(token);
        if let Some(event) = authentication_event {
            call = call.query("authEventId", event);
        }
        let read = Read { call: CONNECTIONS_CALL, payroll: false };
        Ok(self.read(read, call.build()).await?.0)
    }

    /// Disconnects one organisation of one user. One that is not connected is no error: Xero's published file has 404 for it,
    /// and Xero was seen to answer 403 (XeroAPI/xero-node, issue 403), which says no more than that it is not done. Then the
    /// list tells.
    pub async fn delete_connection(&self, token: &SecretString, connection: &ConnectionId) -> Result<(), XeroError> {
        let name = "delete connection";
        let segments = [CONNECTIONS, connection.as_str()];
        let call = Call::new(Method::DELETE, &self.settings.api_url, &segments).bearer(token);
        // Deleting twice leaves what deleting once does, so it is tried again like a read.
        let answer = self.send_read(name, call.build()).await?;
        match answer.status() {
            status if status.is_success() || status == StatusCode::NOT_FOUND => Ok(()),
            StatusCode::FORBIDDEN if self.is_gone(token, connection).await => Ok(()),
            _ => Err(XeroError::of(name, false, &answer)),
        }
    }

    /// Whether Xero says that the token's user has no such connection. Not where it does not answer, nor where a row cannot be
    /// read, which may be it.
    async fn is_gone(&self, token: &SecretString, connection: &ConnectionId) -> bool {
        let Ok(rows) = self.all_connections(token, None).await else { return false };
        let is_another = |row: &ConnectionBody| row.id.id().is_some_and(|id| id != connection.as_str());
        rows.unread == 0 && rows.read.iter().all(is_another)
    }
}
