//! The look: Xero's people, what GO1 already has of them, and the plan that follows.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use domain::email::EmailAddress;
use domain::ids::{EmployeeId, ImportId, PortalId, UserAccountId};
use domain::member::Member;
use domain::people::{SourcePerson, Standing};
use domain::plan::{KnownAccount, MOST_PEOPLE, Plan, PlanInput, make_plan};
use domain::portal::PLACES;
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use go1::{Classify as _, Course, Go1Client, Go1Error, UserAccount};
use jiff::{SignedDuration, Timestamp};
use platform::telemetry::Causes;
use state::{GrantOwner, ImportReader, MemberReader, PortalReader, StateError};
use tokio::time::Instant;
use vault::{Vault, VaultError};
use xero::XeroError;

use crate::courses::{CourseSets, published};
use crate::diagnosis::diagnose;
use crate::partner::Partner;
use crate::refresh::Go1Refresh;
use crate::xero_access::{XeroAccess, XeroAccessError};

/// How long the upstreams may take in one look.
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
    /// Their rows, for the emails that they had then.
    pub imports: Arc<dyn ImportReader>,
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
    /// What is held of the portal is being erased: nobody is imported into it.
    #[error("the portal is being erased")]
    Erased,
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
        let deadline = Instant::now() + LONGEST_LOOK;
        let courses = in_time(deadline, self.courses(tenant), LookError::Go1Unavailable).await?;
        let people = in_time(deadline, self.people(sign_up, tenant), LookError::XeroUnavailable(None)).await?;
        let read_at = self.clock.now();
        let (mut places_left, mut imports_accepted) = (PLACES, 0);
        let (mut members, mut old_emails, mut accounts) = (HashMap::new(), HashMap::new(), None);
        if let PortalStep::Created { portal, .. } = &tenant.portal {
            if let Some(portal) = self.portals.find_portal(portal).await? {
                if portal.erased_at.is_some() {
                    return Err(LookError::Erased);
                }
                if let Some(import) = portal.active_import {
                    // Its people are on their way in: whoever is new cannot be told before it has ended.
                    return Err(LookError::ImportRunning(import));
                }
                places_left = portal.places_left();
                imports_accepted = portal.imports_accepted;
            }
            members.extend(
                self.members.members(portal).await?.into_iter().map(|member| (member.employee_id.clone(), member)),
            );
            old_emails = self.old_emails(portal, &members).await?;
            let known = self.accounts(portal, &people, &members, &old_emails);
            accounts = Some(in_time(deadline, known, LookError::Go1Unavailable).await?);
        }
        Ok(make_plan(PlanInput {
            tenant: tenant.organisation.tenant.clone(),
            people,
            members,
            old_emails,
            accounts,
            owner: sign_up.details.email.clone(),
            courses: courses.into_iter().map(|course| course.id).collect(),
            places_left,
            imports_accepted,
            read_at,
        }))
    }

    /// The courses that each of them would be assigned.
    async fn courses(&self, tenant: &Tenant) -> Result<Vec<Course>, LookError> {
        let offered = self.courses.of(tenant.organisation.country);
        published(&self.go1, &self.partner, offered).await.map_err(|error| {
            tracing::warn!(error = %Causes(&error), "the courses could not be read");
            LookError::Go1Unavailable
        })
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

    /// The emails of members for whom GO1 may have made an account, as they were then. Rows are kept for a while only.
    async fn old_emails(
        &self,
        portal: &PortalId,
        members: &HashMap<EmployeeId, Member>,
    ) -> Result<HashMap<EmployeeId, EmailAddress>, StateError> {
        let mut uncertain: HashMap<&ImportId, Vec<EmployeeId>> = HashMap::new();
        for member in members.values().filter(|member| member.account.is_none()) {
            uncertain.entry(&member.import).or_default().push(member.employee_id.clone());
        }
        let mut emails = HashMap::new();
        for (import, people) in uncertain {
            let rows = self.imports.people_of(portal, import, &people).await?;
            emails.extend(rows.into_iter().map(|person| (person.employee_id, person.email)));
        }
        Ok(emails)
    }

    /// The portal's accounts of these people and members.
    async fn accounts(
        &self,
        portal: &PortalId,
        people: &[SourcePerson],
        members: &HashMap<EmployeeId, Member>,
        old_emails: &HashMap<EmployeeId, EmailAddress>,
    ) -> Result<Vec<KnownAccount>, LookError> {
        let ids: HashSet<UserAccountId> = members.values().filter_map(|member| member.account.clone()).collect();
        let by_email = people.iter().filter(|person| {
            // Whose account is known is found by it.
            person.standing != Standing::Left
                && members.get(&person.employee_id).is_none_or(|member| member.account.is_none())
        });
        let emails: BTreeSet<EmailAddress> = by_email
            .filter_map(|person| EmailAddress::parse(person.email.as_deref()?).ok())
            .chain(old_emails.values().cloned())
            .collect();
        let owner = GrantOwner::Portal(portal.clone());
        let refresh = Go1Refresh(&self.go1);
        let token = self.go1_vault.access_token(&owner, &refresh).await.map_err(go1_token_error)?;
        let mut answer = self.go1.accounts_for(&token.secret, &emails, &ids).await;
        if answer.as_ref().is_err_and(Go1Error::is_unauthorized) {
            let token = self.go1_vault.replace_access_token(&owner, &token, &refresh).await.map_err(go1_token_error)?;
            answer = self.go1.accounts_for(&token.secret, &emails, &ids).await;
        }
        let accounts = answer.map_err(|error| {
            tracing::warn!(error = %Causes(&error), %portal, "the portal's accounts could not be read");
            match error {
                error if error.asks_for_login() => LookError::Go1Reconnect,
                _ => LookError::Go1Unavailable,
            }
        })?;
        Ok(accounts.into_iter().map(known).collect())
    }
}

/// What comes of asking an upstream; `silent` where it does not answer before the look must end.
async fn in_time<Answer>(
    deadline: Instant,
    asking: impl Future<Output = Result<Answer, LookError>>,
    silent: LookError,
) -> Result<Answer, LookError> {
    tokio::time::timeout_at(deadline, asking).await.unwrap_or(Err(silent))
}

fn known(account: UserAccount) -> KnownAccount {
    KnownAccount {
        id: account.id,
        email: account.email,
        given_name: account.given_name,
        family_name: account.family_name,
        created_time: account.created_time,
    }
}

fn go1_token_error(error: VaultError) -> LookError {
    match error {
        VaultError::NeedsReconnect => LookError::Go1Reconnect,
        VaultError::UpstreamUnavailable | VaultError::Busy => LookError::Go1Unavailable,
        VaultError::Seal(_) | VaultError::State(_) => LookError::State(Box::new(error)),
    }
}
