//! The sweeper on AWS: one look a minute.

use std::sync::Arc;

use importing::queue::SqsQueue;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use platform::function::FunctionContext;
use sweeper::{Sweeper, sweep};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (context, aws) = FunctionContext::on_aws()?;
    let sweeper = &Sweeper::new(&context, Arc::new(SqsQueue::on_aws(&aws, &context.environment)?))?;
    run(service_fn(async |_: LambdaEvent<serde_json::Value>| Ok::<(), Error>(sweep(sweeper).await?))).await
}
