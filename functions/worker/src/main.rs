//! The worker as a Lambda function.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use platform::function::FunctionContext;
use platform::secrets::SecretsManager;
use transport::{HttpSettings, HttpTransport};
use worker::{SqsReturnPath, Worker, handle};

/// The time of an invocation for which Lambda names no deadline.
const DEFAULT_TIME: Duration = Duration::from_mins(1);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (context, aws) = FunctionContext::on_aws()?;
    let return_path = Arc::new(SqsReturnPath::on_aws(&aws, &context.environment)?);
    let http = Arc::new(HttpTransport::new(&HttpSettings::default())?);
    let worker = &Worker::new(&context, &SecretsManager::on_aws(&aws), http, return_path).await?;
    let clock = &context.clock;
    run(service_fn(async |event: LambdaEvent<SqsEvent>| {
        let now = u64::try_from(clock.now().as_millisecond()).unwrap_or_default();
        // A deadline in the past is no deadline: `cargo lambda watch` sends one in 1970.
        let remaining = event.context.deadline.checked_sub(now).map_or(DEFAULT_TIME, Duration::from_millis);
        Ok::<SqsBatchResponse, Error>(handle(worker, event.payload, remaining).await)
    }))
    .await
}
