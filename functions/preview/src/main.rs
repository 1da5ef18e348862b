//! The preview function on AWS.

use std::sync::Arc;

use lambda_http::Error;
use platform::function::FunctionContext;
use platform::secrets::SecretsManager;
use preview::{Preview, router};
use transport::{HttpSettings, HttpTransport};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (context, aws) = FunctionContext::on_aws().await?;
    let http = Arc::new(HttpTransport::new(&HttpSettings::default())?);
    visiting::serve(router(Preview::new(&context, &SecretsManager::on_aws(&aws), http).await?)).await
}
