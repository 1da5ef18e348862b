//! The core of the simulator. It outlives every simulated process: it holds the time, the fake upstreams, the requests in
//! flight and the trace, and it decides at each injection point which fault is injected.

use std::collections::BTreeSet;
use std::future::{Future, pending};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

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
use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;
use tower::ServiceExt as _;

use crate::clock::SimulatedClock;
use crate::fault::{Fault, Outage, PlannedFault};
use crate::history::History;
use crate::injection_points::InjectionPoint;
use crate::panics::inject_panic;
use crate::press::{Press, Timing};
use crate::trace::TraceEntry;

/// The number of an invocation, in the order in which they begin.
pub(crate) type InvocationId = usize;

/// What became of an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Runs,
    Crashed,
    Cancelled,
}

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

/// A handle to the simulator. Clones share it: storage, network and queue of every process have one.
#[derive(Clone)]
pub(crate) struct Simulator {
    pub(crate) clock: SimulatedClock,
    /// What the fake upstreams hold.
    pub(crate) world: World,
    go1: Router,
    xero: Router,
    /// Wakes the workload when a press was triggered.
    pub(crate) triggered: Arc<Notify>,
    state: Arc<Mutex<State>>,
    history: Arc<Mutex<History>>,
}

struct State {
    planned_faults: Vec<PlannedFault>,
    outage: Option<Outage>,
    trace: Vec<TraceEntry>,
    in_flight: Vec<InFlight>,
    random: StdRng,
    /// Whether the steps of concurrent tasks are interleaved at random. Enumerated runs have a fixed order.
    interleaves_at_random: bool,
    fates: Vec<Fate>,
    running: BTreeSet<InvocationId>,
    /// The invocation that is being polled.
    current: Option<InvocationId>,
    freezes: Vec<(InvocationId, Duration)>,
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
            fates: Vec::new(),
            running: BTreeSet::new(),
            current: None,
            freezes: Vec::new(),
            presses: Vec::new(),
            effects_after_crash: 0,
        };
        Self {
            clock,
            go1: stand_ins::go1::router(world.clone()),
            xero: stand_ins::xero::router(world.clone()),
            world,
            triggered: Arc::default(),
            state: Arc::new(Mutex::new(state)),
            history: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
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

    /// Begins an invocation.
    pub(crate) fn begin_invocation(&self) -> InvocationId {
        let mut state = self.state();
        let id = state.fates.len();
        state.fates.push(Fate::Runs);
        state.running.insert(id);
        id
    }

    pub(crate) fn end_invocation(&self, id: InvocationId, answered: bool) {
        self.state().running.remove(&id);
        self.history().end_invocation(id, answered);
    }

    /// Whether no invocation runs.
    pub(crate) fn is_quiet(&self) -> bool {
        self.state().running.is_empty()
    }

    pub(crate) fn fate(&self, id: InvocationId) -> Fate {
        self.state().fates[id]
    }

    /// Does something as a part of this invocation.
    pub(crate) fn within<T>(&self, id: InvocationId, work: impl FnOnce() -> T) -> T {
        let before = self.state().current.replace(id);
        let done = work();
        self.state().current = before;
        done
    }

    /// The invocation that is being polled.
    pub(crate) fn current(&self) -> Option<InvocationId> {
        self.state().current
    }

    /// For how long the invocation is to be frozen from now on, if it is.
    pub(crate) fn take_freeze(&self, id: InvocationId) -> Option<Duration> {
        let mut state = self.state();
        let position = state.freezes.iter().position(|(frozen, _)| *frozen == id)?;
        Some(state.freezes.swap_remove(position).1)
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
            (outage.from..outage.until).contains(&now)
                && endpoint.is_some_and(|endpoint| outage.endpoint.is_none_or(|failing| failing == endpoint))
        });
        let fault = planned.or(outage.map(|outage| outage.fault));
        state.trace.push(TraceEntry { at: now, point, fault });
        fault
    }

    /// Records a step of an invocation, after others have had their turn, and returns the fault that is injected, unless
    /// it concerns something else than the step. It panics where that fault is a panic.
    pub(crate) async fn step(&self, point: InjectionPoint) -> Option<Fault> {
        let turns = {
            let mut state = self.state();
            if state.current.is_none() {
                state.effects_after_crash += 1;
            }
            if state.interleaves_at_random { state.random.random_range(0..3) } else { 1 }
        };
        for _ in 0..turns {
            yield_now().await;
        }
        self.deliver_due_requests().await;
        match self.record(point) {
            Some(Fault::Panic) => inject_panic(),
            Some(Fault::CancelBefore) => self.cancel().await,
            Some(Fault::Freeze(seconds)) => {
                let id = self.current().unwrap_or_default();
                self.state().freezes.push((id, Duration::from_secs(seconds.into())));
                yield_now().await;
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

    async fn end<T>(&self, fate: Fate) -> T {
        {
            let mut state = self.state();
            if let Some(id) = state.current {
                state.fates[id] = fate;
            }
        }
        pending().await
    }

    /// Crashes the running process: nothing of it goes on from here.
    pub(crate) async fn crash<T>(&self) -> T {
        self.end(Fate::Crashed).await
    }

    /// Drops the future of the running invocation.
    pub(crate) async fn cancel<T>(&self) -> T {
        self.end(Fate::Cancelled).await
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
            self.history().take_effect(asked, parts.status, &bytes, &self.world);
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

/// The result of a future that never waits, such as one of the state in memory. It panics where the future does wait.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("this future never waits")
}
