//! The one configuration of all AWS clients, made once for an execution environment from what Lambda sets in it.

use std::fmt;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::BehaviorVersion;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
pub use aws_types::SdkConfig;
use aws_types::region::Region;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use transport::{Connections, ConnectionsError};

use crate::aws_connections::AwsConnections;
use crate::settings::{Environment, SettingError, names};

/// How long connecting may take, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an unused connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_mins(1);

/// Why AWS cannot be called.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// Lambda, or whoever stands in for it, left something out.
    #[error(transparent)]
    Setting(#[from] SettingError),
    #[error(transparent)]
    Connections(#[from] ConnectionsError),
}

/// Makes the configuration that all clients share, with the time-outs that the SDK leaves out. Region and credentials are
/// those that Lambda gives to every function; nobody is asked for them, and no file is read. `AWS_ENDPOINT_URL` points
/// all clients at an emulator, `AWS_ENDPOINT_URL_DYNAMODB` and the like one of them.
pub fn configuration(environment: &Environment) -> Result<SdkConfig, ConfigurationError> {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(12))
        .build();
    let credentials = Credentials::new(
        environment.text(names::AWS_ACCESS_KEY_ID)?,
        environment.text(names::AWS_SECRET_ACCESS_KEY)?,
        environment.optional(names::AWS_SESSION_TOKEN),
        None,
        "environment",
    );
    let mut configuration = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(environment.text(names::AWS_REGION)?))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(timeouts)
        .service_config(Endpoints(environment.clone()))
        .http_client(AwsConnections::new(Connections::new(CONNECT_TIMEOUT, IDLE_TIMEOUT)?));
    configuration.set_endpoint_url(environment.optional(ENDPOINT));
    Ok(configuration.build())
}

/// Where all services are, other than in the region.
const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// Where one service is, as the environment says it.
struct Endpoints(Environment);

impl fmt::Debug for Endpoints {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Endpoints")
    }
}

impl LoadServiceConfig for Endpoints {
    /// Asked with `AWS_ENDPOINT_URL` and `DynamoDB` or `Secrets Manager`: the variable ends with the name of the service.
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        self.0.optional(&format!("{}_{service}", key.env())).or_else(|| self.0.optional(key.env()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OF_LAMBDA: [(&str, &str); 3] =
        [("AWS_REGION", "ap-southeast-2"), ("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret")];

    fn made(more: &[(&'static str, &'static str)]) -> SdkConfig {
        let all = OF_LAMBDA.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned()));
        configuration(&all.collect()).expect("a configuration")
    }

    fn key<'key>(service: &'key str, variable: &'key str) -> ServiceConfigKey<'key> {
        let key = ServiceConfigKey::builder().service_id(service).env(variable).profile("").build();
        key.expect("a key")
    }

    #[test]
    fn what_lambda_leaves_out_is_named() {
        for (missing, _) in OF_LAMBDA {
            let rest = OF_LAMBDA.iter().filter(|(name, _)| *name != missing);
            let rest = rest.map(|(name, value)| (*name, (*value).to_owned())).collect();
            let error = configuration(&rest).expect_err(missing).to_string();
            assert!(error.contains(missing), "{error}");
        }
    }

    #[test]
    fn one_service_or_all_can_be_elsewhere() {
        let all = made(&[("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]);
        assert_eq!(all.endpoint_url(), Some("http://127.0.0.1:1"));
        let one = made(&[("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:2")]);
        assert_eq!(one.endpoint_url(), None);
        let asked = |service| one.service_config().and_then(|loads| loads.load_config(key(service, ENDPOINT)));
        assert_eq!(asked("Secrets Manager").as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(asked("DynamoDB"), None);
    }

    #[tokio::test]
    async fn requests_are_signed_with_the_session_that_lambda_gives() {
        use aws_credential_types::provider::ProvideCredentials as _;
        let provider = made(&[("AWS_SESSION_TOKEN", "session")]).credentials_provider().expect("credentials");
        let credentials = provider.provide_credentials().await.expect("credentials");
        assert_eq!((credentials.access_key_id(), credentials.session_token()), ("AKID", Some("session")));
    }
}
