//! The people, and what importing them would come to.

use application::people_page::{look_and_keep, people_context};
use application::visitor::Visitor;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::ids::{EmployeeId, ImportId, PlanDigest, TenantId};
use domain::import::Outcome;
use domain::plan::Plan;
use http::HeaderMap;
use serde::Deserialize;
use web::forms::{ButtonForm, parse};
use web::pages::{PeopleNotice, PeoplePage, PlanChanges};
use web::responses::see_other;
use web::{Problem, page_in};

use crate::Preview;

/// `POST /preview/people`: the press that reads Xero. Also "Check again".
pub(crate) async fn look(State(preview): State<Preview>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let visitors = &preview.visitors;
    let form: ButtonForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let tenant = preview.tenant(&visitor).await?;
    let (frame, plans, tenants) = (visitor.frame(), &*preview.plans, &*preview.tenants);
    Ok(match look_and_keep(&preview.look, plans, tenants, visitors, visitor, &tenant).await? {
        None => see_other("/preview/people"),
        Some(obstacle) => page_in(&visitors.site, &frame, &obstacle),
    })
}

/// What `GET /preview/people` can be asked.
#[derive(Deserialize)]
pub(crate) struct Asked {
    /// The plan that was shown before the list changed: what differs is marked.
    since: Option<PlanDigest>,
    /// The import whose failed are tried again: they are ticked.
    retry: Option<ImportId>,
}

/// `GET /preview/people`: the plan that was stored. Reads nothing from Xero.
pub(crate) async fn show(
    State(preview): State<Preview>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let visitors = &preview.visitors;
    let visitor = visitors.require(&headers).await?;
    let tenant = preview.tenant(&visitor).await?;
    let id = &tenant.organisation.tenant;
    let plan = match &visitor.sign_up.plan {
        Some(digest) => find(&preview, id, digest).await?,
        None => None,
    };
    // Nobody has looked, or what they saw is no longer kept.
    let Some(plan) = plan else { return Ok(see_other("/preview")) };
    let mut people = PeoplePage::of(&plan, people_context(&visitor, &tenant));
    if let Some(since) = asked.since {
        let changes = find(&preview, id, &since).await?.map(|shown| PlanChanges::between(&shown, &plan));
        people = people.with_notice(PeopleNotice::SourceChanged(changes));
    }
    if let Some(import) = asked.retry {
        let failed = failed(&preview, &visitor, &import).await?;
        // Their rows are kept for a while only; then the ticks are the plan's.
        if !failed.is_empty() {
            people = people.with_ticks(&failed).with_notice(PeopleNotice::FailedTicked);
        }
    }
    Ok(page_in(&visitors.site, &visitor.frame(), &people))
}

/// Those whom an import of the visitor's own portal failed.
async fn failed(preview: &Preview, visitor: &Visitor, import: &ImportId) -> Result<Vec<EmployeeId>, Problem> {
    let Some(portal) = visitor.sign_up.portal() else { return Ok(Vec::new()) };
    let people = preview.imports.import_people(portal, import).await;
    let people = people.map_err(|error| preview.visitors.failed(&error))?;
    let failed = people.into_iter().filter(|person| matches!(person.outcome, Outcome::Failed { .. }));
    Ok(failed.map(|person| person.employee_id).collect())
}

async fn find(preview: &Preview, tenant: &TenantId, digest: &PlanDigest) -> Result<Option<Plan>, Problem> {
    preview.plans.find_plan(tenant, digest).await.map_err(|error| preview.visitors.failed(&error))
}
