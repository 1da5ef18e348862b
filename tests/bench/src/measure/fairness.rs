//! A small import behind many full ones, at a rate at which the machine's processors are not what is measured.

use std::time::Duration;

use futures::future::{join_all, try_join_all};

use crate::cloud::Cloud;
use crate::customers::ready;
use crate::failure::Failure;
use crate::measure::importing::{Import, import};

/// What it came to.
pub(crate) struct Fairness {
    /// Small imports with nobody else there, and behind the full ones.
    pub(crate) alone: Vec<Import>,
    pub(crate) behind: Vec<Import>,
    /// How many full ones were still running when the last small one had ended.
    pub(crate) still_running: usize,
}

/// Imports `small` people `times` times alone; presses `full` imports of `people`; and imports `small` people behind them,
/// one after the other. The full ones are not waited for.
pub(crate) async fn fairness(
    cloud: &Cloud,
    times: usize,
    small: u32,
    full: usize,
    people: u32,
) -> Result<Fairness, Failure> {
    let mut alone = Vec::new();
    for customer in ready(cloud, times, small).await? {
        alone.push(import(cloud, &customer, false).await?);
    }
    let behind_them = ready(cloud, times, small).await?;
    let full = ready(cloud, full, people).await?;
    try_join_all(full.iter().map(async |customer| customer.press().await)).await?;
    // All of them have begun: each has its worker.
    let portals: Vec<String> = join_all(full.iter().map(async |customer| cloud.world.go1().portal(&customer.domain())))
        .await
        .into_iter()
        .flatten()
        .map(|portal| portal.id)
        .collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut behind = Vec::new();
    for customer in behind_them {
        behind.push(import(cloud, &customer, false).await?);
    }
    let still_running = portals.iter().filter(|portal| cloud.aws.queue.done_at(portal).is_none()).count();
    Ok(Fairness { alone, behind, still_running })
}
