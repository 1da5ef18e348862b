//! What every function does once, before its first event.

use std::sync::Arc;

use platform::aws::{SdkConfig, load_configuration};
use platform::entropy::{SystemClock, SystemRandom};
use platform::secrets::Secrets;
use platform::settings::{Environment, names};
use state::dynamodb::DynamoDb;

use crate::site::site_settings;
use crate::upstreams::{StartError, Upstreams};
use crate::visitor::Visitors;

/// A function that has begun: its environment, its AWS configuration, its table.
pub struct Start {
    /// The environment.
    pub environment: Environment,
    /// What AWS clients are made from.
    pub aws: SdkConfig,
    /// The table that `TABLE_NAME` names.
    pub state: Arc<DynamoDb>,
}

impl Start {
    /// Begins logging, reads the environment, and makes the table's client.
    pub async fn begin() -> Result<Self, StartError> {
        platform::telemetry::start();
        let environment = Environment::read();
        let aws = load_configuration().await;
        let table = environment.text(names::TABLE_NAME)?;
        let state = Arc::new(DynamoDb::new(aws_sdk_dynamodb::Client::new(&aws), table));
        Ok(Self { environment, aws, state })
    }

    /// For functions that call Xero or GO1.
    pub fn upstreams(&self) -> Result<Upstreams, StartError> {
        Upstreams::new(Secrets::new(aws_sdk_secretsmanager::Client::new(&self.aws)))
    }

    /// For functions with pages.
    pub fn visitors(&self) -> Result<Visitors, StartError> {
        Ok(Visitors {
            site: Arc::new(site_settings(&self.environment)?),
            sessions: self.state.clone(),
            sign_ups: self.state.clone(),
            audit: self.state.clone(),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
        })
    }
}
