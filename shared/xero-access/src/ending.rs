//! The end of an organisation's connection, whoever wanted it.

use domain::fault::Causes;
use domain::tenant::{Disconnection, Tenant};
use jiff::Timestamp;
use state::{CountedConnections, Tenants, change_tenant};
use vault::VaultError;

use crate::access::{DisconnectResult, XeroAccess, XeroAccessError};

/// Ends the connection of an organisation: at Xero first, so that where the rest is cut off the next press finds it gone
/// and ends what is left. `None` where somebody has connected it anew meanwhile, which stays, or where another press has
/// ended it already, so that of many presses at once one writes and is recorded.
pub async fn end_connection(
    xero: &XeroAccess,
    (tenants, counted): (&dyn Tenants, &dyn CountedConnections),
    tenant: Tenant,
    now: Timestamp,
) -> Result<Option<DisconnectResult>, XeroAccessError> {
    let (connection, connected_at) = (tenant.organisation.connection.clone(), tenant.connected_at);
    let id = tenant.organisation.tenant.clone();
    let left = xero.disconnect(&tenant.xero_user, &connection).await?;
    if let Err(error) = counted.discount_connection(&connection).await {
        // The sweeper does it.
        tracing::warn!(error = %Causes(&error), "a connection that is gone is still counted");
    }
    let disconnection = Disconnection { at: now, removed_at_xero: left.removed_at_xero };
    let ended = |tenant: Tenant| {
        let is_same = tenant.organisation.connection == connection && tenant.connected_at == connected_at;
        let is_to_end = is_same && tenant.disconnected.is_none();
        is_to_end.then(|| Tenant { disconnected: Some(disconnection.clone()), trouble: None, ..tenant })
    };
    let changed = change_tenant(tenants, tenant, ended).await.map_err(VaultError::State)?;
    if changed.is_none() {
        return Ok(None);
    }
    tracing::info!(tenant = %id, ?left, "an organisation was disconnected");
    Ok(Some(left))
}
