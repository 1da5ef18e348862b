//! The add-on function on AWS.

use std::sync::Arc;

use addon::{Addon, router};
use importing::queue::SqsQueue;
use lambda_http::Error;
use platform::function::FunctionContext;
use platform::secrets::SecretsManager;
use transport::{HttpSettings, HttpTransport};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (context, aws) = FunctionContext::on_aws().await?;
    let queue = Arc::new(SqsQueue::on_aws(&aws, &context.environment)?);
    let http = Arc::new(HttpTransport::new(&HttpSettings::default())?);
    visiting::serve(router(Addon::new(&context, &SecretsManager::on_aws(&aws), http, queue).await?)).await
}
