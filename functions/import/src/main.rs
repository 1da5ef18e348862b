//! Wires the importer: settings, secrets and clients once, then one request after the other.

use std::sync::Arc;

use application::courses::CourseSets;
use application::look::Look;
use application::partner::Partner;
use application::queue::SqsQueue;
use application::site::PortalUrl;
use application::start::Start;
use import::{Importer, router};
use lambda_http::Error;
use platform::entropy::SystemClock;
use platform::settings::names;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let start = Start::begin().await?;
    let (environment, upstreams) = (&start.environment, start.upstreams()?);
    let go1 = Arc::new(upstreams.go1(environment).await?);
    let partner = Arc::new(Partner::new(go1.clone(), Arc::new(SystemClock)));
    let go1_vault = upstreams.go1_vault(environment, start.state.clone()).await?;
    let importer = Importer {
        visitors: start.visitors()?,
        tenants: start.state.clone(),
        portals: start.state.clone(),
        plans: start.state.clone(),
        imports: start.state.clone(),
        work: start.state.clone(),
        members: start.state.clone(),
        queue: Arc::new(SqsQueue::new(aws_sdk_sqs::Client::new(&start.aws), environment.text(names::QUEUE_URL)?)),
        look: Look {
            xero: upstreams.xero_access(environment, start.state.clone()).await?,
            go1: go1.clone(),
            partner: partner.clone(),
            go1_vault: go1_vault.clone(),
            portals: start.state.clone(),
            members: start.state.clone(),
            imports: start.state.clone(),
            courses: CourseSets::from_environment(environment)?,
            clock: Arc::new(SystemClock),
        },
        partner,
        go1,
        go1_vault,
        portal_url: PortalUrl::from_environment(environment)?,
    };
    lambda_http::run(router(importer)).await
}
