//! Wires the sweeper: settings and clients once, then one look a minute.

use std::sync::Arc;

use application::erasure::Erasing;
use application::queue::SqsQueue;
use application::start::Start;
use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use platform::entropy::SystemClock;
use platform::settings::names;
use sweeper::{Sweeper, sweep};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let start = Start::begin().await?;
    let queue = SqsQueue::new(aws_sdk_sqs::Client::new(&start.aws), start.environment.text(names::QUEUE_URL)?);
    let visibility: i64 = start.environment.parsed(names::QUEUE_VISIBILITY_SECONDS, "a whole number of seconds")?;
    let erasing = Erasing {
        erasures: start.state.clone(),
        tenants: start.state.clone(),
        sign_ups: start.state.clone(),
        logins: start.state.clone(),
        grants: start.state.clone(),
        clock: Arc::new(SystemClock),
    };
    let sweeper = Sweeper {
        erasing,
        active: start.state.clone(),
        acceptance: start.state.clone(),
        work: start.state.clone(),
        members: start.state.clone(),
        plans: start.state.clone(),
        queue: Arc::new(queue),
        clock: Arc::new(SystemClock),
        silence: SignedDuration::from_secs(2 * visibility),
    };
    let sweeper = &sweeper;
    run(service_fn(async |_: LambdaEvent<serde_json::Value>| Ok::<(), Error>(sweep(sweeper).await?))).await
}
