//! What is measured, subject by subject.

pub(crate) mod fairness;
pub(crate) mod importing;
pub(crate) mod looking;
pub(crate) mod polling;
pub(crate) mod sequential;
pub(crate) mod sizes;
pub(crate) mod starting;

use std::time::Duration;

use crate::cloud::Cloud;
use crate::failure::Failure;

/// How long a call to the stand-in for GO1 takes, as its caller sees it: what the bound reckons with. A call without a
/// token waits as long as any other.
pub(crate) async fn latency_of_go1(cloud: &Cloud) -> Result<Vec<Duration>, Failure> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut took = Vec::new();
    for number in 0..16 {
        let begun = std::time::Instant::now();
        client.get(cloud.go1.join("/portals")?).send().await?.bytes().await?;
        // The first one connects.
        if number > 0 {
            took.push(begun.elapsed());
        }
    }
    Ok(took)
}
