//! What the control APIs of both fakes share. They are under `/_control/`, and take and answer JSON.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fault_script::Faults;
use crate::faults::Fault;
use crate::interceptor::Interceptor;
use crate::request_log::Call;
use crate::world::World;

/// The body of `POST faults`.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum NewFaults {
    One(Fault),
    Several(Vec<Fault>),
}

pub(crate) fn add_faults(faults: &Faults, new: NewFaults) -> Response {
    match new {
        NewFaults::One(fault) => faults.add(fault),
        NewFaults::Several(several) => several.into_iter().for_each(|fault| faults.add(fault)),
    }
    Json(faults.remaining()).into_response()
}

#[derive(Deserialize)]
pub(crate) struct Pace {
    latency_milliseconds: Option<u64>,
    /// 0 removes the limit.
    calls_per_second: Option<u32>,
}

pub(crate) fn set_pace(interceptor: &Interceptor, pace: &Pace) -> StatusCode {
    if let Some(milliseconds) = pace.latency_milliseconds {
        interceptor.set_latency(Duration::from_millis(milliseconds));
    }
    if let Some(calls) = pace.calls_per_second {
        interceptor.set_calls_per_second((calls > 0).then_some(calls));
    }
    StatusCode::NO_CONTENT
}

/// The secrets that our client may show from now on.
#[derive(Deserialize)]
pub(crate) struct ClientSecrets {
    pub(crate) secrets: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct CallsFrom {
    /// The position of the first call to show.
    #[serde(default)]
    from: usize,
}

pub(crate) fn calls(log: Vec<Call>, query: &CallsFrom) -> Json<Vec<Call>> {
    Json(log.into_iter().skip(query.from).collect())
}

#[derive(Deserialize)]
pub(crate) struct Advance {
    seconds: i64,
}

pub(crate) fn advance(world: &World, advance: &Advance) -> Json<Value> {
    world.advance(SignedDuration::from_secs(advance.seconds));
    Json(json!({ "now": world.now().to_string() }))
}

/// The status of a change: 404 where the organisation or the person in it is not known.
pub(crate) fn no_content_or_not_found(known: bool) -> StatusCode {
    if known { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}
