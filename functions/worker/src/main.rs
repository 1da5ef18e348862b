//! Wires the worker: settings, secrets and clients once, then one event after the other.

use std::sync::Arc;
use std::time::Duration;

use application::start::Start;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::clock::Clock as _;
use jiff::SignedDuration;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use platform::entropy::SystemClock;
use platform::settings::names;
use tokio::time::Instant;
use transport::ReadRetries;
use worker::{PaceSettings, QueueReturn, Worker, handle};

/// Kept of an invocation's time to save what was done: longer than one call to GO1 may take, and the writes after it. Of a
/// short invocation half is kept, so that something is done in each.
const TIME_TO_SAVE: Duration = Duration::from_secs(15);

/// How long an invocation has whose end we are not told.
const UNTOLD_TIME: Duration = Duration::from_mins(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let start = Start::begin().await?;
    let (environment, upstreams) = (&start.environment, start.upstreams()?);
    let return_path = QueueReturn::new(
        aws_sdk_sqs::Client::new(&start.aws),
        environment.text(names::QUEUE_URL)?,
        environment.text(names::DEAD_LETTER_QUEUE_URL)?,
    );
    let worker = Worker {
        imports: start.state.clone(),
        members: start.state.clone(),
        portals: start.state.clone(),
        // A read that fails comes back with its batch, so it is not tried again within the call.
        go1: Arc::new(
            upstreams.go1(environment).await?.with_retries(ReadRetries { tries: 1, ..ReadRetries::default() }),
        ),
        vault: upstreams.go1_vault(environment, start.state.clone()).await?,
        return_path: Arc::new(return_path),
        clock: Arc::new(SystemClock),
        pace: PaceSettings {
            in_flight: environment.parsed(names::GO1_CALLS_IN_FLIGHT, "a whole number from 1")?,
            per_second: environment.parsed(names::GO1_CALLS_PER_SECOND, "a whole number, 0 for no limit")?,
        },
        longest: SignedDuration::from_secs(
            environment.parsed(names::WORKER_TIMEOUT_SECONDS, "a whole number of seconds")?,
        ),
    };
    let worker = &worker;
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let stop_at = stop_at(&event);
        Ok::<SqsBatchResponse, Error>(handle(worker, event.payload, stop_at).await)
    }))
    .await
}

/// When the last call of this invocation may begin.
fn stop_at(event: &LambdaEvent<SqsEvent>) -> Instant {
    let now = u64::try_from(SystemClock.now().as_millisecond()).unwrap_or_default();
    let remaining = match event.context.deadline.checked_sub(now) {
        Some(remaining) => Duration::from_millis(remaining),
        // No invocation begins after its end: `cargo lambda watch` tells a deadline in 1970.
        None => UNTOLD_TIME,
    };
    Instant::now() + remaining.saturating_sub(TIME_TO_SAVE).max(remaining / 2)
}
