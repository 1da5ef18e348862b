//! Keeps the count of connections at Xero true: what is disconnected, erased or replaced counts no longer, also where the
//! function that did it was cut off.

use domain::counted_connection::CountedConnection;
use state::StateError;

use crate::sweeper::Sweeper;

/// How many connections one sweep looks at. It asks the table for each one's organisation, and a tier can have thousands.
const AT_A_TIME: usize = 25;

/// Looks at some of the counted connections, others each minute, so that each has its turn.
pub(crate) async fn discount_gone(sweeper: &Sweeper) -> Result<(), StateError> {
    let now = sweeper.clock.now();
    let mut counted = sweeper.state.counted_connections().await?;
    let turn = usize::try_from(now.as_second() / 60).unwrap_or_default().wrapping_mul(AT_A_TIME);
    let first = turn.checked_rem(counted.len()).unwrap_or_default();
    counted.rotate_left(first);
    for connection in counted.iter().take(AT_A_TIME) {
        let CountedConnection { connection: id, tenant, .. } = connection;
        let tenant = sweeper.state.find_tenant(tenant).await?;
        if !connection.still_counts(tenant.as_ref(), now) {
            tracing::info!(connection = %id, "a connection at Xero counts no longer");
            sweeper.state.discount_connection(id).await?;
        }
    }
    Ok(())
}
