//! The look: Xero's people, what GO1 already has of them, and the plan that follows.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use domain::email::EmailAddress;
use domain::fault::Causes;
use domain::ids::{EmployeeId, ImportId, PortalId, UserAccountId};
use domain::member::Member;
use domain::obstacle::{ConnectionTrouble, PeopleObstacle};
use domain::people::{PersonStatus, SourcePerson};
use domain::plan::{KnownAccount, MOST_PEOPLE, Plan, PlanInput, make_plan};
use domain::portal::PLACES;
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use go1::{Course, UserAccount};
use go1_access::courses::{CourseSets, published};
use go1_access::{Go1Access, Go1AccessError};
use platform::function::{FunctionContext, StartError};
use state::{ImportReader, MemberReader, PortalReader, StateError};
use tokio::time::Instant;
use vault::VaultError;
use xero_access::{XeroAccess, XeroAccessError, diagnose};

/// How long the upstreams may take in one look.
const LONGEST_LOOK: Duration = Duration::from_secs(13);

/// All of the table that a look reads: portals, for the places left; who was imported before; and the rows of imports, for
/// the emails that people had then.
pub trait LookState: PortalReader + MemberReader + ImportReader {}

impl<S: PortalReader + MemberReader + ImportReader> LookState for S {}

/// Reads both upstreams. Writes nothing.
#[derive(Clone)]
pub struct Look {
    state: Arc<dyn LookState>,
    xero: XeroAccess,
    go1: Go1Access,
    courses: CourseSets,
    clock: Arc<dyn Clock>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// Xero does not show the people, or shows none. Each reason has a page of its own.
    #[error(transparent)]
    Obstacle(PeopleObstacle),
    /// GO1 no longer lets us into the portal.
    #[error("GO1 no longer lets us into the portal")]
    Go1Reconnect,
    /// An import is running; a plan made now would show its people as new.
    #[error("an import is running")]
    ImportRunning(ImportId),
    /// What is held of the portal is being erased: nobody is imported into it.
    #[error("the portal is being erased")]
    Erased,
    /// GO1 does not answer as it should.
    #[error("GO1 does not answer")]
    Go1Unavailable,
    /// The table failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// What is sealed in the table cannot be used.
    #[error(transparent)]
    Vault(VaultError),
}

impl From<PeopleObstacle> for LookError {
    fn from(obstacle: PeopleObstacle) -> Self {
        Self::Obstacle(obstacle)
    }
}

impl Look {
    /// The look of a function. Reads `GO1_COURSES_AU` and `GO1_COURSES_US`.
    pub fn new<S: LookState + 'static>(
        context: &FunctionContext<S>,
        xero: XeroAccess,
        go1: Go1Access,
    ) -> Result<Self, StartError> {
        let courses = CourseSets::from_environment(&context.environment)?;
        Ok(Self { state: context.state.clone(), xero, go1, courses, clock: context.clock.clone() })
    }

    /// Reads, and decides for everybody. A person waits for it, so it has an end.
    pub async fn plan(&self, sign_up: &SignUp, tenant: &Tenant) -> Result<Plan, LookError> {
        let deadline = Instant::now() + LONGEST_LOOK;
        let courses = in_time(deadline, self.courses(tenant), LookError::Go1Unavailable).await?;
        let people = in_time(
            deadline,
            self.people(sign_up, tenant),
            PeopleObstacle::XeroUnavailable { retry_after: None }.into(),
        )
        .await?;
        let read_at = self.clock.now();
        let (mut places_left, mut imports_accepted) = (PLACES, 0);
        let (mut members, mut old_emails, mut accounts) = (HashMap::new(), HashMap::new(), None);
        if let PortalStep::Created { portal, .. } = &tenant.portal {
            if let Some(portal) = self.state.find_portal(portal).await? {
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
                self.state.members(portal).await?.into_iter().map(|member| (member.employee_id.clone(), member)),
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
        published(&self.go1, offered).await.map_err(|error| {
            tracing::warn!(error = %Causes(&error), "the courses could not be read");
            LookError::Go1Unavailable
        })
    }

    /// Everybody whom Xero lists for the organisation.
    async fn people(&self, sign_up: &SignUp, tenant: &Tenant) -> Result<Vec<SourcePerson>, LookError> {
        if tenant.disconnected.is_some() {
            return Err(PeopleObstacle::Connection(ConnectionTrouble::RemovedAtXero).into());
        }
        let (id, source) = (&tenant.organisation.tenant, tenant.organisation.country.people_source());
        let read = async |token| self.xero.client.people(&token, id, source).await;
        let people = match self.xero.call(&tenant.xero_user, read).await {
            Ok(people) => people,
            Err(XeroAccessError::Xero(error)) => {
                tracing::warn!(error = %Causes(&error), tenant = %id, "Xero's people could not be read");
                let why = diagnose(&self.xero, tenant, sign_up.may_read_payroll, &error, self.clock.now()).await;
                return Err(why.map_err(LookError::Vault)?.into());
            }
            Err(error) => return Err(error.without_token().map_err(LookError::Vault)?.into()),
        };
        match people.len() {
            0 => Err(PeopleObstacle::Nobody.into()),
            1..=MOST_PEOPLE => Ok(people),
            people => Err(PeopleObstacle::TooMany { people }.into()),
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
            let rows = self.state.people_of(portal, import, &people).await?;
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
            person.status != PersonStatus::Left
                && members.get(&person.employee_id).is_none_or(|member| member.account.is_none())
        });
        let emails: BTreeSet<EmailAddress> = by_email
            .filter_map(|person| person.email.address().ok().cloned())
            .chain(old_emails.values().cloned())
            .collect();
        let read = async |token| self.go1.client.accounts_for(&token, &emails, &ids).await;
        let accounts = self.go1.as_portal(portal, read).await.map_err(|error| match error {
            Go1AccessError::LoginNeeded { .. } => LookError::Go1Reconnect,
            Go1AccessError::NoToken(error @ (VaultError::Seal(_) | VaultError::State(_))) => LookError::Vault(error),
            Go1AccessError::NoToken(_) => LookError::Go1Unavailable,
            Go1AccessError::Go1(error) => {
                tracing::warn!(error = %Causes(&error), %portal, "the portal's accounts could not be read");
                if error.asks_for_login() { LookError::Go1Reconnect } else { LookError::Go1Unavailable }
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
