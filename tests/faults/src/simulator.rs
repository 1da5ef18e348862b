//! What outlives every process: the time, GO1, what is on its way to it, and what is ordered to go wrong.

use std::cell::Cell;
use std::future::{Future, pending};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

use crate::clock::UniverseClock;
use crate::points::{Kind, Mark, Order, Outage, Place};

/// What an ordered panic carries: it is not told.
struct Ordered;

thread_local! {
    static PANICS: Cell<usize> = const { Cell::new(0) };
}

/// How many panics nobody ordered, on this thread so far.
pub(crate) fn panics() -> usize {
    PANICS.get()
}

/// Keeps ordered panics from being told; all others are.
pub(crate) fn hush() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let tell = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !panic.payload().is::<Ordered>() {
                PANICS.set(PANICS.get() + 1);
                tell(panic);
            }
        }));
    });
}

/// The engine panics here, as it was ordered to.
pub(crate) fn panic_as_ordered() -> ! {
    std::panic::panic_any(Ordered)
}

/// Shared by the seams of every process of one universe.
#[derive(Clone)]
pub(crate) struct Core {
    /// The time.
    pub(crate) clock: UniverseClock,
    /// GO1.
    pub(crate) world: World,
    go1: Router,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    orders: Vec<Order>,
    outage: Option<Outage>,
    trace: Vec<Mark>,
    /// Calls on the wire whose caller is gone, and when they arrive.
    late: Vec<(Timestamp, Request<Bytes>)>,
    fate: StdRng,
    /// Whether steps of several processes mix at random.
    mixes: bool,
    is_alive: bool,
    is_killed: bool,
    effects_after_death: usize,
}

impl Core {
    /// With `orders` to carry out.
    pub(crate) fn new(
        clock: UniverseClock,
        world: World,
        seed: u64,
        orders: Vec<Order>,
        outage: Option<Outage>,
    ) -> Self {
        let shared = Shared {
            orders,
            outage,
            trace: Vec::new(),
            late: Vec::new(),
            fate: StdRng::seed_from_u64(seed),
            mixes: seed != 0,
            is_alive: false,
            is_killed: false,
            effects_after_death: 0,
        };
        let go1 = stand_ins::go1::router(world.clone());
        Self { clock, world, go1, shared: Arc::new(Mutex::new(shared)) }
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every point reached so far.
    pub(crate) fn trace(&self) -> Vec<Mark> {
        self.shared().trace.clone()
    }

    /// How many steps were taken by a process that had ended.
    pub(crate) fn effects_after_death(&self) -> usize {
        self.shared().effects_after_death
    }

    /// Reaches a point without a process: what goes wrong there, if anything.
    pub(crate) fn reach(&self, place: Place) -> Option<Kind> {
        let now = self.clock.read();
        let mut shared = self.shared();
        let point = shared.trace.len();
        let order = shared.orders.iter().find(|order| order.point == point);
        let ordered = order.map(|order| place.kinds()[order.choice % place.kinds().len()]);
        let endpoint = match place {
            Place::Ask(endpoint) | Place::Tell(endpoint) => Some(endpoint),
            _ => None,
        };
        let outage = shared.outage.filter(|outage| {
            (outage.from..outage.until).contains(&now)
                && endpoint.is_some_and(|endpoint| outage.endpoint.is_none_or(|failing| failing == endpoint))
        });
        let kind = ordered.or(outage.map(|outage| outage.kind));
        shared.trace.push(Mark { at: now, place, kind });
        kind
    }

    /// A process reaches a point: what goes wrong there, if anything. Never returns where the process is dead.
    pub(crate) async fn arrive(&self, place: Place) -> Option<Kind> {
        let turns = {
            let mut shared = self.shared();
            if !shared.is_alive {
                shared.effects_after_death += 1;
            }
            if shared.mixes { shared.fate.random_range(0..3) } else { 1 }
        };
        for _ in 0..turns {
            yield_now().await;
        }
        if self.shared().is_killed {
            pending::<()>().await;
        }
        self.settle_late().await;
        let kind = self.reach(place);
        if kind == Some(Kind::Panic) {
            panic_as_ordered();
        }
        kind
    }

    /// The process ends here.
    pub(crate) async fn die<T>(&self) -> T {
        self.shared().is_killed = true;
        pending().await
    }

    /// A process begins, and ends.
    pub(crate) fn set_alive(&self, is_alive: bool) {
        let mut shared = self.shared();
        shared.is_alive = is_alive;
        shared.is_killed = false;
    }

    pub(crate) fn is_killed(&self) -> bool {
        self.shared().is_killed
    }

    /// A number below `bound`, by chance.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.shared().fate.random_range(0..bound)
    }

    /// Hands a request to GO1 and returns its answer.
    pub(crate) async fn serve(&self, request: Request<Bytes>) -> Response<Bytes> {
        let answer = match self.go1.clone().oneshot(request.map(Body::from)).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let bytes = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
        Response::from_parts(parts, bytes)
    }

    /// Leaves a request on the wire, to arrive after a while.
    pub(crate) fn leave_late(&self, request: Request<Bytes>, after: SignedDuration) {
        let due = self.clock.read() + after;
        self.shared().late.push((due, request));
    }

    /// When the next call on the wire arrives.
    pub(crate) fn next_late(&self) -> Option<Timestamp> {
        self.shared().late.iter().map(|(due, _)| *due).min()
    }

    /// Lets what is due arrive. Nobody hears the answers.
    pub(crate) async fn settle_late(&self) {
        let now = self.clock.read();
        let due: Vec<_> = self.shared().late.extract_if(.., |(due, _)| *due <= now).collect();
        for (_, request) in due {
            self.serve(request).await;
        }
    }

    /// The same between episodes.
    ///
    /// # Panics
    /// Where GO1 waits for something, which this one never does.
    pub(crate) fn settle_late_now(&self) {
        now(self.settle_late());
    }
}

/// The result of something that never waits, such as memory.
///
/// # Panics
/// Where it waits.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("this never waits")
}
