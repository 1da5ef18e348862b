//! The endpoints for courses. A retired course is no longer in any list, and nothing says so.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::api::{AuthenticatedCaller, Failure, Listing};
use crate::courses::Course;
use crate::world::World;

const PARTS: &[&str] = &[
    "core",
    "relevance",
    "provider",
    "images",
    "preview",
    "lifecycle",
    "pricing",
    "offerings",
    "quality",
    "playback_behavior",
];

fn parts(listing: &Listing) -> Result<Vec<&str>, Failure> {
    let parts = listing.many("include");
    if parts.iter().all(|part| PARTS.contains(part)) {
        return Ok(if parts.is_empty() { vec!["core"] } else { parts });
    }
    let problem = ("include".to_owned(), "has an unknown part".to_owned());
    Err(Failure::fields("", vec![problem]))
}

fn to_json(course: &Course, parts: &[&str], base: &str) -> Value {
    // GO1's pictures come from more than one place; here those of every second course from another.
    let media = base.replacen("://", "://media.", 1);
    let origin = if course.lo_id.ends_with(['2', '4']) { &media } else { base };
    let picture = format!("{origin}/images/{}.svg", course.lo_id);
    let mut object = json!({ "id": course.content_id(), "lo_id": course.lo_id });
    for part in parts {
        object[*part] = match *part {
            "core" => json!({
                "title": course.title, "type": "course", "description": course.description,
                "provider_id": course.provider_id(),
                "image": { "key": course.lo_id, "value": picture, "mimetype": "image/svg+xml" },
            }),
            "relevance" => json!({
                "summary": course.summary, "duration": course.minutes, "language": "en", "entry_level": "beginner",
                "learning_outcomes": [], "region": [course.country], "locale": [format!("en-{}", course.country)],
            }),
            "provider" => json!({ "id": course.provider_id(), "name": course.provider, "logo": null }),
            "images" => json!([{ "key": course.lo_id, "value": picture, "mimetype": "image/svg+xml" }]),
            "preview" => json!({ "media": [] }),
            "lifecycle" => json!({ "state": if course.retired { "retired" } else { "published" } }),
            "pricing" => json!({ "price": 0, "currency": if course.country == "US" { "USD" } else { "AUD" } }),
            "offerings" => json!({ "items": [{ "type": "premium", "status": "approved" }] }),
            "quality" => json!({ "user_rating": { "ratings_count": 40, "five_star_rating": 4.5 } }),
            _ => json!({ "mobile_friendly": true }),
        };
    }
    object
}

/// `GET /learning-objects[?id[]=][&include[]=]`
pub(crate) async fn list(
    State(world): State<World>,
    _: AuthenticatedCaller,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let listing = Listing::parse(query, 50)?;
    let parts = parts(&listing)?;
    let ids = listing.many("id");
    let base = &world.settings().go1_public_url;
    let state = world.state();
    let is_wanted =
        |course: &&Course| ids.is_empty() || ids.contains(&course.lo_id) || ids.contains(&course.content_id().as_str());
    let hits = state
        .go1
        .courses
        .iter()
        .filter(|course| !course.retired)
        .filter(is_wanted)
        .map(|course| to_json(course, &parts, base))
        .collect();
    Ok(listing.answer(hits))
}

/// `GET /learning-objects/{id}`
pub(crate) async fn read(
    State(world): State<World>,
    _: AuthenticatedCaller,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Failure> {
    let listing = Listing::parse(query, 50)?;
    let parts = parts(&listing)?;
    let base = &world.settings().go1_public_url;
    let state = world.state();
    let found = state.go1.courses.iter().find(|course| course.lo_id == id || course.content_id() == id);
    let course = found.ok_or_else(|| Failure::new(StatusCode::NOT_FOUND, "", "Learning object not found."))?;
    Ok(Json(to_json(course, &parts, base)))
}
