//! Counts the connections that Xero shows us after a consent. Beyond the tier's last one a customer's consent ends on a page
//! of Xero's, and nothing of it reaches us: so operations are told before.

use domain::counted_connection::{CountedConnection, is_nearly_full};
use domain::fault::Causes;
use domain::ids::{ConnectionId, XeroUserId};
use futures::future::try_join_all;
use state::StateError;
use vault::VaultError;
use xero::Connection;
use xero_access::XeroAccessError;

use crate::xero_callback::Callback;

/// At how many counted connections one login looks for one to give back.
const LOOKED_AT: usize = 25;

/// Counts these connections, and says how full the tier is. What fails here keeps nobody from going on.
pub(crate) async fn count(callback: &Callback, user: &XeroUserId, shown: impl IntoIterator<Item = &Connection>) {
    match count_all(callback, user, shown.into_iter().collect()).await {
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

async fn count_all(callback: &Callback, user: &XeroUserId, shown: Vec<&Connection>) -> Result<usize, StateError> {
    let counted_at = callback.visitors.clock.now();
    let counted = shown.into_iter().map(async |shown| {
        let (connection, tenant, xero_user) = (shown.id.clone(), shown.tenant.clone(), Some(user.clone()));
        callback.state.count_connection(&CountedConnection { connection, tenant, xero_user, counted_at }).await
    });
    try_join_all(counted).await?;
    Ok(callback.state.counted_connections().await?.len())
}

/// Gives one connection back at Xero of a consent that came to nothing, as whoever gave it: otherwise anybody could fill
/// the tier with organisations that they never confirm. It is done when somebody comes from Xero, because the sweeper asks
/// Xero nothing; what fails here keeps nobody from going on.
pub(crate) async fn give_one_back(callback: &Callback) {
    if let Err(error) = try_to_give_one_back(callback).await {
        tracing::warn!(error = %Causes(&error), "a connection that nobody confirmed could not be given back");
    }
}

async fn try_to_give_one_back(callback: &Callback) -> Result<(), XeroAccessError> {
    let state = &callback.state;
    let now = callback.visitors.clock.now();
    let mut counted = state.counted_connections().await.map_err(VaultError::State)?;
    // Others each minute, so that each has its turn.
    let turn = usize::try_from(now.as_second() / 60).unwrap_or_default().wrapping_mul(LOOKED_AT);
    let first = turn.checked_rem(counted.len()).unwrap_or_default();
    counted.rotate_left(first);
    for counted in counted.iter().take(LOOKED_AT) {
        let Some(user) = &counted.xero_user else { continue };
        let tenant = state.find_tenant(&counted.tenant).await.map_err(VaultError::State)?;
        if !counted.came_to_nothing(tenant.as_ref(), now) {
            continue;
        }
        match callback.xero.disconnect(user, &counted.connection).await {
            Ok(left) if left.removed_at_xero => {
                tracing::info!(connection = %counted.connection, "a connection that nobody confirmed was given back");
                discount(callback, &counted.connection).await;
                return Ok(());
            }
            Ok(_) => {}
            // One that cannot be given back keeps no other from it.
            Err(error) => {
                tracing::warn!(error = %Causes(&error), "a connection that nobody confirmed could not be given back");
            }
        }
    }
    Ok(())
}

/// Gives a connection back to Xero that is not used any more, and takes it from the count: whether Xero confirmed that it is
/// gone. Where that fails it stays listed in Xero until its turn comes.
pub(crate) async fn give_back(callback: &Callback, user: &XeroUserId, connection: &ConnectionId) -> bool {
    match callback.xero.disconnect(user, connection).await {
        Ok(left) => {
            discount(callback, connection).await;
            left.removed_at_xero
        }
        Err(error) => {
            tracing::warn!(error = %Causes(&error), "a connection that is not used any more could not be removed");
            false
        }
    }
}

/// Takes a connection from the count that is gone at Xero. Where that fails, the sweeper does it.
pub(crate) async fn discount(callback: &Callback, gone: &ConnectionId) {
    if let Err(error) = callback.state.discount_connection(gone).await {
        tracing::warn!(error = %Causes(&error), "a connection that is gone is still counted");
    }
}
