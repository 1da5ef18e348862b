//! The look: Xero's people, what GO1 already has of them, and the plan that follows.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use domain::email::EmailAddress;
use domain::ids::{ImportId, PortalId, UserAccountId};
use domain::people::SourcePerson;
use domain::plan::{MOST_PEOPLE, Plan, PlanInput, make_plan};
use domain::portal::PLACES;
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use go1::{Classify as _, Go1Client, Go1Error};
use jiff::{SignedDuration, Timestamp};
use platform::telemetry::Causes;
use state::{GrantOwner, MemberReader, PortalReader, StateError};
use vault::{Vault, VaultError};
use xero::XeroError;

use crate::courses::{CourseSets, published};
use crate::diagnosis::diagnose;
use crate::partner::Partner;
use crate::refresh::Go1Refresh;
use crate::xero_access::{XeroAccess, XeroAccessError};

/// How long one look may take.
const LONGEST_LOOK: Duration = Duration::from_secs(13);

/// Reads both upstreams. Writes nothing.
#[derive(Clone)]
pub struct Look {
    /// Xero.
    pub xero: XeroAccess,
    /// GO1.
    pub go1: Arc<Go1Client>,
    /// Our own token at GO1.
    pub partner: Arc<Partner>,
    /// The portals' tokens.
    pub go1_vault: Vault,
    /// Portals, for the places left.
    pub portals: Arc<dyn PortalReader>,
    /// Who was imported before.
    pub members: Arc<dyn MemberReader>,
    /// Which courses.
    pub courses: CourseSets,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Why there is no plan. Each has a page of its own.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// Our access has run out or was revoked: the owner must log in again.
    #[error("Xero no longer lets us in")]
    XeroReconnect,
    /// The organisation was disconnected, here or in Xero.
    #[error("the organisation is not connected")]
    Disconnected,
    /// The organisation is connected, was on trial, and is closed to us.
    #[error("the organisation's trial is over")]
    TrialOver,
    /// The organisation is connected and closed to this user: no role any more, or no organisation.
    #[error("the user has no access to the organisation any more")]
    AccessLost,
    /// The consent does not cover the people.
    #[error("the consent does not cover the people")]
    ScopeMissing,
    /// The organisation was read as often as Xero allows in a day; until when, where Xero says.
    #[error("Xero's daily limit is reached")]
    DailyLimit(Option<Timestamp>),
    /// GO1 no longer lets us into the portal.
    #[error("GO1 no longer lets us into the portal")]
    Go1Reconnect,
    /// An import is running; a plan made now would show its people as new.
    #[error("an import is running")]
    ImportRunning(ImportId),
    /// The organisation has not set up payroll.
    #[error("the organisation has not set up payroll")]
    PayrollNotSetUp,
    /// The person who connected may not see payroll.
    #[error("the person who connected is no payroll administrator")]
    NotPayrollAdministrator,
    /// Xero lists nobody.
    #[error("Xero lists nobody")]
    Nobody,
    /// More people than one look can show.
    #[error("{0} people are more than one look can show")]
    TooManyPeople(usize),
    /// Xero does not answer as it should, or asks us to wait.
    #[error("Xero does not answer")]
    XeroUnavailable(Option<SignedDuration>),
    /// GO1 does not answer as it should.
    #[error("GO1 does not answer")]
    Go1Unavailable,
    /// The table, or what is sealed in it.
    #[error("the state failed")]
    State(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StateError> for LookError {
    fn from(error: StateError) -> Self {
        Self::State(Box::new(error))
    }
}

impl From<XeroAccessError> for LookError {
    fn from(error: XeroAccessError) -> Self {
        match error {
            XeroAccessError::Ended => Self::XeroReconnect,
            XeroAccessError::NoToken | XeroAccessError::Xero(_) => Self::XeroUnavailable(None),
            XeroAccessError::Vault(_) => Self::State(Box::new(error)),
        }
    }
}

impl Look {
    /// Reads, and decides for everybody. A person waits for it, so it has an end.
    pub async fn plan(&self, sign_up: &SignUp, tenant: &Tenant) -> Result<Plan, LookError> {
        let plan = tokio::time::timeout(LONGEST_LOOK, self.read(sign_up, tenant)).await;
        plan.unwrap_or(Err(LookError::XeroUnavailable(None)))
    }

    async fn read(&self, sign_up: &SignUp, tenant: &Tenant) -> Result<Plan, LookError> {
        let offered = self.courses.of(tenant.organisation.country);
        let courses = published(&self.go1, &self.partner, offered).await.map_err(|error| {
            tracing::warn!(error = %Causes(&error), "the courses could not be read");
            LookError::Go1Unavailable
        })?;
        let people = self.people(sign_up, tenant).await?;
        let read_at = self.clock.now();
        let (mut places_left, mut imports_accepted) = (PLACES, 0);
        let (mut members, mut accounts) = (HashSet::new(), BTreeMap::new());
        if let PortalStep::Created { portal, .. } = &tenant.portal {
            if let Some(portal) = self.portals.find_portal(portal).await? {
                if let Some(import) = portal.active_import {
                    // Its people are on their way in: whoever is new cannot be told before it has ended.
                    return Err(LookError::ImportRunning(import));
                }
                places_left = portal.places_left();
                imports_accepted = portal.imports_accepted;
            }
            members.extend(self.members.members(portal).await?.into_iter().map(|member| member.employee_id));
            accounts = self.accounts(portal).await?;
        }
        Ok(make_plan(PlanInput {
            tenant: tenant.organisation.tenant.clone(),
            people,
            members,
            accounts,
            owner: sign_up.details.email.clone(),
            courses: courses.into_iter().map(|course| course.id).collect(),
            places_left,
            imports_accepted,
            read_at,
        }))
    }

    /// Everybody whom Xero lists for the organisation.
    async fn people(&self, sign_up: &SignUp, tenant: &Tenant) -> Result<Vec<SourcePerson>, LookError> {
        if tenant.disconnected.is_some() {
            return Err(LookError::Disconnected);
        }
        let (id, country, client) = (&tenant.organisation.tenant, tenant.organisation.country, &self.xero.client);
        let mut token = self.xero.token(&tenant.xero_user).await?;
        let mut answer = client.people(&token.secret, id, country).await;
        if answer.as_ref().is_err_and(XeroError::token_expired) {
            token = self.xero.newer_token(&tenant.xero_user, &token).await?;
            answer = client.people(&token.secret, id, country).await;
        }
        let people = match answer {
            Ok(people) => people,
            Err(error) => {
                tracing::warn!(error = %Causes(&error), tenant = %id, "Xero's people could not be read");
                return Err(diagnose(
                    client,
                    &token.secret,
                    tenant,
                    sign_up.may_read_payroll,
                    &error,
                    self.clock.now(),
                )
                .await);
            }
        };
        match people.len() {
            0 => Err(LookError::Nobody),
            1..=MOST_PEOPLE => Ok(people),
            more => Err(LookError::TooManyPeople(more)),
        }
    }

    /// The accounts that the portal has.
    async fn accounts(&self, portal: &PortalId) -> Result<BTreeMap<EmailAddress, UserAccountId>, LookError> {
        let owner = GrantOwner::Portal(portal.clone());
        let refresh = Go1Refresh(&self.go1);
        let token = self.go1_vault.access_token(&owner, &refresh).await.map_err(go1_token_error)?;
        let mut answer = self.go1.user_accounts(&token.secret).await;
        if answer.as_ref().is_err_and(Go1Error::is_unauthorized) {
            let token = self.go1_vault.replace_access_token(&owner, &token, &refresh).await.map_err(go1_token_error)?;
            answer = self.go1.user_accounts(&token.secret).await;
        }
        let accounts = answer.map_err(|error| {
            tracing::warn!(error = %Causes(&error), %portal, "the portal's accounts could not be read");
            match error {
                Go1Error::Unauthorized { .. } => LookError::Go1Reconnect,
                _ => LookError::Go1Unavailable,
            }
        })?;
        Ok(accounts.into_iter().filter_map(|account| Some((account.email?, account.id))).collect())
    }
}

fn go1_token_error(error: VaultError) -> LookError {
    match error {
        VaultError::NeedsReconnect => LookError::Go1Reconnect,
        VaultError::UpstreamUnavailable | VaultError::Busy => LookError::Go1Unavailable,
        VaultError::Seal(_) | VaultError::State(_) => LookError::State(Box::new(error)),
    }
}
