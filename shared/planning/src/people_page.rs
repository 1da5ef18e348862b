//! What the people preview needs besides the plan, and which page each obstacle gets.

use domain::country::PeopleSource;
use domain::ids::{EmployeeId, PlanDigest};
use domain::obstacle::{MetObstacle, PeopleObstacle};
use domain::plan::Plan;
use domain::portal::PortalDomain;
use domain::sign_up::SignUp;
use domain::tenant::{Organisation, PortalStep, Tenant};
use jiff::Timestamp;
use state::{PLAN_KEPT, PlanReader, Plans, StateError, Tenants};
use visiting::{Visitor, Visitors};
use web::Problem;
use web::pages::{PeopleContext, PeopleObstaclePage};
use xero_access::{ConnectionState, store_connection_state};

use crate::contact_group::keep_group;
use crate::planner::{PlanError, Planner};

/// The parts of the table that store a new plan and the state of the organisation's connection.
pub trait PlanStore: Plans + Tenants {}

impl<S: Plans + Tenants> PlanStore for S {}

/// Where Xero takes a person who follows a link into one organisation.
const XERO_LINK: &str = "https://go.xero.com/organisationlogin/default.aspx";

/// Where the people are shown, or what the last look at them met instead.
pub const PEOPLE: &str = "/preview/people";

/// Makes a plan and stores it as the one that the visitor is shown, with the choices of the one `before`; or stores what
/// is in the way, for the same page to tell. Either way the state of the connection to Xero is stored with the
/// organisation. Returns whether there is a plan.
pub async fn plan_and_keep(
    planner: &Planner,
    state: &dyn PlanStore,
    visitors: &Visitors,
    visitor: Visitor,
    tenant: &Tenant,
    before: Option<&Plan>,
) -> Result<bool, Problem> {
    let result = planner.plan(&visitor.sign_up, tenant).await;
    if let Ok(Plan { group: Some(group), .. }) = &result {
        // It may be called something else by now.
        match keep_group(state, tenant, Some(group)).await {
            Ok(_) | Err(StateError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let now = visitors.clock.now();
    let found = match &result {
        Ok(_) => ConnectionState::Sound,
        Err(PlanError::Obstacle(obstacle)) => ConnectionState::from(obstacle),
        Err(_) => ConnectionState::Unknown(None),
    };
    store_connection_state(state, tenant, found, now).await?;
    match result {
        Ok(plan) => {
            let plan = match before {
                Some(before) => plan.following(before),
                None => plan,
            };
            keep_shown(state, visitors, visitor.sign_up, &plan).await.map(|()| true)
        }
        Err(error) => keep_obstacle(visitors, visitor.sign_up, error).await.map(|()| false),
    }
}

/// Stores a plan as the one that the visitor is shown from now on.
pub async fn keep_shown(plans: &dyn Plans, visitors: &Visitors, sign_up: SignUp, plan: &Plan) -> Result<(), Problem> {
    let digest = plans.put_plan(plan).await?;
    let shown = |sign_up| Ok(SignUp { plan: Some(digest.clone()), obstacle: None, ..sign_up });
    visitors.change(sign_up, shown).await.map(drop)
}

/// Stores what is in the way as what the visitor is shown from now on; a problem where it has a page of its own.
pub async fn keep_obstacle(visitors: &Visitors, sign_up: SignUp, error: PlanError) -> Result<(), Problem> {
    let met = MetObstacle { obstacle: obstacle_of(error)?, at: visitors.clock.now() };
    visitors.change(sign_up, |sign_up| Ok(SignUp { obstacle: Some(met.clone()), ..sign_up })).await.map(drop)
}

/// The plan as somebody left its boxes, stored where that is another way than it had them.
pub async fn keep_ticks(plans: &dyn Plans, plan: Plan, ticked: &[EmployeeId]) -> Result<Plan, StateError> {
    let choices = plan.choices.clone();
    let plan = plan.with_ticks(ticked);
    if plan.choices != choices {
        plans.put_choices(&plan).await?;
    }
    Ok(plan)
}

/// The plan that the visitor was shown last, for as long as it counts: the table deletes late.
pub async fn shown_plan(
    plans: &dyn PlanReader,
    visitor: &Visitor,
    tenant: &Tenant,
    now: Timestamp,
) -> Result<Option<Plan>, StateError> {
    let Some(digest) = &visitor.sign_up.plan else { return Ok(None) };
    find_plan(plans, tenant, digest, now).await
}

/// The plan of that name, for as long as it counts.
pub async fn find_plan(
    plans: &dyn PlanReader,
    tenant: &Tenant,
    digest: &PlanDigest,
    now: Timestamp,
) -> Result<Option<Plan>, StateError> {
    let plan = plans.find_plan(&tenant.organisation.tenant, digest).await?;
    Ok(plan.filter(|plan| plan.read_at + PLAN_KEPT > now))
}

/// What the people preview shows around the plan.
pub fn people_context(visitor: &Visitor, tenant: &Tenant) -> PeopleContext {
    PeopleContext {
        form_token: visitor.form_token(),
        organisation: tenant.organisation.name.clone(),
        country: tenant.organisation.country,
        xero_people_url: xero_people_url(tenant),
        owner_email: new_portal(visitor, tenant).map(|_| visitor.sign_up.details.email.as_str().to_owned()),
        new_portal: new_portal(visitor, tenant),
    }
}

/// What is in the way where there is no plan; a problem where it is not about the people.
pub fn obstacle_of(error: PlanError) -> Result<PeopleObstacle, Problem> {
    match error {
        PlanError::Obstacle(obstacle) => Ok(obstacle),
        PlanError::Erased => Err(Problem::BeingErased),
        PlanError::ImportRunning(import) => Err(Problem::ImportConflict { import, same_plan: false }),
        PlanError::Go1Reconnect => Err(Problem::Go1LoginNeeded),
        PlanError::Go1NotGranted => Err(Problem::Go1NotGranted),
        PlanError::Go1Unavailable => Err(Problem::Go1Unavailable { retry_after: None }),
        PlanError::State(error) => Err(error.into()),
        PlanError::Vault(error) => Err(error.into()),
    }
}

/// The page that says what the last look met, where it met something and that was today.
pub fn obstacle_page(visitor: &Visitor, tenant: &Tenant, now: Timestamp) -> Option<PeopleObstaclePage> {
    let met = visitor.sign_up.obstacle.as_ref().filter(|met| met.at + PLAN_KEPT > now)?;
    Some(obstacle_view(visitor, tenant, met.as_of(now)))
}

/// The page that says what is in the way.
pub fn obstacle_view(visitor: &Visitor, tenant: &Tenant, obstacle: PeopleObstacle) -> PeopleObstaclePage {
    PeopleObstaclePage {
        form_token: visitor.form_token(),
        organisation: tenant.organisation.name.clone(),
        obstacle,
        group: tenant.chosen_group().map(|group| group.name.clone()),
        may_choose_group: tenant.may_choose_group(),
        xero_url: Some(xero_people_url(tenant)),
        portal_exists: new_portal(visitor, tenant).is_none(),
    }
}

/// The address of the portal that the import will make; `None` where the portal exists.
fn new_portal(visitor: &Visitor, tenant: &Tenant) -> Option<PortalDomain> {
    match &tenant.portal {
        PortalStep::Created { .. } => None,
        PortalStep::Requested { domain, .. } => Some(domain.clone()),
        PortalStep::NotRequested => Some(visitor.sign_up.details.domain.clone()),
    }
}

/// The page in Xero with the organisation's people, where the owner can correct what keeps a person from being
/// imported.
fn xero_people_url(tenant: &Tenant) -> String {
    let list = match tenant.organisation.country.people_source() {
        PeopleSource::PayrollEmployees => "/Payroll/Employees",
        PeopleSource::XeroUsers if tenant.chosen_group().is_some() => "/Contacts",
        PeopleSource::XeroUsers => "/Settings/Users",
    };
    xero_url(&tenant.organisation, list)
}

/// A page of the organisation in Xero.
pub fn xero_url(organisation: &Organisation, list: &str) -> String {
    match &organisation.short_code {
        Some(code) => format!("{XERO_LINK}?shortcode={}&redirecturl={list}", code.replace('!', "%21")),
        None => "https://go.xero.com".to_owned(),
    }
}
