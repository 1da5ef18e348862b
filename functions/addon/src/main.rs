//! Wires the add-on: settings, secrets and clients once, then one request after the other.

use std::sync::Arc;

use addon::{Addon, router};
use application::erasure::Erasing;
use application::partner::Partner;
use application::queue::SqsQueue;
use application::site::PortalUrl;
use application::start::Start;
use application::upstreams::Upstreams;
use lambda_http::Error;
use platform::settings::names;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let start = Start::begin().await?;
    let (environment, upstreams) = (&start.environment, start.upstreams()?);
    let visitors = start.visitors()?;
    let go1 = Arc::new(upstreams.go1(environment).await?);
    let erasing = Erasing {
        erasures: start.state.clone(),
        tenants: start.state.clone(),
        sign_ups: start.state.clone(),
        logins: start.state.clone(),
        grants: start.state.clone(),
        clock: visitors.clock.clone(),
    };
    let addon = Addon {
        erasing,
        partner: Arc::new(Partner::new(go1.clone(), visitors.clock.clone())),
        visitors,
        go1_logins: start.state.clone(),
        tenants: start.state.clone(),
        portals: start.state.clone(),
        members: start.state.clone(),
        plans: start.state.clone(),
        imports: start.state.clone(),
        work: start.state.clone(),
        queue: Arc::new(SqsQueue::new(aws_sdk_sqs::Client::new(&start.aws), environment.text(names::QUEUE_URL)?)),
        xero: upstreams.xero_access(environment, start.state.clone()).await?,
        go1_login: Upstreams::go1_login(environment, go1.clone())?,
        go1,
        go1_vault: upstreams.go1_vault(environment, start.state.clone()).await?,
        portal_url: PortalUrl::from_environment(environment)?,
    };
    lambda_http::run(router(addon)).await
}
