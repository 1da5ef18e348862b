//! The core of the simulator. It outlives every simulated process: it holds the time, the fake upstreams, the requests
//! in flight and the trace, and it decides at each injection point which fault is injected.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Collected};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use stand_ins::{Duplicates, World};
use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;
use tower::ServiceExt as _;

use crate::clock::SimulatedClock;
use crate::fault::{Failing, Fault, Outage, PlannedFault};
use crate::history::History;
use crate::injection_points::InjectionPoint;
use crate::panics::inject_panic;
use crate::press::{Press, Timing};
use crate::processes::{Fate, InvocationId, ProcessId, Processes};
use crate::trace::TraceEntry;

/// An upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upstream {
    Go1,
    Xero,
}

/// A press that a step has led to and that has not begun. Whoever waits for its end holds the other half of `over`.
pub(crate) struct Triggered {
    pub(crate) press: Press,
    pub(crate) over: Option<oneshot::Sender<()>>,
}

/// A request in flight, of which nobody waits for the answer any more.
struct InFlight {
    due: Timestamp,
    upstream: Upstream,
    request: Request<Bytes>,
    /// Its number in the history.
    asked: Option<usize>,
}

/// A handle to the simulator. Clones share it: storage, network and queue of every process have one that knows the
/// process.
#[derive(Clone)]
pub(crate) struct Simulator {
    pub(crate) process: Option<ProcessId>,
    pub(crate) clock: SimulatedClock,
    /// What the fake upstreams hold.
    pub(crate) world: World,
    go1: Router,
    xero: Router,
    /// Wakes the workload when a press was triggered.
    pub(crate) triggered: Arc<Notify>,
    /// Wakes the tasks of processes that were frozen, and whoever waits for the end of an invocation.
    pub(crate) thawed_or_ended: Arc<Notify>,
    state: Arc<Mutex<State>>,
    history: Arc<Mutex<History>>,
}

pub(crate) struct State {
    planned_faults: Vec<PlannedFault>,
    outage: Option<Outage>,
    trace: Vec<TraceEntry>,
    in_flight: Vec<InFlight>,
    random: StdRng,
    /// Whether the steps of concurrent tasks are interleaved at random. Enumerated runs have a fixed order.
    interleaves_at_random: bool,
    pub(crate) processes: Processes,
    presses: Vec<Triggered>,
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
            processes: Processes::default(),
            presses: Vec::new(),
            effects_after_crash: 0,
        };
        Self {
            process: None,
            clock,
            go1: stand_ins::go1::router(world.clone()),
            xero: stand_ins::xero::router(world.clone()),
            world,
            triggered: Arc::default(),
            thawed_or_ended: Arc::default(),
            state: Arc::new(Mutex::new(state)),
            history: Arc::default(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn trace(&self) -> Vec<TraceEntry> {
        self.state().trace.clone()
    }

    /// How many steps were taken by no invocation. Each would mean that the end of one did not stop everything of it.
    pub(crate) fn effects_after_crash(&self) -> usize {
        self.state().effects_after_crash
    }

    /// Starts a process, and returns the handle that it has.
    pub(crate) fn start_process(&self) -> Self {
        let process = Some(self.state().processes.start());
        Self { process, ..self.clone() }
    }

    /// Ends the process of this handle, with every task in it.
    pub(crate) fn end_process(&self) {
        if let Some(process) = self.process {
            self.state().processes.end(process);
        }
    }

    /// Begins an invocation of the process of this handle.
    pub(crate) fn begin_invocation(&self) -> InvocationId {
        self.state().processes.begin_invocation(self.process)
    }

    pub(crate) fn end_invocation(&self, id: InvocationId, answered: bool) {
        self.state().processes.end_invocation(id);
        self.thawed_or_ended.notify_waiters();
        self.history().end_invocation(id, answered);
    }

    /// The invocation that the process of this handle serves, or served last.
    pub(crate) fn invocation(&self) -> Option<InvocationId> {
        self.state().processes.invocation_of(self.process?)
    }

    /// Notes what waits for an invocation.
    pub(crate) fn waits_for(&self, id: InvocationId, waker: &Waker) {
        self.state().processes.waits_for(id, waker);
    }

    /// Whether no invocation runs.
    pub(crate) fn is_quiet(&self) -> bool {
        self.state().processes.are_quiet()
    }

    pub(crate) fn fate(&self, id: InvocationId) -> Fate {
        self.state().processes.fate(id)
    }

    /// Does something as a part of this invocation's own future.
    pub(crate) fn within<T>(&self, id: InvocationId, work: impl FnOnce() -> T) -> T {
        let before = self.state().processes.enter(Some(id));
        let done = work();
        self.state().processes.enter(before);
        done
    }

    /// For how long the invocation is to be frozen from now on, if it is.
    pub(crate) fn take_freeze(&self, id: InvocationId) -> Option<Duration> {
        self.state().processes.take_freeze(id)
    }

    /// The presses that steps have led to.
    pub(crate) fn take_presses(&self) -> Vec<Triggered> {
        std::mem::take(&mut self.state().presses)
    }

    /// Records that a run has reached an injection point, and returns the fault that is injected there. A planned fault
    /// goes before an outage.
    pub(crate) fn record(&self, point: InjectionPoint) -> Option<Fault> {
        let now = self.clock.read();
        let mut state = self.state();
        let step = state.trace.len();
        let planned = state.planned_faults.iter().find(|planned| planned.step == step);
        let planned = planned.map(|planned| point.fault(planned.choice));
        let endpoint = match point {
            InjectionPoint::Go1Read(endpoint) | InjectionPoint::Go1Write(endpoint) => Some(endpoint),
            _ => None,
        };
        let outage = state.outage.filter(|outage| {
            let fails = match (point, outage.failing) {
                (InjectionPoint::TableWrite(name), Failing::Write(failing)) => name == failing,
                (_, Failing::Endpoint(failing)) => endpoint == Some(failing),
                (_, Failing::Go1) => endpoint.is_some(),
                _ => false,
            };
            (outage.from..outage.until).contains(&now) && fails
        });
        let fault = planned.or(outage.map(|outage| outage.fault));
        state.trace.push(TraceEntry { at: now, point, fault });
        fault
    }

    /// Records a step of an invocation, after others have had their turn, and returns the fault that is injected, unless
    /// it concerns something else than the step. It panics where that fault is a panic.
    pub(crate) async fn step(&self, point: InjectionPoint) -> Option<Fault> {
        let invocation = self.invocation();
        let turns = {
            let mut state = self.state();
            if invocation.is_none() {
                state.effects_after_crash += 1;
            }
            if state.interleaves_at_random { state.random.random_range(0..3) } else { 1 }
        };
        for _ in 0..turns {
            yield_now().await;
        }
        self.wait_for_process().await;
        self.deliver_due_requests().await;
        match self.record(point) {
            Some(Fault::Panic) => inject_panic(),
            Some(Fault::CancelBefore) => {
                self.cancel().await;
                None
            }
            // A request that leaves a process after its attempt is long over cannot be called back, so with a GO1 that
            // creates second accounts no product could keep the promise.
            Some(Fault::Freeze(seconds))
                if seconds > 60 && self.world.settings().go1_duplicates == Duplicates::Accepted =>
            {
                None
            }
            Some(Fault::Freeze(seconds)) => {
                self.freeze(Duration::from_secs(seconds.into())).await;
                None
            }
            Some(Fault::Thaw) => {
                self.thaw_others().await;
                None
            }
            Some(Fault::Person(press, timing)) => {
                self.trigger(press, timing).await;
                None
            }
            Some(Fault::GrantsEnded) => {
                for portal in self.world.go1().portals() {
                    self.world.go1().end_grants(&portal.id);
                }
                None
            }
            Some(Fault::ListsBehind(seconds)) => {
                self.lists_behind(seconds);
                None
            }
            fault => fault,
        }
    }

    /// Lets GO1's lists and searches be behind by so many seconds from now on.
    pub(crate) fn lists_behind(&self, seconds: u8) {
        crate::lists::set_behind(&self.world, seconds);
    }

    async fn trigger(&self, press: Press, timing: Timing) {
        let (over, is_over) = oneshot::channel();
        let over = (timing == Timing::Meanwhile).then_some(over);
        self.state().presses.push(Triggered { press, over });
        self.triggered.notify_one();
        if timing == Timing::Meanwhile {
            // It fails where the press was cut off, and then it is over as well.
            let _ = is_over.await;
        }
    }

    /// A random number below `bound`.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.state().random.random_range(0..bound)
    }

    /// Hands a request to an upstream at once and returns its answer. `asked`: its number in the history.
    pub(crate) async fn deliver(
        &self,
        upstream: Upstream,
        request: Request<Bytes>,
        asked: Option<usize>,
    ) -> Response<Bytes> {
        let router = match upstream {
            Upstream::Go1 => &self.go1,
            Upstream::Xero => &self.xero,
        };
        let answer = match router.clone().oneshot(request.map(Body::from)).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
        if let Some(asked) = asked {
            self.history().take_effect(asked, parts.status, &bytes);
        }
        Response::from_parts(parts, bytes)
    }

    /// Leaves a request in flight: it arrives `after` this time, and its answer is dropped.
    pub(crate) fn delay_request(
        &self,
        upstream: Upstream,
        request: Request<Bytes>,
        asked: Option<usize>,
        after: SignedDuration,
    ) {
        let due = self.clock.read() + after;
        self.state().in_flight.push(InFlight { due, upstream, request, asked });
    }

    /// When the next request in flight arrives.
    pub(crate) fn next_arrival(&self) -> Option<Timestamp> {
        self.state().in_flight.iter().map(|each| each.due).min()
    }

    pub(crate) async fn deliver_due_requests(&self) {
        let now = self.clock.read();
        let due: Vec<InFlight> = self.state().in_flight.extract_if(.., |each| each.due <= now).collect();
        for InFlight { upstream, request, asked, .. } in due {
            self.deliver(upstream, request, asked).await;
        }
    }
}
