//! Secrets from Secrets Manager. One that a page may do without is read at its first use, once for an execution environment,
//! and again where it turns out to be wrong (`rereading`).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::aws::SdkConfig;

/// How often a secret that could not be read is tried again, with a growing pause.
const TRIES: u32 = 3;

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Secrets Manager did not give it.
    #[error("Secrets Manager does not give the secret that {variable} names")]
    Unavailable {
        /// The environment variable with its ARN.
        variable: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It is not of the form that it must have.
    #[error("the secret that {variable} names is not {expected}")]
    Malformed {
        /// The environment variable with its ARN.
        variable: &'static str,
        /// What it must be.
        expected: &'static str,
    },
}

#[async_trait]
pub trait Secrets: Send + Sync {
    /// The text of the secret with that ARN. `variable` is the environment variable that named it, for errors.
    async fn text(&self, variable: &'static str, arn: &str) -> Result<SecretString, SecretError>;

    /// The same, for whoever reads a secret later (`rereading`).
    fn shared(&self) -> Arc<dyn Secrets>;
}

#[derive(Clone, Debug)]
pub struct SecretsManager {
    client: aws_sdk_secretsmanager::Client,
}

impl SecretsManager {
    /// Reads with the function's own rights.
    pub fn on_aws(aws: &SdkConfig) -> Self {
        Self { client: aws_sdk_secretsmanager::Client::new(aws) }
    }
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn text(&self, variable: &'static str, arn: &str) -> Result<SecretString, SecretError> {
        let mut tries = 1;
        loop {
            match self.client.get_secret_value().secret_id(arn).send().await {
                Ok(secret) => {
                    return secret
                        .secret_string
                        .map(SecretString::from)
                        .ok_or(SecretError::Malformed { variable, expected: "a text" });
                }
                Err(_) if tries < TRIES => {
                    tokio::time::sleep(Duration::from_millis(100) * 2_u32.pow(tries)).await;
                    tries += 1;
                }
                Err(error) => return Err(SecretError::Unavailable { variable, source: Box::new(error) }),
            }
        }
    }

    fn shared(&self) -> Arc<dyn Secrets> {
        Arc::new(self.clone())
    }
}
