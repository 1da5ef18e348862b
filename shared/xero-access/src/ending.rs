//! The end of an organisation's connection, whoever wanted it.

use domain::fault::Causes;
use domain::ids::{ConnectionId, TenantId};
use domain::tenant::{Disconnection, Tenant};
use jiff::Timestamp;
use state::{CountedConnections, StateError, Tenants, change_tenant};
use vault::VaultError;

use crate::access::{DisconnectResult, XeroAccess, XeroAccessError};

/// Gives back to Xero what other people's consents have connected to an organisation, and takes it from the count: its owner's,
/// for example, while a colleague's is the one that is used. What fails is logged, and has its turn again when somebody comes
/// from Xero.
pub async fn give_back_others(
    xero: &XeroAccess,
    counted: &dyn CountedConnections,
    tenant: &TenantId,
    kept: &ConnectionId,
) -> Result<(), StateError> {
    for other in counted.counted_connections().await? {
        let Some(user) = other.xero_user.filter(|_| other.tenant == *tenant && other.connection != *kept) else {
            continue;
        };
        match xero.disconnect(&user, &other.connection).await {
            Ok(_) => counted.discount_connection(&other.connection).await?,
            Err(error) => {
                tracing::warn!(error = %Causes(&error), "a connection that is not used any more could not be removed");
            }
        }
    }
    Ok(())
}

/// Ends the connection of an organisation: at Xero first, so that where the rest is cut off the next press finds it gone
/// and ends what is left. `None` where somebody has connected it anew meanwhile, which stays, or where another press has
/// ended it already, so that of many presses at once one writes and is recorded. `out` ends the sessions of which Xero can be asked
/// no more afterwards: once it is gone at Xero, so that a press which Xero did not answer can be made again, and before that is
/// stored, so that one which is cut off leaves no session of an organisation that is disconnected.
pub async fn end_connection(
    xero: &XeroAccess,
    (tenants, counted): (&dyn Tenants, &dyn CountedConnections),
    tenant: Tenant,
    now: Timestamp,
    out: impl Future<Output = Result<(), StateError>> + Send,
) -> Result<Option<DisconnectResult>, XeroAccessError> {
    let (connection, connected_at) = (tenant.organisation.connection.clone(), tenant.connected_at);
    let id = tenant.organisation.tenant.clone();
    let left = xero.disconnect(&tenant.xero_user, &connection).await?;
    if let Err(error) = counted.discount_connection(&connection).await {
        // The sweeper does it.
        tracing::warn!(error = %Causes(&error), "a connection that is gone is still counted");
    }
    out.await.map_err(VaultError::State)?;
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
    if let Err(error) = give_back_others(xero, counted, &id, &connection).await {
        tracing::warn!(error = %Causes(&error), "what other logins connected to an organisation was not looked for");
    }
    Ok(Some(left))
}
