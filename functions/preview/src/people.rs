//! The people, and what importing them would come to.

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::ids::{EmployeeId, ImportId, PlanDigest};
use http::HeaderMap;
use planning::{people_context, plan_and_keep};
use serde::Deserialize;
use visiting::{Visitor, confirmed_tenant};
use web::forms::{ButtonForm, parse};
use web::pages::{PeopleNotice, PeoplePage, PlanChanges};
use web::responses::see_other;
use web::{Problem, page_in};

use crate::preview::Preview;

/// `POST /preview/people`: the press that reads Xero. Also "Check again".
pub(crate) async fn look(State(preview): State<Preview>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let visitors = &preview.visitors;
    let form: ButtonForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let tenant = confirmed_tenant(&*preview.state, &visitor).await?;
    let frame = visitor.frame();
    Ok(match plan_and_keep(&preview.planner, &*preview.state, visitors, visitor, &tenant).await? {
        None => see_other("/preview/people"),
        Some(obstacle) => page_in(&visitors.site, &frame, &obstacle),
    })
}

/// What `GET /preview/people` can be asked.
#[derive(Deserialize)]
pub(crate) struct PeopleQuery {
    /// The plan that was shown before the list changed: what differs is marked.
    since: Option<PlanDigest>,
    /// The import whose failed are tried again: they are ticked.
    retry: Option<ImportId>,
}

/// `GET /preview/people`: the plan that was stored. Reads nothing from Xero.
pub(crate) async fn show(
    State(preview): State<Preview>,
    headers: HeaderMap,
    Query(query): Query<PeopleQuery>,
) -> Result<Response, Problem> {
    let visitors = &preview.visitors;
    let visitor = visitors.require(&headers).await?;
    let tenant = confirmed_tenant(&*preview.state, &visitor).await?;
    let id = &tenant.organisation.tenant;
    let plan = match &visitor.sign_up.plan {
        Some(digest) => preview.state.find_plan(id, digest).await?,
        None => None,
    };
    // Nobody has looked, or what they saw is no longer kept.
    let Some(plan) = plan else { return Ok(see_other("/preview")) };
    let mut people = PeoplePage::of(&plan, people_context(&visitor, &tenant));
    if let Some(since) = query.since {
        let changes = preview.state.find_plan(id, &since).await?.map(|shown| PlanChanges::between(&shown, &plan));
        people = people.with_notice(PeopleNotice::SourceChanged(changes));
    }
    if let Some(import) = query.retry {
        let failed = failed(&preview, &visitor, &import).await?;
        // Their rows are kept for a while only; then the ticks are the plan's.
        if !failed.is_empty() {
            people = people.with_ticks(&failed).with_notice(PeopleNotice::FailedTicked);
        }
    }
    Ok(page_in(&visitors.site, &visitor.frame(), &people))
}

/// Those whom an import of the visitor's own portal failed, or left without a course.
async fn failed(preview: &Preview, visitor: &Visitor, import: &ImportId) -> Result<Vec<EmployeeId>, Problem> {
    let Some(portal) = visitor.sign_up.portal() else { return Ok(Vec::new()) };
    let people = preview.state.import_people(portal, import).await?;
    let failed = people.into_iter().filter(|person| person.outcome.is_short());
    Ok(failed.map(|person| person.employee_id).collect())
}
