//! Reading a secret again while the function runs, because what is in it may have been exchanged.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use domain::fault::Causes;
use secrecy::SecretString;

use crate::secrets::{Secrets, parse_credentials};
use crate::settings::{Environment, SettingError};

/// What reads something that is read again.
pub type ReadAgain<T> = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Option<T>> + Send>> + Send + Sync>;

/// Reads the secret whose ARN the variable has, and makes of its text what `parse` does.
pub fn reads_again<T: 'static>(
    secrets: &dyn Secrets,
    environment: &Environment,
    variable: &'static str,
    parse: fn(&SecretString) -> Option<T>,
) -> Result<ReadAgain<T>, SettingError> {
    let (secrets, arn) = (secrets.shared(), environment.text(variable)?);
    Ok(Arc::new(move || {
        let (secrets, arn) = (secrets.clone(), arn.clone());
        Box::pin(async move {
            match secrets.text(variable, &arn).await {
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
        })
    }))
}

/// The same of an app's credentials: their secret half.
pub fn reads_client_secret_again(
    secrets: &dyn Secrets,
    environment: &Environment,
    variable: &'static str,
) -> Result<ReadAgain<SecretString>, SettingError> {
    reads_again(secrets, environment, variable, |text| {
        parse_credentials(text).ok().map(|credentials| credentials.client_secret)
    })
}
