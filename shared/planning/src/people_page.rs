//! What the people preview needs besides the plan, and which page each obstacle gets.

use domain::country::PeopleSource;
use domain::plan::Plan;
use domain::sign_up::SignUp;
use domain::tenant::{Organisation, PortalStep, Tenant};
use state::{Plans, Tenants};
use visiting::{Visitor, Visitors};
use web::Problem;
use web::pages::{PeopleContext, PeopleObstaclePage};
use xero_access::{ConnectionState, remember};

use crate::look::{Look, LookError};

/// All of the table that keeps what a look found: the plan, and how the organisation's connection stands.
pub trait PlanningState: Plans + Tenants {}

impl<S: Plans + Tenants> PlanningState for S {}

/// Where Xero takes a person who follows a link into one organisation.
const XERO_LINK: &str = "https://go.xero.com/organisationlogin/default.aspx";

/// Looks, and keeps what was found as what the visitor is shown; or says what stands in the way. Either way the
/// organisation remembers how its connection stands.
pub async fn look_and_keep(
    look: &Look,
    state: &dyn PlanningState,
    visitors: &Visitors,
    visitor: Visitor,
    tenant: &Tenant,
) -> Result<Option<PeopleObstaclePage>, Problem> {
    let looked = look.plan(&visitor.sign_up, tenant).await;
    let found = match &looked {
        Ok(_) => ConnectionState::Sound,
        Err(LookError::Obstacle(obstacle)) => ConnectionState::from(obstacle),
        Err(_) => ConnectionState::Unknown(None),
    };
    remember(state, tenant, found, visitors.clock.now()).await?;
    match looked {
        Ok(plan) => keep_shown(state, visitors, visitor.sign_up, &plan).await.map(|()| None),
        Err(error) => obstacle(&visitor, tenant, error).map(Some),
    }
}

/// Keeps a plan as the one that the visitor is shown from now on.
pub async fn keep_shown(plans: &dyn Plans, visitors: &Visitors, sign_up: SignUp, plan: &Plan) -> Result<(), Problem> {
    let digest = plans.put_plan(plan).await?;
    visitors.change(sign_up, |sign_up| Ok(SignUp { plan: Some(digest.clone()), ..sign_up })).await.map(drop)
}

/// The surroundings of the people preview.
pub fn people_context(visitor: &Visitor, tenant: &Tenant) -> PeopleContext {
    PeopleContext {
        form_token: visitor.form_token(),
        organisation: tenant.organisation.name.clone(),
        country: tenant.organisation.country,
        xero_people_url: xero_people_url(&tenant.organisation),
        portal_exists: portal_exists(tenant),
    }
}

/// The answer where there is no plan to show.
pub fn obstacle(visitor: &Visitor, tenant: &Tenant, error: LookError) -> Result<PeopleObstaclePage, Problem> {
    let obstacle = match error {
        LookError::Obstacle(obstacle) => obstacle,
        LookError::Erased => return Err(Problem::BeingErased),
        LookError::ImportRunning(import) => return Err(Problem::ImportConflict { import, same_plan: false }),
        LookError::Go1Reconnect => return Err(Problem::Go1LoginNeeded),
        LookError::Go1Unavailable => return Err(Problem::Go1Unavailable { retry_after: None }),
        LookError::State(error) => return Err(error.into()),
        LookError::Vault(error) => return Err(error.into()),
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

/// Where the owner mends what stands in somebody's way: the organisation's people in Xero.
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
