//! What both control interfaces share. They stand under `/_control/` and take and answer JSON.

use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::{Fault, Faults};
use crate::gate::{Call, Gate};
use crate::world::World;

/// One order to fail, or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Orders {
    One(Fault),
    Several(Vec<Fault>),
}

pub(crate) fn add_faults(faults: &Faults, orders: Orders) -> Response {
    match orders {
        Orders::One(fault) => faults.add(fault),
        Orders::Several(several) => several.into_iter().for_each(|fault| faults.add(fault)),
    }
    Json(faults.standing()).into_response()
}

#[derive(Deserialize)]
pub(crate) struct Pace {
    latency_milliseconds: Option<u64>,
    /// 0 takes the limit away.
    calls_per_second: Option<u32>,
}

pub(crate) fn set_pace(gate: &Gate, pace: &Pace) -> StatusCode {
    if let Some(milliseconds) = pace.latency_milliseconds {
        gate.set_latency(Duration::from_millis(milliseconds));
    }
    if let Some(calls) = pace.calls_per_second {
        gate.set_calls_per_second((calls > 0).then_some(calls));
    }
    StatusCode::NO_CONTENT
}

/// From which call on, counted from 0.
#[derive(Deserialize)]
pub(crate) struct CallsFrom {
    #[serde(default)]
    from: usize,
}

pub(crate) fn calls(log: Vec<Call>, order: &CallsFrom) -> Json<Vec<Call>> {
    Json(log.into_iter().skip(order.from).collect())
}

#[derive(Deserialize)]
pub(crate) struct Advance {
    seconds: i64,
}

pub(crate) fn advance(world: &World, advance: &Advance) -> Json<Value> {
    world.advance(SignedDuration::from_secs(advance.seconds));
    Json(json!({ "now": world.now().to_string() }))
}
