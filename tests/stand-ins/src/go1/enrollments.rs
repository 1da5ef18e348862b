//! The endpoints for enrolments: courses that are assigned to people.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::api::{AuthenticatedCaller, Failure, Listing, json_body};
use super::fields::Fields;
use super::roles::LEARNER;
use super::rules;
use super::state::Enrollment;
use crate::world::World;

const CODE: &str = "enrollment_validation_errors";

fn to_json(enrollment: &Enrollment) -> Value {
    json!({
        "id": enrollment.id,
        "enrollment_type": enrollment.enrollment_type,
        "user_account_id": enrollment.user_account_id,
        "lo_id": enrollment.lo_id,
        "assigner_account_id": enrollment.assigner_account_id,
        "assign_date": enrollment.created.to_string(),
        "due_date": enrollment.due_date,
        "created_time": enrollment.created.to_string(),
        "updated_time": enrollment.created.to_string(),
        "status": enrollment.status,
    })
}

fn not_found(what: &str) -> Failure {
    Failure::new(StatusCode::NOT_FOUND, "enrollment_resource_not_found", format!("{what} not found."))
}

fn not_permitted(message: &str) -> Failure {
    Failure::new(StatusCode::FORBIDDEN, "enrollment_operation_not_permitted", message)
}

/// `POST /enrollments[?re-enroll=]`
pub(crate) async fn create(
    State(world): State<World>,
    caller: AuthenticatedCaller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Failure> {
    let (portal_id, caller_id) = caller.portal()?;
    let query = query.unwrap_or_default();
    let re_enroll =
        url::form_urlencoded::parse(query.as_bytes()).any(|(name, value)| name == "re-enroll" && value == "true");
    let body: Map<String, Value> = json_body(&headers, &body)?;
    rules::check(CODE, &body, rules::ENROLLMENT)?;
    let mut fields = Fields::of(body, "");
    let user_account_id = fields.text("user_account_id");
    let lo_id = fields.text("lo_id");
    let enrollment_type = fields.text("enrollment_type");
    let status = fields.text("status");
    let assigner = fields.optional_text("assigner_account_id");
    let due_date = fields.optional_text("due_date");
    if enrollment_type != "assigned" && (assigner.is_some() || fields.has("assign_date")) {
        fields.problem("assigner_account_id", "is for assigned enrollments only");
    }
    let now = world.now();
    let time = |name: &str| fields.value(name).and_then(Value::as_str)?.parse::<jiff::Timestamp>().ok();
    let (begins, due) = (time("assign_date"), time("due_date"));
    if begins.is_some_and(|begins| begins > now) {
        fields.problem("assign_date", "must not be in the future");
    }
    if due.is_some_and(|due| due < begins.unwrap_or(now)) {
        fields.problem("due_date", "must not be before the assignment");
    }
    // What belongs to which status: the reference, at each of these fields.
    let forbidden: &[&str] = match status.as_str() {
        "not-started" => &["start_date", "end_date", "result", "pass"],
        "in-progress" => &["end_date", "result", "pass"],
        _ => &[],
    };
    for name in forbidden {
        if fields.has(name) {
            fields.problem(name, "must not be sent for an enrollment of this status");
        }
    }
    fields.check(CODE)?;

    let mut state = world.state();
    let go1 = &mut state.go1;
    let account = go1.account(&user_account_id).filter(|account| account.portal_id == portal_id);
    let account = account.ok_or_else(|| not_found("User account"))?;
    // The documentation does not say what happens here. This is the stricter of the two possible answers.
    if !account.active {
        return Err(not_permitted("User account is not active."));
    }
    let country = go1.portal(portal_id).map(|portal| portal.country.clone()).unwrap_or_default();
    let course = go1.courses.iter().find(|course| course.lo_id == lo_id).ok_or_else(|| not_found("Learning object"))?;
    if course.retired {
        return Err(not_permitted("Learning Object is not published."));
    }
    if course.country != country {
        return Err(not_permitted("Learning Object is private."));
    }
    let assigner = assigner.unwrap_or_else(|| caller_id.to_owned());
    let may_assign = go1
        .account(&assigner)
        .is_some_and(|account| account.portal_id == portal_id && account.roles.iter().any(|role| role != LEARNER));
    if enrollment_type == "assigned" && !may_assign {
        return Err(not_permitted("Only manager or admin could assign enrollments."));
    }

    let key = (user_account_id.clone(), lo_id.clone());
    if let Some(position) = go1.by_course.get(&key).copied() {
        if !re_enroll {
            let message = "Enrollment already exists. To create a new enrollment and archive the current enrollment, \
                           include the re_enroll=true parameter.";
            let failure = Failure::new(StatusCode::CONFLICT, "enrollment_exists", message);
            return Err(failure.referring_to(&go1.enrollments[position].id));
        }
        go1.enrollments[position].archived = true;
        go1.lists.remove(&go1.enrollments[position], now);
    }
    go1.re_enrolled += usize::from(re_enroll);
    let enrollment = Enrollment {
        id: go1.next_id(),
        portal_id: portal_id.to_owned(),
        user_account_id,
        lo_id,
        assigner_account_id: (enrollment_type == "assigned").then_some(assigner),
        enrollment_type,
        status,
        due_date,
        created: now,
        archived: false,
    };
    let answer = to_json(&enrollment);
    go1.enroll(enrollment);
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// `GET /enrollments[?user_account_id=][&lo_ids=a,b][&status=][&enrollment_type=]`
pub(crate) async fn list(
    State(world): State<World>,
    caller: AuthenticatedCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let (portal_id, _) = caller.portal()?;
    let listing = Listing::parse(query, 50)?;
    let courses: Option<Vec<&str>> = listing.one("lo_ids").map(|ids| ids.split(',').collect());
    let is = |name: &str, value: &str| listing.one(name).is_none_or(|wanted| wanted == value);
    let now = world.now();
    let state = world.state();
    let hits = state
        .go1
        .listed_enrollments(portal_id, listing.one("user_account_id"), now)
        .into_iter()
        .filter(|each| courses.as_ref().is_none_or(|courses| courses.contains(&each.lo_id.as_str())))
        .filter(|each| is("status", &each.status) && is("enrollment_type", &each.enrollment_type))
        .map(to_json)
        .collect();
    Ok(listing.answer(hits))
}

/// `GET /enrollments/{id}`
pub(crate) async fn read(
    State(world): State<World>,
    caller: AuthenticatedCaller,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let (portal_id, _) = caller.portal()?;
    let state = world.state();
    let found = state.go1.enrollments_of(portal_id).find(|each| each.id == id).map(to_json);
    found.map(Json).ok_or_else(|| not_found("Enrollment"))
}

/// `DELETE /enrollments/{id}`
pub(crate) async fn remove(
    State(world): State<World>,
    caller: AuthenticatedCaller,
    Path(id): Path<String>,
) -> Result<StatusCode, Failure> {
    let (portal_id, _) = caller.portal()?;
    let now = world.now();
    let mut state = world.state();
    let go1 = &mut state.go1;
    let found = go1.enrollments.iter_mut().find(|each| each.portal_id == portal_id && each.id == id && !each.archived);
    let enrollment = found.ok_or_else(|| not_found("Enrollment"))?;
    enrollment.archived = true;
    go1.lists.remove(enrollment, now);
    let key = (enrollment.user_account_id.clone(), enrollment.lo_id.clone());
    go1.by_course.remove(&key);
    Ok(StatusCode::NO_CONTENT)
}
