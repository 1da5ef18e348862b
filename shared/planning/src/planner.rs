//! Makes a plan from Xero's people and from what GO1 and we have about them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use domain::clock::Clock;
use domain::contact_group::ContactGroup;
use domain::email::EmailAddress;
use domain::fault::Causes;
use domain::ids::{EmployeeId, ImportId, PortalId, UserAccountId};
use domain::member::Member;
use domain::name::PersonName;
use domain::obstacle::{ConnectionTrouble, PeopleObstacle};
use domain::people::SourcePerson;
use domain::plan::{AddressSeen, KnownAccount, MOST_PEOPLE, Plan, PlanInput, make_plan};
use domain::portal::PLACES;
use domain::sign_up::SignUp;
use domain::tenant::{PortalStep, Tenant};
use go1::{Course, Go1Error};
use go1_access::addresses::{Availability, availability};
use go1_access::courses::{CourseSets, published};
use go1_access::{Go1Access, Go1AccessError};
use platform::function::{FunctionContext, StartError};
use platform::settings::names;
use secrecy::SecretString;
use state::{ImportReader, MemberReader, PlanReader, PortalReader, StateError};
use tokio::time::Instant;
use vault::VaultError;
use xero::{GroupRead, ListedGroup, XeroError};
use xero_access::{XeroAccess, XeroAccessError, diagnose};

/// How long Xero and GO1 may take for one plan, because a person waits for it.
const LONGEST_READ: Duration = Duration::from_secs(13);

/// The parts of the table that a plan is made from: portals, for the places left; members; the rows of imports, for the
/// emails that people had then; and the plan of the look before, for whom it missed.
pub trait PlannerState: PortalReader + MemberReader + ImportReader + PlanReader {}

impl<S: PortalReader + MemberReader + ImportReader + PlanReader> PlannerState for S {}

/// Reads Xero and GO1 and makes plans. It writes nothing.
#[derive(Clone)]
pub struct Planner {
    state: Arc<dyn PlannerState>,
    xero: XeroAccess,
    go1: Go1Access,
    courses: CourseSets,
    longest_name: usize,
    clock: Arc<dyn Clock>,
}

/// Who was read, and of which contact group, where one was chosen.
struct Read {
    people: Vec<SourcePerson>,
    group: Option<ContactGroup>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Xero does not show the people, or shows none. Each reason has a page of its own.
    #[error(transparent)]
    Obstacle(PeopleObstacle),
    /// GO1 no longer lets us into the portal.
    #[error("GO1 no longer lets us into the portal")]
    Go1Reconnect,
    /// An import is running; a plan made now would show its people as new.
    #[error("an import is running")]
    ImportRunning(ImportId),
    /// The portal is being erased, so nobody can be imported into it.
    #[error("the portal is being erased")]
    Erased,
    /// GO1 has not granted this product what it needs to read.
    #[error("GO1 has not granted us what we need")]
    Go1NotGranted,
    /// GO1 does not answer as it should.
    #[error("GO1 does not answer")]
    Go1Unavailable,
    #[error(transparent)]
    State(#[from] StateError),
    /// The stored tokens cannot be used.
    #[error(transparent)]
    Vault(VaultError),
}

impl From<PeopleObstacle> for PlanError {
    fn from(obstacle: PeopleObstacle) -> Self {
        Self::Obstacle(obstacle)
    }
}

impl Planner {
    /// Xero, as the users who let us in.
    pub fn xero(&self) -> &XeroAccess {
        &self.xero
    }

    /// GO1, as the portals that let us in.
    pub(crate) fn go1(&self) -> &Go1Access {
        &self.go1
    }

    /// Reads `GO1_COURSES_AU`, `GO1_COURSES_US` and `GO1_LONGEST_NAME`.
    pub fn new<S: PlannerState + 'static>(
        context: &FunctionContext<S>,
        xero: XeroAccess,
        go1: Go1Access,
    ) -> Result<Self, StartError> {
        let courses = CourseSets::from_environment(&context.environment)?;
        let longest_name = context.environment.parsed(names::GO1_LONGEST_NAME, "a whole number of characters")?;
        Ok(Self { state: context.state.clone(), xero, go1, courses, longest_name, clock: context.clock.clone() })
    }

    /// Reads both upstreams within a time limit and decides for each person.
    pub async fn plan(&self, sign_up: &SignUp, tenant: &Tenant) -> Result<Plan, PlanError> {
        let deadline = Instant::now() + LONGEST_READ;
        let courses = in_time(deadline, self.courses(tenant), PlanError::Go1Unavailable).await?;
        let xero_silent = PeopleObstacle::XeroUnavailable { retry_after: None }.into();
        let people = in_time(deadline, self.people(sign_up, tenant), xero_silent);
        // A plan without it is a plan: GO1 says at the press as well whether an address is taken.
        let address = tokio::time::timeout_at(deadline, self.address(sign_up, tenant));
        let (people, address) = tokio::join!(people, address);
        let Read { people, group } = people?;
        let read_at = self.clock.now();
        let (mut places_left, mut imports_accepted) = (PLACES, 0);
        let (mut members, mut old_emails, mut accounts) = (HashMap::new(), HashMap::new(), None);
        let mut missed_before = HashSet::new();
        if let PortalStep::Created { portal, .. } = &tenant.portal {
            if let Some(portal) = self.state.find_portal(portal).await? {
                if portal.erased_at.is_some() {
                    return Err(PlanError::Erased);
                }
                if let Some(import) = portal.active_import {
                    // Who is new cannot be said before the running import has ended.
                    return Err(PlanError::ImportRunning(import));
                }
                places_left = portal.places_left();
                imports_accepted = portal.imports_accepted;
            }
            members.extend(
                self.state.members(portal).await?.into_iter().map(|member| (member.employee_id.clone(), member)),
            );
            old_emails = self.old_emails(portal, &members).await?;
            let known = self.accounts(portal, &people, &members, &old_emails);
            accounts = Some(in_time(deadline, known, PlanError::Go1Unavailable).await?);
            missed_before = self.missed_before(sign_up, tenant).await?;
        }
        let (courses, course_titles) = courses.into_iter().map(|course| (course.lo_id, course.title)).unzip();
        let plan = make_plan(PlanInput {
            tenant: tenant.organisation.tenant.clone(),
            group,
            people,
            members,
            old_emails,
            accounts,
            owner: sign_up.details.email.clone(),
            owner_name: PersonName::new(&sign_up.details.given_name, &sign_up.details.family_name),
            courses,
            places_left,
            imports_accepted,
            missed_before,
            longest_name: self.longest_name,
            read_at,
        });
        Ok(Plan { address: address.ok().flatten(), course_titles, ..plan })
    }

    /// Whether the address of the portal that is to be made is free, where GO1 tells.
    async fn address(&self, sign_up: &SignUp, tenant: &Tenant) -> Option<AddressSeen> {
        if tenant.is_settled() {
            return None;
        }
        let domain = sign_up.details.domain.clone();
        match availability(&self.go1, &domain).await {
            Availability::Free => Some(AddressSeen { domain, taken: false }),
            Availability::Taken { .. } => Some(AddressSeen { domain, taken: true }),
            Availability::Unknown => None,
        }
    }

    /// The members whom the look before did not list, as the plan that was shown then says; nobody where that is gone.
    async fn missed_before(&self, sign_up: &SignUp, tenant: &Tenant) -> Result<HashSet<EmployeeId>, StateError> {
        let Some(shown) = &sign_up.plan else { return Ok(HashSet::new()) };
        let before = match self.state.find_plan(&tenant.organisation.tenant, shown).await {
            // One that a newer release stored says nothing to this one.
            Err(StateError::Malformed(_)) => None,
            before => before?,
        };
        Ok(before.into_iter().flat_map(|plan| plan.left).map(|leaver| leaver.employee_id).collect())
    }

    /// The courses that each person would be assigned.
    async fn courses(&self, tenant: &Tenant) -> Result<Vec<Course>, PlanError> {
        let offered = self.courses.of(tenant.organisation.country);
        published(&self.go1, offered).await.map_err(|error| {
            tracing::warn!(error = %Causes(&error), "the courses could not be read");
            silent_or_not_granted(&error)
        })
    }

    /// The contact groups that the owner can choose from.
    pub async fn contact_groups(&self, sign_up: &SignUp, tenant: &Tenant) -> Result<Vec<ListedGroup>, PlanError> {
        require_contacts(tenant)?;
        let id = &tenant.organisation.tenant;
        let read = self.read(sign_up, tenant, async |token| self.xero.client.contact_groups(&token, id).await);
        let silent = PeopleObstacle::XeroUnavailable { retry_after: None }.into();
        in_time(Instant::now() + LONGEST_READ, read, silent).await
    }

    /// All people whom Xero lists for the organisation, or for the contact group that the owner chose.
    async fn people(&self, sign_up: &SignUp, tenant: &Tenant) -> Result<Read, PlanError> {
        let (id, source) = (&tenant.organisation.tenant, tenant.organisation.country.people_source());
        let client = &self.xero.client;
        let read = if let Some(chosen) = tenant.chosen_group() {
            require_contacts(tenant)?;
            let read = async |token: SecretString| client.people_of_group(&token, id, &chosen.id).await;
            match self.read(sign_up, tenant, read).await? {
                GroupRead::People { group, people } => Read { people, group: Some(group) },
                GroupRead::Gone => return Err(PeopleObstacle::Nobody.into()),
                GroupRead::TooMany { people } => return Err(PeopleObstacle::TooMany { people }.into()),
            }
        } else {
            let read = async |token: SecretString| client.people(&token, id, source).await;
            Read { people: self.read(sign_up, tenant, read).await?, group: None }
        };
        match read.people.len() {
            0 => Err(PeopleObstacle::Nobody.into()),
            1..=MOST_PEOPLE => Ok(read),
            people => Err(PeopleObstacle::TooMany { people }.into()),
        }
    }

    /// What Xero answers, or what stands in the way of it.
    async fn read<T, Answer>(
        &self,
        sign_up: &SignUp,
        tenant: &Tenant,
        call: impl Fn(SecretString) -> Answer + Send + Sync,
    ) -> Result<T, PlanError>
    where
        Answer: Future<Output = Result<T, XeroError>> + Send,
    {
        if tenant.disconnected.is_some() {
            return Err(PeopleObstacle::Connection(ConnectionTrouble::RemovedAtXero).into());
        }
        match self.xero.call(&tenant.xero_user, call).await {
            Ok(answer) => Ok(answer),
            Err(XeroAccessError::Xero(error)) => {
                let id = &tenant.organisation.tenant;
                tracing::warn!(error = %Causes(&error), tenant = %id, "Xero's people could not be read");
                let why = diagnose(&self.xero, tenant, sign_up.may_read_payroll, &error, self.clock.now()).await;
                Err(why.map_err(PlanError::Vault)?.into())
            }
            Err(error) => Err(error.without_token().map_err(PlanError::Vault)?.into()),
        }
    }

    /// The emails under which GO1 may have created accounts for members without a known one. They come from import
    /// rows, which are kept for 30 days.
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
    ) -> Result<Vec<KnownAccount>, PlanError> {
        let ids: HashSet<UserAccountId> = members.values().filter_map(|member| member.account.clone()).collect();
        let by_email = people.iter().filter(|person| {
            // A member whose account id is known is found by that id.
            !person.status.has_gone() && members.get(&person.employee_id).is_none_or(|member| member.account.is_none())
        });
        let emails: BTreeSet<EmailAddress> = by_email
            .filter_map(|person| person.email.address().ok().cloned())
            .chain(old_emails.values().cloned())
            .collect();
        let read = async |token| self.go1.client.accounts_for(&token, &emails, &ids).await;
        let accounts = self.go1.as_portal(portal, read).await.map_err(|error| match error {
            Go1AccessError::LoginNeeded { .. } => PlanError::Go1Reconnect,
            Go1AccessError::NoToken(error @ (VaultError::Seal(_) | VaultError::State(_))) => PlanError::Vault(error),
            Go1AccessError::NoToken(_) => PlanError::Go1Unavailable,
            Go1AccessError::Go1(error) => {
                tracing::warn!(error = %Causes(&error), %portal, "the portal's accounts could not be read");
                if error.asks_for_login() { PlanError::Go1Reconnect } else { silent_or_not_granted(&error) }
            }
        })?;
        Ok(accounts.into_iter().map(KnownAccount::from).collect())
    }
}

/// The upstream's answer, or `silent` where it does not answer before the deadline.
async fn in_time<Answer>(
    deadline: Instant,
    request: impl Future<Output = Result<Answer, PlanError>>,
    silent: PlanError,
) -> Result<Answer, PlanError> {
    tokio::time::timeout_at(deadline, request).await.unwrap_or(Err(silent))
}

fn silent_or_not_granted(error: &Go1Error) -> PlanError {
    match error {
        Go1Error::MissingScope { .. } => PlanError::Go1NotGranted,
        _ => PlanError::Go1Unavailable,
    }
}

/// Refuses where contacts were not consented to for this organisation. Xero would let a login's token read them that gave
/// the permission for another organisation.
fn require_contacts(tenant: &Tenant) -> Result<(), PlanError> {
    if tenant.may_read_contacts {
        return Ok(());
    }
    Err(PeopleObstacle::Connection(ConnectionTrouble::PermissionMissing).into())
}
