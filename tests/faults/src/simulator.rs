//! The core of the simulator. It outlives every simulated process: it holds the time, the fake GO1, the requests in
//! flight and the trace, and it decides at each injection point which fault is injected.

use std::future::{Future, pending};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures::FutureExt as _;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Collected};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use stand_ins::World;
use tokio::task::yield_now;
use tower::ServiceExt as _;

use crate::clock::SimulatedClock;
use crate::fault::{Fault, Outage, PlannedFault};
use crate::injection_points::InjectionPoint;
use crate::panics::inject_panic;
use crate::trace::TraceEntry;

/// A handle to the simulator. Clones share it: storage, network and queue of every process have one.
#[derive(Clone)]
pub(crate) struct Simulator {
    pub(crate) clock: SimulatedClock,
    /// What the fake GO1 holds.
    pub(crate) world: World,
    go1: Router,
    state: Arc<Mutex<State>>,
}

struct State {
    planned_faults: Vec<PlannedFault>,
    outage: Option<Outage>,
    trace: Vec<TraceEntry>,
    /// Requests whose sender no longer waits for them, with the time at which each arrives.
    in_flight: Vec<(Timestamp, Request<Bytes>)>,
    random: StdRng,
    /// Whether the steps of concurrent tasks are interleaved at random. Enumerated runs have a fixed order.
    interleaves_at_random: bool,
    process_runs: bool,
    process_crashed: bool,
    /// What waits for the running process, to be woken when one of its tasks crashes.
    process: Option<Waker>,
    effects_after_crash: usize,
}

impl Simulator {
    pub(crate) fn new(
        clock: SimulatedClock,
        world: World,
        seed: u64,
        planned_faults: Vec<PlannedFault>,
        outage: Option<Outage>,
    ) -> Self {
        let state = State {
            planned_faults,
            outage,
            trace: Vec::new(),
            in_flight: Vec::new(),
            random: StdRng::seed_from_u64(seed),
            interleaves_at_random: seed != 0,
            process_runs: false,
            process_crashed: false,
            process: None,
            effects_after_crash: 0,
        };
        let go1 = stand_ins::go1::router(world.clone());
        Self { clock, world, go1, state: Arc::new(Mutex::new(state)) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn trace(&self) -> Vec<TraceEntry> {
        self.state().trace.clone()
    }

    /// How many steps were taken while no process was running. Each would mean that a crash did not stop everything.
    pub(crate) fn effects_after_crash(&self) -> usize {
        self.state().effects_after_crash
    }

    /// Records that a run has reached an injection point, and returns the fault that is injected there. A planned fault
    /// goes before an outage.
    pub(crate) fn record(&self, point: InjectionPoint) -> Option<Fault> {
        let now = self.clock.read();
        let mut state = self.state();
        let step = state.trace.len();
        let planned = state.planned_faults.iter().find(|planned| planned.step == step);
        let planned = planned.map(|planned| point.faults()[planned.choice % point.faults().len()]);
        let endpoint = match point {
            InjectionPoint::Go1Read(endpoint) | InjectionPoint::Go1Write(endpoint) => Some(endpoint),
            _ => None,
        };
        let outage = state.outage.filter(|outage| {
            (outage.from..outage.until).contains(&now)
                && endpoint.is_some_and(|endpoint| outage.endpoint.is_none_or(|failing| failing == endpoint))
        });
        let fault = planned.or(outage.map(|outage| outage.fault));
        state.trace.push(TraceEntry { at: now, point, fault });
        fault
    }

    /// Records a step of the running process, after other tasks have had their turn, and returns the fault that is
    /// injected. It panics where that fault is a panic, and never returns where the process has crashed meanwhile.
    pub(crate) async fn step(&self, point: InjectionPoint) -> Option<Fault> {
        let turns = {
            let mut state = self.state();
            if !state.process_runs {
                state.effects_after_crash += 1;
            }
            if state.interleaves_at_random { state.random.random_range(0..3) } else { 1 }
        };
        for _ in 0..turns {
            yield_now().await;
        }
        if self.has_crashed() {
            pending::<()>().await;
        }
        self.deliver_due_requests().await;
        let fault = self.record(point);
        if fault == Some(Fault::Panic) {
            inject_panic();
        }
        fault
    }

    /// Crashes the running process: nothing of it goes on from here.
    pub(crate) async fn crash<T>(&self) -> T {
        let process = {
            let mut state = self.state();
            state.process_crashed = true;
            state.process.take()
        };
        // The step may be one of a task, and the process is more than that.
        if let Some(process) = process {
            process.wake();
        }
        pending().await
    }

    /// Notes that a process starts, or that it has ended.
    pub(crate) fn set_process_runs(&self, runs: bool) {
        let mut state = self.state();
        state.process_runs = runs;
        state.process_crashed = false;
    }

    /// Has the running process woken, which waits with this, where something in it crashes.
    pub(crate) fn wake_at_crash(&self, process: &Waker) {
        self.state().process = Some(process.clone());
    }

    pub(crate) fn has_crashed(&self) -> bool {
        self.state().process_crashed
    }

    /// A random number below `bound`.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.state().random.random_range(0..bound)
    }

    /// Hands a request to the fake GO1 at once and returns its answer.
    pub(crate) async fn send_to_go1(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = match self.go1.clone().oneshot(request.map(Body::from)).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
        Response::from_parts(parts, bytes)
    }

    /// Leaves a request in flight: it arrives at GO1 `after` this time, and its answer is dropped.
    pub(crate) fn delay_request(&self, request: Request<Bytes>, after: SignedDuration) {
        let due = self.clock.read() + after;
        self.state().in_flight.push((due, request));
    }

    /// When the next request in flight arrives.
    pub(crate) fn next_arrival(&self) -> Option<Timestamp> {
        self.state().in_flight.iter().map(|(due, _)| *due).min()
    }

    async fn deliver_due_requests(&self) {
        let now = self.clock.read();
        let due: Vec<_> = self.state().in_flight.extract_if(.., |(due, _)| *due <= now).collect();
        for (_, request) in due {
            self.send_to_go1(request).await;
        }
    }

    /// Delivers the requests whose time has come while no process runs. The fake GO1 never waits for anything here.
    pub(crate) fn deliver_due_requests_now(&self) {
        ready(self.deliver_due_requests());
    }
}

/// The result of a future that never waits, such as one of the state in memory. It panics where the future does wait.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("this future never waits")
}
