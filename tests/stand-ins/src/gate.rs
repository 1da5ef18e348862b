//! What every call to a stand-in passes: it is counted, slowed down and, when a test says so, made to fail.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::Serialize;

use crate::faults::{self, Fault, FaultKind};
use crate::random::Random;
use crate::world::World;

const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// One call that arrived.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// When it arrived.
    pub at: Timestamp,
    /// Which endpoint, by the names in `xero::endpoint` and `go1::endpoint`.
    pub endpoint: &'static str,
    /// Whom it concerns: the tenant id at Xero, the portal id at GO1 (`partner` for the partner's own token).
    pub party: Option<String>,
    /// The status answered; none while it runs and where the connection was cut or the caller went away.
    pub status: Option<u16>,
}

/// Marks, as an extension, a response that stands for a cut connection. On a socket [`crate::cut_connections`] turns it
/// into a real cut; in process a transport must look for it (its body fails as well).
#[derive(Clone, Copy, Debug)]
pub struct ConnectionCut;

#[derive(Debug)]
struct GateState {
    calls: Vec<Call>,
    faults: Vec<Fault>,
    random: Random,
    latency: Duration,
    calls_per_second: Option<u32>,
    in_flight: HashMap<String, u32>,
    highest_in_flight: HashMap<String, u32>,
}

/// The counter and fault desk of one stand-in.
#[derive(Debug)]
pub(crate) struct Gate {
    seed: u64,
    purpose: u64,
    latency: Duration,
    calls_per_second: Option<u32>,
    state: Mutex<GateState>,
}

struct Arrival {
    index: usize,
    delay: Duration,
    latency: Duration,
    fault: Option<FaultKind>,
}

impl Gate {
    pub(crate) fn new(seed: u64, purpose: u64, latency: Duration, calls_per_second: Option<u32>) -> Self {
        let state = GateState {
            calls: Vec::new(),
            faults: Vec::new(),
            random: Random::new(seed, purpose),
            latency,
            calls_per_second,
            in_flight: HashMap::new(),
            highest_in_flight: HashMap::new(),
        };
        Self { seed, purpose, latency, calls_per_second, state: Mutex::new(state) }
    }

    pub(crate) fn reset(&self) {
        let fresh = Self::new(self.seed, self.purpose, self.latency, self.calls_per_second);
        *self.lock() = fresh.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    }

    /// The orders to fail.
    pub(crate) fn with_faults<T>(&self, work: impl FnOnce(&mut Vec<Fault>) -> T) -> T {
        work(&mut self.lock().faults)
    }

    fn lock(&self) -> MutexGuard<'_, GateState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a call and says what shall become of it.
    fn arrive(&self, now: Timestamp, endpoint: &'static str, party: Option<String>, text: &str) -> Arrival {
        let mut state = self.lock();
        let state = &mut *state;
        let index = state.calls.len();
        let key = party.clone().unwrap_or_default();
        let running = state.in_flight.entry(key.clone()).or_default();
        *running += 1;
        let highest = state.highest_in_flight.entry(key).or_default();
        *highest = (*highest).max(*running);
        state.calls.push(Call { at: now, endpoint, party, status: None });

        let mut arrival = Arrival { index, delay: Duration::ZERO, latency: state.latency, fault: None };
        (arrival.delay, arrival.fault) = faults::draw(&mut state.faults, &mut state.random, endpoint, text);
        arrival
    }

    fn leave(&self, party: Option<&str>, index: usize, status: Option<u16>) {
        let mut state = self.lock();
        if let Some(running) = state.in_flight.get_mut(party.unwrap_or_default()) {
            *running = running.saturating_sub(1);
        }
        if let Some(call) = state.calls.get_mut(index) {
            call.status = status;
        }
    }

    pub(crate) fn set_latency(&self, latency: Duration) {
        self.lock().latency = latency;
    }

    pub(crate) fn calls_per_second(&self) -> Option<u32> {
        self.lock().calls_per_second
    }

    pub(crate) fn set_calls_per_second(&self, calls: Option<u32>) {
        self.lock().calls_per_second = calls;
    }

    pub(crate) fn call_log(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    pub(crate) fn calls(&self, endpoint: &str) -> usize {
        self.lock().calls.iter().filter(|call| call.endpoint == endpoint).count()
    }

    pub(crate) fn calls_by_endpoint(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for call in &self.lock().calls {
            *counts.entry(call.endpoint).or_default() += 1;
        }
        counts
    }

    /// The highest number of calls at the same time, for one party or for the busiest one.
    pub(crate) fn highest_in_flight(&self, party: Option<&str>) -> u32 {
        let state = self.lock();
        match party {
            Some(party) => state.highest_in_flight.get(party).copied().unwrap_or_default(),
            None => state.highest_in_flight.values().copied().max().unwrap_or_default(),
        }
    }

    /// The highest number of calls in any window of one second, for one party or over all.
    pub(crate) fn highest_in_one_second(&self, party: Option<&str>) -> usize {
        let mut times: Vec<i128> = self
            .lock()
            .calls
            .iter()
            .filter(|call| party.is_none() || call.party.as_deref() == party)
            .map(|call| call.at.as_nanosecond())
            .collect();
        times.sort_unstable();
        let mut start = 0;
        let mut highest = 0;
        for end in 0..times.len() {
            while times[end] - times[start] >= 1_000_000_000 {
                start += 1;
            }
            highest = highest.max(end + 1 - start);
        }
        highest
    }
}

/// What the gate has to know about the stand-in it guards.
pub(crate) trait Side: Clone + Send + Sync + 'static {
    fn world(&self) -> &World;
    fn gate(&self) -> &Gate;
    /// The endpoint's name; none for pages, which are neither counted nor made to fail.
    fn endpoint(method: &Method, path: &str) -> Option<&'static str>;
    /// Whom the call concerns.
    fn party(&self, parts: &Parts) -> Option<String>;
    /// Applies the rate limits: whether the call may go on, and what to release afterwards.
    fn admit(&self, endpoint: &'static str, parts: &Parts) -> Result<Option<Permit>, Box<Response>>;
    /// Adds the headers that each answer of this service carries.
    fn finish(&self, endpoint: &'static str, party: Option<&str>, response: &mut Response);
}

/// Runs something when a call ends, also when its caller has gone away.
pub(crate) struct Permit(Option<Box<dyn FnOnce() + Send>>);

impl Permit {
    pub(crate) fn new(release: impl FnOnce() + Send + 'static) -> Self {
        Self(Some(Box::new(release)))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(release) = self.0.take() {
            release();
        }
    }
}

/// Leaves the gate in any case, with the status if there came to be one.
struct Visit<S: Side> {
    side: S,
    party: Option<String>,
    index: usize,
    status: Option<u16>,
}

impl<S: Side> Drop for Visit<S> {
    fn drop(&mut self) {
        self.side.gate().leave(self.party.as_deref(), self.index, self.status);
    }
}

/// The layer around a stand-in's routes.
pub(crate) async fn pass<S: Side>(State(side): State<S>, request: Request, next: Next) -> Response {
    let Some(endpoint) = S::endpoint(request.method(), request.uri().path()) else {
        return next.run(request).await;
    };
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let text = format!("{} {}\n{}", head.method, head.uri, String::from_utf8_lossy(&body));
    let party = side.party(&head);
    let arrival = side.gate().arrive(side.world().now(), endpoint, party.clone(), &text);
    let mut visit = Visit { side: side.clone(), party, index: arrival.index, status: None };

    pause(arrival.delay).await;
    match &arrival.fault {
        Some(FaultKind::CutBefore) => return cut(),
        Some(FaultKind::Answer { status, headers, body }) => {
            visit.status = Some(*status);
            return answer(*status, headers, body);
        }
        _ => {}
    }
    let (mut response, permit) = match side.admit(endpoint, &head) {
        Err(refusal) => (*refusal, None),
        Ok(permit) => {
            pause(arrival.latency / 2).await;
            let response = next.run(Request::from_parts(head, Body::from(body))).await;
            pause(arrival.latency / 2).await;
            (response, permit)
        }
    };
    side.finish(endpoint, visit.party.as_deref(), &mut response);
    drop(permit);
    match &arrival.fault {
        Some(FaultKind::LoseAnswer) => return cut(),
        Some(FaultKind::AnswerAfterEffect { status, headers, body }) => response = answer(*status, headers, body),
        _ => {}
    }
    visit.status = Some(response.status().as_u16());
    response
}

async fn pause(duration: Duration) {
    if !duration.is_zero() {
        tokio::time::sleep(duration).await;
    }
}

fn cut() -> Response {
    let broken =
        futures::stream::once(async { Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset)) });
    let mut response = Response::new(Body::from_stream(broken));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.extensions_mut().insert(ConnectionCut);
    response
}

fn answer(status: u16, headers: &BTreeMap<String, String>, body: &str) -> Response {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
