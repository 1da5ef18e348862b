//! Counts the connections that Xero shows us after a consent. Beyond the tier's last one a customer's consent ends on a page
//! of Xero's, and nothing of it reaches us: so operations are told before.

use domain::counted_connection::{CountedConnection, is_nearly_full};
use domain::fault::Causes;
use domain::ids::ConnectionId;
use futures::future::try_join_all;
use state::StateError;
use xero::Connection;

use crate::xero_callback::Callback;

/// Counts these connections, and says how full the tier is. What fails here keeps nobody from going on.
pub(crate) async fn count(callback: &Callback, shown: impl IntoIterator<Item = &Connection>) {
    match count_all(callback, shown.into_iter().collect()).await {
        Ok(connections) if is_nearly_full(connections, callback.tier) => {
            // The alarm `XeroTierNearlyFull` looks for this event.
            tracing::error!(
                event = "xero_tier_nearly_full",
                connections,
                tier = callback.tier,
                "the application's tier at Xero has hardly any connections left"
            );
        }
        Ok(connections) => {
            tracing::info!(
                event = "xero_connections",
                connections,
                tier = callback.tier,
                "connections at Xero counted"
            );
        }
        Err(error) => tracing::warn!(error = %Causes(&error), "the connections at Xero could not be counted"),
    }
}

async fn count_all(callback: &Callback, shown: Vec<&Connection>) -> Result<usize, StateError> {
    let counted_at = callback.visitors.clock.now();
    let counted = shown.into_iter().map(async |shown| {
        let (connection, tenant) = (shown.id.clone(), shown.tenant.clone());
        callback.state.count_connection(&CountedConnection { connection, tenant, counted_at }).await
    });
    try_join_all(counted).await?;
    Ok(callback.state.counted_connections().await?.len())
}

/// Takes a connection from the count that is gone at Xero. Where that fails, the sweeper does it.
pub(crate) async fn discount(callback: &Callback, gone: &ConnectionId) {
    if let Err(error) = callback.state.discount_connection(gone).await {
        tracing::warn!(error = %Causes(&error), "a connection that is gone is still counted");
    }
}
