//! Finds out why Xero does not show the people. Some of its answers have several meanings, and then Xero is asked for
//! more.

use domain::country::PeopleSource;
use domain::obstacle::{ConnectionTrouble, PeopleObstacle};
use domain::tenant::Tenant;
use jiff::Timestamp;
use vault::VaultError;
use xero::{PayrollAdministration, RateLimit, Unauthorized, XeroError};

use crate::access::{XeroAccess, XeroAccessError};

/// Tells the reasons apart, each of which has another next step. `may_read_payroll`: whether the consent covers it.
pub async fn diagnose(
    xero: &XeroAccess,
    tenant: &Tenant,
    may_read_payroll: bool,
    error: &XeroError,
    now: Timestamp,
) -> Result<PeopleObstacle, VaultError> {
    let (id, user, client) = (&tenant.organisation.tenant, &tenant.xero_user, &xero.client);
    let reads_payroll = tenant.organisation.country.people_source() == PeopleSource::PayrollEmployees;
    let trouble = match error {
        XeroError::PayrollNotSetUp { .. } => return Ok(PeopleObstacle::PayrollNotSetUp),
        XeroError::Unauthorized { why: Unauthorized::ScopeMissing, .. } if !may_read_payroll || !reads_payroll => {
            ConnectionTrouble::PermissionMissing
        }
        // Payroll says 401 to a user without the role and for an organisation without payroll, in words that Xero does
        // not publish: where the scope was granted, they cannot mean the scope.
        XeroError::Unauthorized { why: Unauthorized::NotPayrollAdministrator | Unauthorized::ScopeMissing, .. } => {
            match xero.call(user, async |token| client.organisation_actions(&token, id).await).await {
                Ok(PayrollAdministration::Allowed) => return Ok(PeopleObstacle::PayrollNotSetUp),
                Ok(PayrollAdministration::NotAllowed | PayrollAdministration::Unknown) => {
                    ConnectionTrouble::NoPayrollAdministrator
                }
                Err(XeroAccessError::Xero(error)) => return Ok(silent(&error, now)),
                Err(error) => return error.without_token(),
            }
        }
        XeroError::Unauthorized { why: Unauthorized::WithoutReason, .. } => {
            return match xero.call(user, async |token| client.organisation_actions(&token, id).await).await {
                Ok(PayrollAdministration::NotAllowed) if reads_payroll => {
                    Ok(PeopleObstacle::Connection(ConnectionTrouble::NoPayrollAdministrator))
                }
                Ok(_) | Err(XeroAccessError::Xero(_)) => Ok(without_reason(error)),
                Err(error) => error.without_token(),
            };
        }
        XeroError::Refused { .. } => return Ok(without_reason(error)),
        XeroError::Unauthorized { .. } => ConnectionTrouble::AccessEnded,
        // Forbidden: disconnected at Xero, closed, or the user has lost their role in it. Without Xero's words for it,
        // only that it is disconnected can be found out.
        XeroError::Forbidden { .. } | XeroError::ForbiddenWithoutReason { .. } => {
            match xero.call(user, async |token| client.is_connected(&token, id).await).await {
                Ok(Some(false)) => ConnectionTrouble::RemovedAtXero,
                _ if matches!(error, XeroError::ForbiddenWithoutReason { .. }) => return Ok(without_reason(error)),
                Ok(_) if tenant.organisation.on_trial => ConnectionTrouble::TrialOver,
                Ok(_) => ConnectionTrouble::RoleLost,
                Err(error) => return error.without_token(),
            }
        }
        XeroError::RateLimited { limit: RateLimit::Day, .. } => {
            let until = error.retry_after(now).and_then(|wait| now.checked_add(wait).ok());
            return Ok(PeopleObstacle::DailyLimit { until });
        }
        error => return Ok(silent(error, now)),
    };
    Ok(PeopleObstacle::Connection(trouble))
}

fn without_reason(error: &XeroError) -> PeopleObstacle {
    PeopleObstacle::Refused { correlation_id: error.trace().and_then(|trace| trace.correlation_id.clone()) }
}

fn silent(error: &XeroError, now: Timestamp) -> PeopleObstacle {
    PeopleObstacle::XeroUnavailable { retry_after: error.retry_after(now) }
}
