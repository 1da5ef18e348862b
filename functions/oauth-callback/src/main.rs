//! Wires the callback: settings, secrets and clients once, then one request after the other.

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
        logins: start.state.clone(),
        tenants: start.state.clone(),
        portals: start.state.clone(),
        grants: start.state.clone(),
        xero: upstreams.xero_access(&start.environment, start.state.clone()).await?,
        portal_url: PortalUrl::from_environment(&start.environment)?,
    };
    lambda_http::run(router(callback)).await
}
