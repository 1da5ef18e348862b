//! Reads the people, and shows what importing them would do.

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::Response;
use domain::ids::{EmployeeId, ImportId, PlanDigest};
use domain::import::Import;
use domain::plan::Plan;
use http::HeaderMap;
use planning::{PEOPLE, find_plan, keep_ticks, may_look, obstacle_page, people_context, plan_and_keep, shown_plan};
use serde::Deserialize;
use visiting::{Visitor, confirmed_tenant};
use web::forms::{LookForm, parse};
use web::pages::{PeopleNotice, PeoplePage, PlanChanges};
use web::responses::see_other;
use web::{Problem, SavedDetails, page_in};

use crate::preview::Preview;

/// `POST /preview/people`: the press that reads Xero. Also "Check again", which sends the ticks along, and what
/// keeps them and reads nothing: "Update" without scripts, and each way from the list to a page before it.
pub(crate) async fn look(State(preview): State<Preview>, headers: HeaderMap, body: Bytes) -> Result<Response, Problem> {
    let visitors = &preview.visitors;
    let form: LookForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let tenant = confirmed_tenant(&*preview.state, &visitor).await?;
    let now = visitors.clock.now();
    let before = match &form.plan {
        // Kept before anybody is asked: whatever comes of the look, nobody ticks anew.
        Some(plan) => match find_plan(&*preview.state, &tenant, plan, now).await? {
            Some(plan) => Some(keep_ticks(&*preview.state, plan, &form.people).await?),
            None => None,
        },
        None => shown_plan(&*preview.state, &visitor, &tenant, now).await?,
    };
    if let Some(page) = form.leaves_for() {
        return Ok(see_other(page));
    }
    may_look(&preview.planner, visitors, &visitor, &tenant).await?;
    let looked = plan_and_keep(&preview.planner, &*preview.state, visitors, visitor, &tenant, before.as_ref()).await?;
    Ok(match before {
        Some(before) if looked => see_other(&format!("{PEOPLE}?checked={}", before.digest())),
        _ => see_other(PEOPLE),
    })
}

/// What `GET /preview/people` can be asked.
#[derive(Deserialize)]
pub(crate) struct PeopleQuery {
    /// The plan that was shown before the list changed: what differs is marked.
    since: Option<PlanDigest>,
    /// The plan that was shown before somebody looked again: what differs is marked.
    checked: Option<PlanDigest>,
    /// The import whose failed are tried again: they are ticked.
    retry: Option<ImportId>,
    /// Why the press on "Import" imported nobody.
    refused: Option<String>,
    /// Which of the owner's details were saved just before.
    saved: Option<String>,
}

/// `GET /preview/people`: the plan that was stored, or what the last look met instead. Reads nothing from Xero. A plan
/// that was imported leads to its import.
pub(crate) async fn show(
    State(preview): State<Preview>,
    headers: HeaderMap,
    Query(query): Query<PeopleQuery>,
) -> Result<Response, Problem> {
    let visitors = &preview.visitors;
    let visitor = visitors.require(&headers).await?;
    let tenant = confirmed_tenant(&*preview.state, &visitor).await?;
    let now = visitors.clock.now();
    let saved = query.saved.as_deref().and_then(|saved| SavedDetails::told(saved, &visitor.sign_up.details));
    let courses =
        saved.as_ref().map_or_else(|| "/preview".to_owned(), |saved| format!("/preview?{}", saved.as_query()));
    let frame = visitor.frame().saying(saved);
    if let Some(obstacle) = obstacle_page(&visitor, &tenant, now) {
        return Ok(page_in(&visitors.site, &frame, &obstacle));
    }
    // Nobody has looked, or what they saw is no longer kept.
    let Some(plan) = shown_plan(&*preview.state, &visitor, &tenant, now).await? else {
        return Ok(see_other(&courses));
    };
    if let Some(instead) = carried_out(&preview, &visitor, &plan).await? {
        return Ok(see_other(&instead));
    }
    let mut people = PeoplePage::of(&plan, people_context(&visitor, &tenant));
    if let Some(shown) = query.since.as_ref().or(query.checked.as_ref()) {
        let shown = preview.state.find_plan(&tenant.organisation.tenant, shown).await?;
        // An import in between has changed everybody whom it took, and the report of that is its own page.
        let shown = shown.filter(|shown| query.since.is_some() || shown.imports_accepted == plan.imports_accepted);
        let changes = shown.as_ref().map(|shown| PlanChanges::between(shown, &plan));
        if let Some(shown) = &shown {
            people = people.with_newcomers(&plan.newcomers_since(shown));
        }
        people = match changes {
            changes if query.since.is_some() => people.with_notice(PeopleNotice::SourceChanged(changes)),
            Some(changes) => people.with_notice(PeopleNotice::CheckedAgain(changes)),
            None => people,
        };
    }
    if let Some(import) = query.retry {
        let failed = failed(&preview, &visitor, &import).await?;
        // Their rows are kept for a while only; then the ticks are the plan's.
        if !failed.is_empty() {
            // What is doubtful about an account is for the owner to decide.
            let is_clear =
                |id: &EmployeeId| plan.entries.iter().any(|one| one.employee_id == *id && one.doubt.is_none());
            let clear: Vec<EmployeeId> = failed.into_iter().filter(is_clear).collect();
            people = people.with_ticks(&clear).with_notice(PeopleNotice::FailedTicked);
        }
    }
    if let Some(refused) = query.refused.as_deref().and_then(PeopleNotice::of_refusal) {
        people = people.with_refusal(refused);
    }
    Ok(page_in(&visitors.site, &frame, &people))
}

/// Where to go instead of a list that an import has made untrue: to the import of that very list, to the one that runs,
/// or to another look.
async fn carried_out(preview: &Preview, visitor: &Visitor, plan: &Plan) -> Result<Option<String>, Problem> {
    let Some(id) = visitor.sign_up.portal() else { return Ok(None) };
    let import = Import::id_for(id, &plan.digest());
    if let Some(import) = preview.state.find_import(id, &import).await? {
        return Ok(Some(format!("/imports/{}", import.id)));
    }
    let Some(portal) = preview.state.find_portal(id).await? else { return Ok(None) };
    if portal.imports_accepted == plan.imports_accepted {
        return Ok(None);
    }
    Ok(Some(portal.active_import.map_or_else(|| "/preview".to_owned(), |active| format!("/imports/{active}"))))
}

/// Those whom an import of the visitor's own portal failed, or left without a course.
async fn failed(preview: &Preview, visitor: &Visitor, import: &ImportId) -> Result<Vec<EmployeeId>, Problem> {
    let Some(portal) = visitor.sign_up.portal() else { return Ok(Vec::new()) };
    let people = preview.state.import_people(portal, import).await?;
    let failed = people.into_iter().filter(|person| person.outcome.is_short());
    Ok(failed.map(|person| person.employee_id).collect())
}
