//! Wires the preview: settings, secrets and clients once, then one request after the other.

use std::sync::Arc;

use application::courses::CourseSets;
use application::look::Look;
use application::partner::Partner;
use application::start::Start;
use lambda_http::Error;
use platform::entropy::SystemClock;
use preview::{Preview, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let start = Start::begin().await?;
    let upstreams = start.upstreams()?;
    let go1 = Arc::new(upstreams.go1(&start.environment).await?);
    let partner = Arc::new(Partner::new(go1.clone(), Arc::new(SystemClock)));
    let courses = CourseSets::from_environment(&start.environment)?;
    let preview = Preview {
        visitors: start.visitors()?,
        tenants: start.state.clone(),
        plans: start.state.clone(),
        imports: start.state.clone(),
        look: Look {
            xero: upstreams.xero_access(&start.environment, start.state.clone()).await?,
            go1: go1.clone(),
            partner: partner.clone(),
            go1_vault: upstreams.go1_vault(&start.environment, start.state.clone()).await?,
            portals: start.state.clone(),
            members: start.state.clone(),
            imports: start.state.clone(),
            courses: courses.clone(),
            clock: Arc::new(SystemClock),
        },
        partner,
        go1,
        courses,
    };
    lambda_http::run(router(preview)).await
}
