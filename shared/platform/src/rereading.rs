//! Secrets that are read at their first use, and again while the function runs, because what is in one may have been
//! exchanged. A function that needs none for what it is asked reads none.

use std::sync::Arc;

use domain::fault::Causes;
use secrecy::{ExposeSecret as _, SecretString};
use transport::{ClientCredentials, Read, Reread};

use crate::secrets::{SecretError, Secrets};
use crate::settings::{Environment, SettingError};

/// The secret whose ARN the variable has, as `parse` makes it of its text. `expected`: what the text must be, for whoever
/// reads why it is none. That the variable is there is seen now; the secret is asked for when it is needed.
pub fn read_when_used<T: Send + Sync + 'static>(
    secrets: &dyn Secrets,
    environment: &Environment,
    variable: &'static str,
    expected: &'static str,
    parse: fn(&SecretString) -> Option<T>,
) -> Result<Arc<Reread<T>>, SettingError> {
    let secret = Arc::new(Secret { secrets: secrets.shared(), arn: environment.text(variable)?, variable, expected });
    let (first, again) = (secret.clone(), secret);
    let first: Read<T> = Arc::new(move || {
        let secret = first.clone();
        Box::pin(async move { secret.read_first(parse).await })
    });
    let again: Read<T> = Arc::new(move || {
        let secret = again.clone();
        Box::pin(async move { secret.read_again(parse).await })
    });
    Ok(Arc::new(Reread::read_by(first, again)))
}

/// The same of an app's credentials: `{"client_id": "...", "client_secret": "..."}`.
pub fn credentials_when_used(
    secrets: &dyn Secrets,
    environment: &Environment,
    variable: &'static str,
) -> Result<Arc<Reread<ClientCredentials>>, SettingError> {
    let expected = r#"{"client_id": "...", "client_secret": "..."}"#;
    read_when_used(secrets, environment, variable, expected, |text| serde_json::from_str(text.expose_secret()).ok())
}

/// Where one secret is.
struct Secret {
    secrets: Arc<dyn Secrets>,
    arn: String,
    variable: &'static str,
    expected: &'static str,
}

impl Secret {
    async fn read_first<T>(&self, parse: fn(&SecretString) -> Option<T>) -> Option<T> {
        let &Self { variable, expected, .. } = self;
        let read = self.secrets.text(variable, &self.arn).await;
        let parsed = read.and_then(|text| parse(&text).ok_or(SecretError::Malformed { variable, expected }));
        parsed.inspect_err(|error| tracing::error!(error = %Causes(error), "a secret could not be read")).ok()
    }

    async fn read_again<T>(&self, parse: fn(&SecretString) -> Option<T>) -> Option<T> {
        let variable = self.variable;
        match self.secrets.text(variable, &self.arn).await {
            Ok(text) => {
                let parsed = parse(&text);
                tracing::info!(
                    event = "secret_read_again",
                    variable,
                    usable = parsed.is_some(),
                    "a secret was read again"
                );
                parsed
            }
            Err(error) => {
                tracing::warn!(error = %Causes(&error), "a secret could not be read again");
                None
            }
        }
    }
}
