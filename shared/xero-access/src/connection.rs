//! The state of an organisation's connection. It is found when a plan is made or a check is asked for, and stored.

use std::time::Duration;

use domain::country::PeopleSource;
use domain::fault::Causes;
use domain::ids::XeroUserId;
use domain::obstacle::{ConnectionTrouble, PeopleObstacle};
use domain::tenant::{Tenant, Trouble};
use jiff::{SignedDuration, Timestamp};
use state::{StateError, Tenants, change_tenant};
use vault::VaultError;
use xero::{OrganisationRead, PayrollAdministration, Unauthorized, XeroError};

use crate::access::{XeroAccess, XeroAccessError};
use crate::diagnosis::diagnose;
use crate::organisation::as_read;

/// How long Xero may take to answer a check.
const LONGEST_CHECK: Duration = Duration::from_secs(13);

/// What Xero's answers say about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Xero showed us the organisation.
    Sound,
    /// The organisation cannot be read until somebody corrects this.
    Troubled(ConnectionTrouble),
    /// Xero did not say. Holds how long Xero asks us to wait, where it does.
    Unknown(Option<SignedDuration>),
}

impl From<&PeopleObstacle> for ConnectionState {
    fn from(obstacle: &PeopleObstacle) -> Self {
        match obstacle {
            PeopleObstacle::Connection(trouble) => Self::Troubled(*trouble),
            PeopleObstacle::Nobody | PeopleObstacle::PayrollNotSetUp | PeopleObstacle::TooMany { .. } => Self::Sound,
            PeopleObstacle::XeroUnavailable { retry_after } => Self::Unknown(*retry_after),
            PeopleObstacle::DailyLimit { .. } | PeopleObstacle::Refused { .. } => Self::Unknown(None),
        }
    }
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// How the connection stands.
    pub state: ConnectionState,
    /// What Xero said of the organisation, where it did: also where it did not say the rest.
    pub organisation: Option<OrganisationRead>,
}

/// Asks Xero for the state of an organisation's connection, without reading its people.
pub async fn check(
    xero: &XeroAccess,
    tenant: &Tenant,
    may_read_payroll: bool,
    now: Timestamp,
) -> Result<Checked, VaultError> {
    let mut organisation = None;
    let asked = ask(xero, tenant, may_read_payroll, now, &mut organisation);
    let state = match tokio::time::timeout(LONGEST_CHECK, asked).await {
        Err(_) => ConnectionState::Unknown(None),
        Ok(Ok(state)) => state,
        Ok(Err(XeroAccessError::Xero(error))) => {
            tracing::warn!(error = %Causes(&error), "Xero did not tell how a connection stands");
            ConnectionState::Unknown(error.retry_after(now))
        }
        Ok(Err(error)) => ConnectionState::from(&error.without_token()?),
    };
    Ok(Checked { state, organisation })
}

/// The same for a login, whose access need not be the one that is used: whether it still belongs to the organisation, and may
/// see its people. What the last consent of the sign-up allowed says nothing of that.
pub async fn check_as(
    xero: &XeroAccess,
    login: &XeroUserId,
    tenant: &Tenant,
    now: Timestamp,
) -> Result<Checked, VaultError> {
    let as_them = Tenant { xero_user: login.clone(), trouble: None, ..tenant.clone() };
    check(xero, &as_them, true, now).await
}

async fn ask(
    xero: &XeroAccess,
    tenant: &Tenant,
    may_read_payroll: bool,
    now: Timestamp,
    organisation: &mut Option<OrganisationRead>,
) -> Result<ConnectionState, XeroAccessError> {
    let id = &tenant.organisation.tenant;
    match xero.call(&tenant.xero_user, async |token| xero.client.organisation(&token, id).await).await {
        Ok(read) => {
            let country = as_read(tenant.organisation.clone(), organisation.insert(read)).country;
            match country.people_source() {
                PeopleSource::PayrollEmployees => payroll(xero, tenant, may_read_payroll).await,
                PeopleSource::XeroUsers if tenant.chosen_group().is_some() && !tenant.may_read_contacts => {
                    Ok(ConnectionState::Troubled(ConnectionTrouble::PermissionMissing))
                }
                PeopleSource::XeroUsers => Ok(ConnectionState::Sound),
            }
        }
        Err(XeroAccessError::Xero(XeroError::Unauthorized { why, .. })) if why != Unauthorized::WithoutReason => {
            Ok(ConnectionState::Troubled(ConnectionTrouble::AccessEnded))
        }
        Err(XeroAccessError::Xero(error)) => {
            let why = diagnose(xero, tenant, may_read_payroll, &error, now).await;
            Ok(ConnectionState::from(&why.map_err(XeroAccessError::Vault)?))
        }
        Err(error) => Err(error),
    }
}

/// Whether payroll's employees can be read, as far as Xero says without reading them.
async fn payroll(
    xero: &XeroAccess,
    tenant: &Tenant,
    may_read_payroll: bool,
) -> Result<ConnectionState, XeroAccessError> {
    if !may_read_payroll {
        return Ok(ConnectionState::Troubled(ConnectionTrouble::PermissionMissing));
    }
    let id = &tenant.organisation.tenant;
    let actions = xero.call(&tenant.xero_user, async |token| xero.client.organisation_actions(&token, id).await);
    Ok(match actions.await? {
        PayrollAdministration::Allowed => ConnectionState::Sound,
        PayrollAdministration::NotAllowed => ConnectionState::Troubled(ConnectionTrouble::NoPayrollAdministrator),
        // Only reading payroll can tell, which happens with the next plan.
        PayrollAdministration::Unknown => match tenant.trouble {
            Some(Trouble { why: why @ ConnectionTrouble::NoPayrollAdministrator, .. }) => {
                ConnectionState::Troubled(why)
            }
            _ => ConnectionState::Sound,
        },
    })
}

/// Stores the state of a connection, unless it was removed or replaced in the meantime.
pub async fn store_connection_state(
    tenants: &dyn Tenants,
    tenant: &Tenant,
    found: ConnectionState,
    now: Timestamp,
) -> Result<(), StateError> {
    let why = match found {
        ConnectionState::Sound => None,
        ConnectionState::Troubled(why) => Some(why),
        ConnectionState::Unknown(_) => return Ok(()),
    };
    let with_trouble = |stored: Tenant| {
        let known = stored.trouble.map(|trouble| trouble.why);
        let is_to_change = known != why && stored.disconnected.is_none() && stored.is_read_as(tenant);
        is_to_change.then(|| Tenant { trouble: why.map(|why| Trouble { why, at: now }), ..stored })
    };
    match change_tenant(tenants, tenant.clone(), with_trouble).await {
        // A conflict means that others keep changing the organisation, and they store newer facts.
        Ok(_) | Err(StateError::Conflict) => Ok(()),
        Err(error) => Err(error),
    }
}
