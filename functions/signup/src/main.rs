//! Wires the door: settings, secrets and clients once, then one request after the other.

use std::sync::Arc;

use application::start::Start;
use lambda_http::Error;
use platform::settings::names;
use signup::{Door, router};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let start = Start::begin().await?;
    let door = Door {
        visitors: start.visitors()?,
        consents: start.state.clone(),
        logins: start.state.clone(),
        xero: Arc::new(start.upstreams()?.xero(&start.environment).await?),
        pkce: start.environment.switch(names::XERO_PKCE)?,
    };
    lambda_http::run(router(door)).await
}
