//! AWS clients, made once for an execution environment from one configuration, with the time-outs that the SDK leaves
//! out.

use std::time::Duration;

use aws_config::BehaviorVersion;
pub use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;

/// Loads the configuration that all clients share. The endpoint, region and credentials come from the environment as
/// Lambda sets it; `AWS_ENDPOINT_URL` points it at an emulator.
pub async fn load_configuration() -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(2))
        .operation_attempt_timeout(Duration::from_secs(5))
        .operation_timeout(Duration::from_secs(12))
        .build();
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts).load().await
}
