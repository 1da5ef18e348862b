//! The people, and what importing them would come to.

use application::people_page::{obstacle, people_context};
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::ids::{PlanDigest, TenantId};
use domain::plan::Plan;
use domain::sign_up::SignUp;
use http::HeaderMap;
use serde::Deserialize;
use web::forms::{ButtonForm, parse};
use web::pages::{PeopleNotice, PeoplePage, PlanChanges};
use web::responses::see_other;
use web::{Problem, page};

use crate::Preview;

/// `POST /preview/people`: the press that reads Xero. Also "Check again".
pub(crate) async fn look(State(preview): State<Preview>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let visitors = &preview.visitors;
    let form: ButtonForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let tenant = preview.tenant(&visitor).await?;
    let plan = match preview.look.plan(&visitor.sign_up, &tenant).await {
        Ok(plan) => plan,
        Err(error) => return Ok(page(&visitors.site, &obstacle(visitors, &visitor, &tenant, &error)?)),
    };
    let digest = preview.plans.put_plan(&plan).await.map_err(|error| visitors.failed(&error))?;
    visitors.change(visitor.sign_up, |sign_up| Ok(SignUp { plan: Some(digest.clone()), ..sign_up })).await?;
    Ok(see_other("/preview/people"))
}

/// What `GET /preview/people` can be asked.
#[derive(Deserialize)]
pub(crate) struct Asked {
    /// The plan that was shown before Xero changed: what differs is marked.
    since: Option<PlanDigest>,
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
    Ok(page(&visitors.site, &people))
}

async fn find(preview: &Preview, tenant: &TenantId, digest: &PlanDigest) -> Result<Option<Plan>, Problem> {
    preview.plans.find_plan(tenant, digest).await.map_err(|error| preview.visitors.failed(&error))
}
