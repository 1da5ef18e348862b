//! The simulated system of one run: the table, the queue, the upstreams and the customers' browsers, which all outlive
//! processes, and the processes of the product that run over them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use domain::ids::PortalId;
use domain::portal::Portal;
use jiff::SignedDuration;
use rig::{Queue, SeededRandom, Steps, Store, Surroundings, Wiring};
use stand_ins::{World, WorldSettings};
use state::memory::Memory;
use state::{Erasures as _, PortalReader as _};
use sweeper::Sweeper;
use worker::{PaceSettings, Worker};

use crate::clock::{START, SimulatedClock};
use crate::customer::Customer;
use crate::fault::Outage;
use crate::history::Who;
use crate::initial_state::{accounts_at_start, make_customer};
use crate::invocation::{Ended, Invocation};
use crate::network::SimulatedNetwork;
use crate::panics::install_panic_hook;
use crate::queue::{SimulatedQueue, VISIBILITY_TIMEOUT};
use crate::ready::ready;
use crate::scenario::{AMERICAN_COURSES, COURSES, Scenario};
use crate::simulator::{Simulator, Upstream};
use crate::storage::SimulatedStorage;

// The settings of `infra/template.yaml`.
pub(crate) const INVOCATION_TIMEOUT: Duration = Duration::from_mins(1);
const PAGE_TIMEOUT: Duration = Duration::from_secs(29);
const MOST_RECEIVES: u32 = 1_000;

/// How long before its start a run is prepared: longer than GO1's lists can be behind.
pub(crate) const BEFORE_START: Duration = Duration::from_mins(1);

/// By how many seconds a process's clock can be off, where clocks differ.
const CLOCKS_OFF: [i64; 5] = [-150, -20, 0, 20, 150];

/// A function with pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Pages {
    Import,
    Preview,
    Addon,
    Callback,
}

impl Pages {
    /// The function that `infra/template.yaml` gives this path.
    fn of(path: &str) -> Self {
        let mut segments = path.split(['/', '?']).skip(1);
        match segments.next().unwrap_or_default() {
            "oauth" if segments.next() == Some("go1") => Self::Addon,
            "portal" => Self::Addon,
            "preview" => Self::Preview,
            "imports" => Self::Import,
            _ => Self::Callback,
        }
    }
}

/// A warm process of a function, and the simulator's handle that it has.
struct Warm<F> {
    function: F,
    process: Simulator,
}

/// Warm processes that nobody uses at the moment.
#[derive(Default)]
struct Idle {
    pages: HashMap<Pages, Vec<Warm<Router>>>,
    workers: Vec<Warm<Worker>>,
    sweepers: Vec<Warm<Sweeper>>,
}

type Table = Steps<Memory, SimulatedStorage>;

pub(crate) struct System {
    pub(crate) scenario: Scenario,
    pub(crate) simulator: Simulator,
    /// What is kept, read and written without faults by the simulation itself.
    pub(crate) state: Memory,
    pub(crate) queue: Queue,
    pub(crate) customers: Vec<Customer>,
    pub(crate) random: Arc<SeededRandom>,
    portals: Arc<[PortalId]>,
    idle: RefCell<Idle>,
}

impl System {
    /// The system before anybody has pressed anything. It must be made inside the runtime of the run.
    pub(crate) fn new(scenario: Scenario) -> Self {
        install_panic_hook();
        let clock = SimulatedClock::at(START - SignedDuration::try_from(BEFORE_START).unwrap_or_default());
        let world = World::new(WorldSettings {
            seed: scenario.seed,
            clock: Arc::new(clock),
            go1_duplicates: scenario.duplicates,
            go1_portal_user_limit: scenario.user_limit.map(|more| more + accounts_at_start(&scenario)),
            xero_is_empty: true,
            ..WorldSettings::default()
        });
        let outage = scenario.outage.map(|outage| Outage {
            from: START + SignedDuration::from_secs(outage.from_second),
            until: START + SignedDuration::from_mins(outage.minutes),
            failing: outage.failing,
            fault: outage.fault,
        });
        let simulator = Simulator::new(clock, world.clone(), scenario.seed, scenario.planned_faults.clone(), outage);
        let state = Memory::new(Arc::new(clock));
        let made = scenario.customers.iter().enumerate();
        let made = made.map(|(number, customer)| make_customer(&world, &state, customer, number));
        let (customers, opened): (Vec<_>, Vec<_>) = made.unzip();
        let system = Self {
            simulator,
            state,
            queue: Queue::new(Arc::new(clock), VISIBILITY_TIMEOUT, MOST_RECEIVES),
            portals: customers.iter().map(|customer: &Customer| customer.portal.clone()).collect(),
            customers,
            random: Arc::new(SeededRandom::new(scenario.seed)),
            idle: RefCell::default(),
            scenario,
        };
        for ((customer, opened), scenario) in system.customers.iter().zip(&opened).zip(&system.scenario.customers) {
            system.store_tokens_at_start(customer, opened, scenario.tokens);
        }
        system.prepare_go1();
        system
    }

    /// The ids of the courses that the imports assign.
    pub(crate) fn courses(&self) -> &'static [&'static str] {
        let is_american = self.scenario.customers.iter().any(|customer| customer.of_a_group);
        let courses = if is_american { &AMERICAN_COURSES } else { &COURSES };
        &courses[..self.scenario.courses]
    }

    pub(crate) fn stored_portal(&self, customer: &Customer) -> Portal {
        ready(self.state.find_portal(&customer.portal)).expect("memory answers").expect("the portal is stored")
    }

    /// Whether an erasure is not over.
    pub(crate) fn is_erasing(&self) -> bool {
        !ready(self.state.erasures()).expect("memory answers").is_empty()
    }

    /// Whether no message is on the queue and no request is in flight.
    pub(crate) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.simulator.next_arrival().is_none()
    }

    /// A new process, over the simulated storage, network and queue, with a clock that is off by so much.
    fn start<F>(&self, off_by: SignedDuration, function: impl FnOnce(&Wiring<Table>) -> F) -> Warm<F> {
        let process = self.simulator.start_process();
        let (simulator, state) = (process.clone(), self.state.clone());
        let storage = SimulatedStorage { simulator, state, portals: self.portals.clone() };
        let table = Arc::new(Steps::new(Arc::new(self.state.clone()), storage));
        let function = function(&self.wiring_over(&process, table, off_by));
        Warm { function, process }
    }

    /// Over the state itself, for what the simulation does on its own.
    pub(crate) fn wiring_without_faults(&self) -> Wiring<Memory> {
        self.wiring_over(&self.simulator, Arc::new(self.state.clone()), SignedDuration::ZERO)
    }

    fn wiring_over<S: Store + 'static>(
        &self,
        simulator: &Simulator,
        state: Arc<S>,
        off_by: SignedDuration,
    ) -> Wiring<S> {
        let queue = Arc::new(SimulatedQueue {
            simulator: simulator.clone(),
            queue: self.queue.clone(),
            writes_previous_version: self.scenario.writes_previous_version,
        });
        let network = |upstream| Arc::new(SimulatedNetwork { simulator: simulator.clone(), upstream });
        Wiring::new(Surroundings {
            state,
            xero: network(Upstream::Xero),
            go1: network(Upstream::Go1),
            queue: queue.clone(),
            return_path: queue,
            clock: Arc::new(simulator.clock.off_by(off_by)),
            random: self.random.clone(),
            pace: PaceSettings { in_flight: self.scenario.pace.0, per_second: self.scenario.pace.1 },
            pkce: false,
            behind_an_edge: false,
            invocation: INVOCATION_TIMEOUT,
            visibility: VISIBILITY_TIMEOUT,
        })
    }

    /// By how much the clock of the next new process is off.
    fn clock_off(&self) -> SignedDuration {
        if !self.scenario.clocks_differ {
            return SignedDuration::ZERO;
        }
        let which = usize::try_from(self.simulator.below(CLOCKS_OFF.len() as u64)).unwrap_or_default();
        SignedDuration::from_secs(CLOCKS_OFF[which])
    }

    /// One invocation of a function with pages: a warm process if there is one, else a new one.
    pub(crate) async fn invoke_pages<T, F: Future<Output = T>>(
        &self,
        path: &str,
        who: Who,
        request: impl FnOnce(Router) -> F,
    ) -> Ended<T> {
        let pages = Pages::of(path);
        let warm = self.idle.borrow_mut().pages.entry(pages).or_default().pop();
        let warm = warm.unwrap_or_else(|| {
            self.start(self.clock_off(), |wiring| match pages {
                Pages::Import => import::router(wiring.importer()),
                Pages::Preview => preview::router(wiring.preview()),
                Pages::Addon => addon::router(wiring.addon()),
                Pages::Callback => oauth_callback::router(wiring.callback()),
            })
        });
        let ended = self.invoke(&warm.process, who, PAGE_TIMEOUT, request(warm.function.clone()), None).await;
        if !matches!(ended, Ended::Gone) {
            self.idle.borrow_mut().pages.entry(pages).or_default().push(warm);
        }
        ended
    }

    /// One invocation of the worker. `frozen`: after how many polls it is frozen, and for how long. `off_by`: a clock
    /// that is off, for a process of its own.
    pub(crate) async fn invoke_worker<T, F: Future<Output = T>>(
        &self,
        who: Who,
        frozen: Option<(usize, Duration)>,
        off_by: Option<SignedDuration>,
        work: impl FnOnce(Worker) -> F,
    ) -> Ended<T> {
        let warm = if off_by.is_none() { self.idle.borrow_mut().workers.pop() } else { None };
        let warm = warm.unwrap_or_else(|| self.start(off_by.unwrap_or_else(|| self.clock_off()), Wiring::worker));
        let ended = self.invoke(&warm.process, who, INVOCATION_TIMEOUT, work(warm.function.clone()), frozen).await;
        if off_by.is_none() && !matches!(ended, Ended::Gone) {
            self.idle.borrow_mut().workers.push(warm);
        }
        ended
    }

    /// One run of the sweeper. The product logs a sweep that fails, and the next one does the rest.
    pub(crate) async fn invoke_sweeper(&self) {
        let warm = self.idle.borrow_mut().sweepers.pop();
        let warm = warm.unwrap_or_else(|| self.start(self.clock_off(), Wiring::sweeper));
        let sweep = async {
            let _ = sweeper::sweep(&warm.function).await;
        };
        let ended = self.invoke(&warm.process, Who::Sweeper, INVOCATION_TIMEOUT, sweep, None).await;
        if !matches!(ended, Ended::Gone) {
            self.idle.borrow_mut().sweepers.push(warm);
        }
    }

    async fn invoke<F: Future>(
        &self,
        process: &Simulator,
        who: Who,
        limit: Duration,
        work: F,
        frozen: Option<(usize, Duration)>,
    ) -> Ended<F::Output> {
        let id = process.begin_invocation();
        let now = self.simulator.clock.read();
        self.simulator.history().begin_invocation(id, who, now);
        let invocation = Invocation::new(self.simulator.clone(), id, limit, work);
        let ended = match frozen {
            Some((polls, length)) => invocation.frozen_after(polls, length).await,
            None => invocation.await,
        };
        if matches!(ended, Ended::Gone) {
            process.end_process();
        }
        ended
    }
}
