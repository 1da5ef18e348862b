//! What it means that Xero does not show the people. Some of its answers have several meanings, so it is asked once more.

use domain::tenant::Tenant;
use jiff::Timestamp;
use secrecy::SecretString;
use xero::{PayrollAdministration, RateLimit, Unauthorized, XeroClient, XeroError};

use crate::look::LookError;

/// Tells the reasons apart, each of which has another next step. `may_read_payroll`: whether the consent covers it.
pub(crate) async fn diagnose(
    client: &XeroClient,
    token: &SecretString,
    tenant: &Tenant,
    may_read_payroll: bool,
    error: &XeroError,
    now: Timestamp,
) -> LookError {
    let id = &tenant.organisation.tenant;
    match error {
        XeroError::PayrollNotSetUp { .. } => LookError::PayrollNotSetUp,
        XeroError::Unauthorized { why: Unauthorized::ScopeMissing, .. } if !may_read_payroll => LookError::ScopeMissing,
        // Payroll says 401 to a user without the role and for an organisation without payroll, in words that Xero does
        // not publish: where the scope was granted, they cannot mean the scope.
        XeroError::Unauthorized { why: Unauthorized::NotPayrollAdministrator | Unauthorized::ScopeMissing, .. } => {
            match client.organisation_actions(token, id).await {
                Ok(PayrollAdministration::Allowed) => LookError::PayrollNotSetUp,
                Ok(PayrollAdministration::NotAllowed | PayrollAdministration::Unknown) => {
                    LookError::NotPayrollAdministrator
                }
                Err(error) => LookError::XeroUnavailable(error.retry_after(now)),
            }
        }
        XeroError::Unauthorized { .. } => LookError::XeroReconnect,
        // Forbidden: disconnected at Xero, closed, or the user has lost their role in it.
        XeroError::Forbidden { .. } => match client.connections(token, None).await {
            Ok(connections) if connections.iter().all(|connection| connection.tenant != *id) => LookError::Disconnected,
            Ok(_) if tenant.organisation.on_trial => LookError::TrialOver,
            Ok(_) => LookError::AccessLost,
            Err(_) => LookError::XeroUnavailable(None),
        },
        XeroError::RateLimited { limit: RateLimit::Day, .. } => {
            LookError::DailyLimit(error.retry_after(now).and_then(|wait| now.checked_add(wait).ok()))
        }
        _ => LookError::XeroUnavailable(error.retry_after(now)),
    }
}
