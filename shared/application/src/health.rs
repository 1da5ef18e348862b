//! What keeps us from reading an organisation: found out at a look or when somebody asks for a check, and remembered
//! until it is over.

use std::time::Duration;

use domain::country::Country;
use domain::tenant::{Tenant, Trouble, TroubleReason};
use jiff::{SignedDuration, Timestamp};
use platform::telemetry::Causes;
use secrecy::SecretString;
use state::{StateError, Tenants};
use xero::{PayrollAdministration, XeroError};

use crate::diagnosis::diagnose;
use crate::look::LookError;
use crate::xero_access::{XeroAccess, XeroAccessError};

/// How long Xero may take to answer a check.
const LONGEST_CHECK: Duration = Duration::from_secs(13);

/// How often what was found is stored again, where others change the organisation at the same time.
const STORE_TRIES: u32 = 3;

/// What a look says of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Xero showed us the organisation.
    Sound,
    /// It did not, until somebody does something about it.
    Troubled(TroubleReason),
    /// Xero did not say. How long it asks us to wait, where it does.
    Unknown(Option<SignedDuration>),
}

/// What a look that came to nothing says of the connection.
pub fn health_after(error: &LookError) -> Health {
    match error {
        LookError::XeroReconnect => Health::Troubled(TroubleReason::AccessEnded),
        LookError::Disconnected => Health::Troubled(TroubleReason::RemovedAtXero),
        LookError::TrialOver => Health::Troubled(TroubleReason::TrialOver),
        LookError::AccessLost => Health::Troubled(TroubleReason::RoleLost),
        LookError::ScopeMissing => Health::Troubled(TroubleReason::PermissionMissing),
        LookError::NotPayrollAdministrator => Health::Troubled(TroubleReason::NoPayrollAdministrator),
        LookError::Nobody | LookError::PayrollNotSetUp | LookError::TooManyPeople(_) => Health::Sound,
        LookError::XeroUnavailable(retry_after) => Health::Unknown(*retry_after),
        LookError::DailyLimit(_)
        | LookError::Go1Reconnect
        | LookError::ImportRunning(_)
        | LookError::Erased
        | LookError::Go1Unavailable
        | LookError::State(_) => Health::Unknown(None),
    }
}

/// Asks Xero how the connection of an organisation stands that is not disconnected here. Reads none of its people.
pub async fn check(
    xero: &XeroAccess,
    tenant: &Tenant,
    may_read_payroll: bool,
    now: Timestamp,
) -> Result<Health, XeroAccessError> {
    let asked = tokio::time::timeout(LONGEST_CHECK, ask(xero, tenant, may_read_payroll, now)).await;
    match asked.unwrap_or(Ok(Health::Unknown(None))) {
        Err(XeroAccessError::Ended) => Ok(Health::Troubled(TroubleReason::AccessEnded)),
        Err(XeroAccessError::NoToken) => Ok(Health::Unknown(None)),
        Err(XeroAccessError::Xero(error)) => {
            tracing::warn!(error = %Causes(&error), "Xero did not tell how a connection stands");
            Ok(Health::Unknown(error.retry_after(now)))
        }
        asked => asked,
    }
}

async fn ask(
    xero: &XeroAccess,
    tenant: &Tenant,
    may_read_payroll: bool,
    now: Timestamp,
) -> Result<Health, XeroAccessError> {
    let id = &tenant.organisation.tenant;
    let mut token = xero.token(&tenant.xero_user).await?;
    let mut answer = xero.client.organisation(&token.secret, id).await;
    if answer.as_ref().is_err_and(XeroError::token_expired) {
        token = xero.newer_token(&tenant.xero_user, &token).await?;
        answer = xero.client.organisation(&token.secret, id).await;
    }
    match answer {
        Ok(_) if tenant.organisation.country == Country::Australia => {
            payroll(xero, tenant, &token.secret, may_read_payroll).await
        }
        Ok(_) => Ok(Health::Sound),
        Err(XeroError::Unauthorized { .. }) => Ok(Health::Troubled(TroubleReason::AccessEnded)),
        Err(error) => {
            let why = diagnose(&xero.client, &token.secret, tenant, may_read_payroll, &error, now).await;
            Ok(health_after(&why))
        }
    }
}

/// Whether the employees of an Australian organisation can be read, as far as Xero tells without reading them.
async fn payroll(
    xero: &XeroAccess,
    tenant: &Tenant,
    token: &SecretString,
    may_read_payroll: bool,
) -> Result<Health, XeroAccessError> {
    if !may_read_payroll {
        return Ok(Health::Troubled(TroubleReason::PermissionMissing));
    }
    Ok(match xero.client.organisation_actions(token, &tenant.organisation.tenant).await? {
        PayrollAdministration::Allowed => Health::Sound,
        PayrollAdministration::NotAllowed => Health::Troubled(TroubleReason::NoPayrollAdministrator),
        // Only payroll knows, and says so at the next look.
        PayrollAdministration::Unknown => match tenant.trouble {
            Some(Trouble { why: why @ TroubleReason::NoPayrollAdministrator, .. }) => Health::Troubled(why),
            _ => Health::Sound,
        },
    })
}

/// Remembers what was found about a connection, unless it was taken away or replaced meanwhile.
pub async fn remember(
    tenants: &dyn Tenants,
    tenant: &Tenant,
    health: Health,
    now: Timestamp,
) -> Result<(), StateError> {
    let why = match health {
        Health::Sound => None,
        Health::Troubled(why) => Some(why),
        Health::Unknown(_) => return Ok(()),
    };
    let asked = tenant;
    let mut tenant = tenant.clone();
    for _ in 0..STORE_TRIES {
        let known = tenant.trouble.map(|trouble| trouble.why);
        if known == why || tenant.disconnected.is_some() || !is_read_alike(&tenant, asked) {
            return Ok(());
        }
        let changed = Tenant { trouble: why.map(|why| Trouble { why, at: now }), ..tenant };
        match tenants.put_tenant(changed).await {
            Err(StateError::Conflict) => {}
            stored => return stored.map(drop),
        }
        let Some(stored) = tenants.find_tenant(&asked.organisation.tenant).await? else { return Ok(()) };
        tenant = stored;
    }
    // Whoever changes it all the time knows better.
    Ok(())
}

/// Whether both are read through the same connection, of the same consent.
fn is_read_alike(one: &Tenant, other: &Tenant) -> bool {
    let read =
        |tenant: &Tenant| (tenant.xero_user.clone(), tenant.organisation.connection.clone(), tenant.connected_at);
    read(one) == read(other)
}
