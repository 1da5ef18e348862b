//! Wires the callback: settings, secrets and clients once, then one request after the other.

use std::sync::Arc;

use application::site::PortalUrl;
use application::start::Start;
use lambda_http::Error;
use oauth_callback::{Callback, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let start = Start::begin().await?;
    let upstreams = start.upstreams()?;
    let callback = Callback {
        visitors: start.visitors()?,
        consents: start.state.clone(),
        tenants: start.state.clone(),
        vault: upstreams.xero_vault(&start.environment, start.state.clone()).await?,
        xero: Arc::new(upstreams.xero(&start.environment).await?),
        portal_url: PortalUrl::from_environment(&start.environment)?,
    };
    lambda_http::run(router(callback)).await
}
