//! What the people preview needs besides the plan, and which page each obstacle gets.

use domain::country::Country;
use domain::plan::Plan;
use domain::sign_up::SignUp;
use domain::tenant::{Organisation, PortalStep, Tenant};
use state::{Plans, Tenants};
use web::Problem;
use web::pages::{PeopleContext, PeopleObstacle, PeopleObstaclePage};

use crate::health::{Health, health_after, remember};
use crate::look::{Look, LookError};
use crate::visitor::{Visitor, Visitors};

/// Where Xero takes a person who follows a link into one organisation.
const XERO_LINK: &str = "https://go.xero.com/organisationlogin/default.aspx";

/// Looks, and keeps what was found as what the visitor is shown; or says what stands in the way. Either way the
/// organisation remembers how its connection stands.
pub async fn look_and_keep(
    look: &Look,
    plans: &dyn Plans,
    tenants: &dyn Tenants,
    visitors: &Visitors,
    visitor: Visitor,
    tenant: &Tenant,
) -> Result<Option<PeopleObstaclePage>, Problem> {
    let looked = look.plan(&visitor.sign_up, tenant).await;
    let health = looked.as_ref().map_or_else(health_after, |_| Health::Sound);
    let remembered = remember(tenants, tenant, health, visitors.clock.now()).await;
    remembered.map_err(|error| visitors.failed(&error))?;
    match looked {
        Ok(plan) => keep_shown(plans, visitors, visitor.sign_up, &plan).await.map(|()| None),
        Err(error) => obstacle(visitors, &visitor, tenant, &error).map(Some),
    }
}

/// Keeps a plan as the one that the visitor is shown from now on.
pub async fn keep_shown(plans: &dyn Plans, visitors: &Visitors, sign_up: SignUp, plan: &Plan) -> Result<(), Problem> {
    let digest = plans.put_plan(plan).await.map_err(|error| visitors.failed(&error))?;
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
pub fn obstacle(
    visitors: &Visitors,
    visitor: &Visitor,
    tenant: &Tenant,
    error: &LookError,
) -> Result<PeopleObstaclePage, Problem> {
    let obstacle = match error {
        LookError::Nobody => PeopleObstacle::Nobody,
        LookError::PayrollNotSetUp => PeopleObstacle::PayrollNotSetUp,
        LookError::NotPayrollAdministrator => PeopleObstacle::NoPayrollAdministrator,
        LookError::XeroReconnect => PeopleObstacle::ReconnectNeeded,
        LookError::Disconnected => PeopleObstacle::Disconnected,
        LookError::TrialOver => PeopleObstacle::TrialOver,
        LookError::AccessLost => PeopleObstacle::AccessLost,
        LookError::ScopeMissing => PeopleObstacle::ScopeMissing,
        LookError::DailyLimit(until) => {
            PeopleObstacle::DailyLimit { until: *until, timezone: tenant.organisation.timezone.clone() }
        }
        LookError::TooManyPeople(people) => PeopleObstacle::TooMany { people: *people },
        LookError::XeroUnavailable(retry_after) => PeopleObstacle::XeroUnavailable { retry_after: *retry_after },
        LookError::Erased => return Err(Problem::BeingErased),
        LookError::ImportRunning(import) => {
            return Err(Problem::ImportConflict { import: import.clone(), same_plan: false });
        }
        LookError::Go1Reconnect => return Err(Problem::Go1LoginNeeded),
        LookError::Go1Unavailable => return Err(Problem::Go1Unavailable { retry_after: None }),
        LookError::State(_) => return Err(visitors.failed(error)),
    };
    Ok(PeopleObstaclePage {
        form_token: visitor.form_token(),
        organisation: tenant.organisation.name.clone(),
        obstacle,
        xero_url: Some(xero_people_url(&tenant.organisation)),
        portal_exists: portal_exists(tenant),
    })
}

fn portal_exists(tenant: &Tenant) -> bool {
    matches!(tenant.portal, PortalStep::Created { .. })
}

/// Where the owner mends what stands in somebody's way: the organisation's people in Xero.
fn xero_people_url(organisation: &Organisation) -> String {
    let list = match organisation.country {
        Country::Australia => "/Payroll/Employees",
        Country::UnitedStates => "/Settings/Users",
    };
    match &organisation.short_code {
        Some(code) => format!("{XERO_LINK}?shortcode={}&redirecturl={list}", code.replace('!', "%21")),
        None => "https://go.xero.com".to_owned(),
    }
}
