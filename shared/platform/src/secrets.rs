//! Secrets from Secrets Manager, read once for an execution environment, and again where one turns out to be wrong
//! (`rereading`).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::try_join;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::aws::SdkConfig;
use crate::function::StartError;
use crate::settings::Environment;

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

/// An app's credentials at an upstream.
#[derive(Clone, Debug, Deserialize)]
pub struct ClientCredentials {
    /// Names the app. Not secret.
    pub client_id: String,
    pub client_secret: SecretString,
}

#[async_trait]
pub trait Secrets: Send + Sync {
    /// The text of the secret with that ARN. `variable` is the environment variable that named it, for errors.
    async fn text(&self, variable: &'static str, arn: &str) -> Result<SecretString, SecretError>;

    /// The same, for whoever reads a secret again later (`rereading`).
    fn shared(&self) -> Arc<dyn Secrets>;
}

/// The credentials in a secret's text.
pub(crate) fn parse_credentials(text: &SecretString) -> serde_json::Result<ClientCredentials> {
    serde_json::from_str(text.expose_secret())
}

/// The credentials in the secret whose ARN the environment variable `variable` has:
/// `{"client_id": "...", "client_secret": "..."}`.
pub async fn client_credentials(
    secrets: &dyn Secrets,
    environment: &Environment,
    variable: &'static str,
) -> Result<ClientCredentials, StartError> {
    let text = secrets.text(variable, &environment.text(variable)?).await?;
    let expected = r#"{"client_id": "...", "client_secret": "..."}"#;
    Ok(parse_credentials(&text).map_err(|_| SecretError::Malformed { variable, expected })?)
}

/// The credentials of [`client_credentials`] and the text of a second secret, named by `second`, asked for side by side.
pub async fn client_credentials_and(
    secrets: &dyn Secrets,
    environment: &Environment,
    variable: &'static str,
    second: &'static str,
) -> Result<(ClientCredentials, SecretString), StartError> {
    let arn = environment.text(second)?;
    let text = async { Ok(secrets.text(second, &arn).await?) };
    try_join(client_credentials(secrets, environment, variable), text).await
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
