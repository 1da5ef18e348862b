//! The callback function on AWS.

use std::sync::Arc;

use lambda_http::Error;
use oauth_callback::{Callback, router};
use platform::function::FunctionContext;
use platform::secrets::SecretsManager;
use transport::{HttpSettings, HttpTransport};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let (context, aws) = FunctionContext::on_aws().await?;
    let http = Arc::new(HttpTransport::new(&HttpSettings::default())?);
    visiting::serve(router(Callback::new(&context, &SecretsManager::on_aws(&aws), http).await?)).await
}
