//! What the people preview needs besides the plan, and which page each obstacle gets.

use domain::country::PeopleSource;
use domain::plan::Plan;
use domain::sign_up::SignUp;
use domain::tenant::{Organisation, PortalStep, Tenant};
use state::{Plans, Tenants};
use visiting::{Visitor, Visitors};
use web::Problem;
use web::pages::{PeopleContext, PeopleObstaclePage};
use xero_access::{ConnectionState, store_connection_state};

use crate::planner::{PlanError, Planner};

/// The parts of the table that store a new plan and the state of the organisation's connection.
pub trait PlanStore: Plans + Tenants {}

impl<S: Plans + Tenants> PlanStore for S {}

/// Where Xero takes a person who follows a link into one organisation.
const XERO_LINK: &str = "https://go.xero.com/organisationlogin/default.aspx";

/// Makes a plan and stores it as the one that the visitor is shown, or returns the page that says what is in the way.
/// Either way the state of the connection to Xero is stored with the organisation.
pub async fn plan_and_keep(
    planner: &Planner,
    state: &dyn PlanStore,
    visitors: &Visitors,
    visitor: Visitor,
    tenant: &Tenant,
) -> Result<Option<PeopleObstaclePage>, Problem> {
    let result = planner.plan(&visitor.sign_up, tenant).await;
    let found = match &result {
        Ok(_) => ConnectionState::Sound,
        Err(PlanError::Obstacle(obstacle)) => ConnectionState::from(obstacle),
        Err(_) => ConnectionState::Unknown(None),
    };
    store_connection_state(state, tenant, found, visitors.clock.now()).await?;
    match result {
        Ok(plan) => keep_shown(state, visitors, visitor.sign_up, &plan).await.map(|()| None),
        Err(error) => obstacle(&visitor, tenant, error).map(Some),
    }
}

/// Stores a plan as the one that the visitor is shown from now on.
pub async fn keep_shown(plans: &dyn Plans, visitors: &Visitors, sign_up: SignUp, plan: &Plan) -> Result<(), Problem> {
    let digest = plans.put_plan(plan).await?;
    visitors.change(sign_up, |sign_up| Ok(SignUp { plan: Some(digest.clone()), ..sign_up })).await.map(drop)
}

/// What the people preview shows around the plan.
pub fn people_context(visitor: &Visitor, tenant: &Tenant) -> PeopleContext {
    PeopleContext {
        form_token: visitor.form_token(),
        organisation: tenant.organisation.name.clone(),
        country: tenant.organisation.country,
        xero_people_url: xero_people_url(&tenant.organisation),
        portal_exists: portal_exists(tenant),
    }
}

/// The page or problem to answer where there is no plan to show.
pub fn obstacle(visitor: &Visitor, tenant: &Tenant, error: PlanError) -> Result<PeopleObstaclePage, Problem> {
    let obstacle = match error {
        PlanError::Obstacle(obstacle) => obstacle,
        PlanError::Erased => return Err(Problem::BeingErased),
        PlanError::ImportRunning(import) => return Err(Problem::ImportConflict { import, same_plan: false }),
        PlanError::Go1Reconnect => return Err(Problem::Go1LoginNeeded),
        PlanError::Go1NotGranted => return Err(Problem::Go1NotGranted),
        PlanError::Go1Unavailable => return Err(Problem::Go1Unavailable { retry_after: None }),
        PlanError::State(error) => return Err(error.into()),
        PlanError::Vault(error) => return Err(error.into()),
    };
    Ok(PeopleObstaclePage {
        form_token: visitor.form_token(),
        organisation: tenant.organisation.name.clone(),
        obstacle,
        timezone: tenant.organisation.timezone.clone(),
        xero_url: Some(xero_people_url(&tenant.organisation)),
        portal_exists: portal_exists(tenant),
    })
}

fn portal_exists(tenant: &Tenant) -> bool {
    matches!(tenant.portal, PortalStep::Created { .. })
}

/// The page in Xero with the organisation's people, where the owner can correct what keeps a person from being
/// imported.
fn xero_people_url(organisation: &Organisation) -> String {
    let list = match organisation.country.people_source() {
        PeopleSource::PayrollEmployees => "/Payroll/Employees",
        PeopleSource::XeroUsers => "/Settings/Users",
    };
    match &organisation.short_code {
        Some(code) => format!("{XERO_LINK}?shortcode={}&redirecturl={list}", code.replace('!', "%21")),
        None => "https://go.xero.com".to_owned(),
    }
}
