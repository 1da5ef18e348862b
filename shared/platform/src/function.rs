//! What every function begins with, once for an execution environment.

use std::sync::Arc;

use domain::clock::{Clock, Random};
use state::dynamodb::DynamoDb;

use crate::aws::{SdkConfig, configuration};
use crate::entropy::{SystemClock, SystemRandom};
use crate::settings::{Environment, names};
use crate::telemetry;

/// Why a function cannot begin: a variable that is missing or malformed, a secret that cannot be read. What Lambda's
/// runtime takes as an error.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

/// The surroundings of a function. Tests put a table in memory, a clock that they move and a seeded randomness here;
/// everything else of a function is made from it as it is on AWS.
pub struct FunctionContext<S> {
    pub environment: Environment,
    pub state: Arc<S>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

impl FunctionContext<DynamoDb> {
    /// Reads the environment, begins logging, and opens the table that `TABLE_NAME` names. Returned beside it: what
    /// other clients of AWS are made from.
    pub fn on_aws() -> Result<(Self, SdkConfig), StartError> {
        let environment = Environment::read();
        telemetry::start(&environment);
        let aws = configuration(&environment)?;
        Ok((Self::over(environment, &aws)?, aws))
    }

    /// The same over another configuration of AWS, as that of a person's machine.
    pub fn over(environment: Environment, aws: &SdkConfig) -> Result<Self, StartError> {
        let table = environment.text(names::TABLE_NAME)?;
        let clock = Arc::new(SystemClock);
        let state = Arc::new(DynamoDb::new(aws_sdk_dynamodb::Client::new(aws), table, clock.clone()));
        Ok(Self { environment, state, clock, random: Arc::new(SystemRandom) })
    }
}
